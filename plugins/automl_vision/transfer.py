"""Transfer learning from networks that were trained before."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import keras

from automl.errors import ConfigError, nearest
from automl.plugin import Above, AtMost, Between, Dropout, Share, Text
from automl.training import KerasPlugin, Phase, head
from automl_vision.saved import load_saved, network_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.data import DataSpec
    from automl.training import Supervised

_SAVED = "saved"
_SIDE = 224
_SIDES = {
    "Xception": 299, "InceptionV3": 299, "InceptionResNetV2": 299, "NASNetLarge": 331,
    "EfficientNetB1": 240, "EfficientNetB2": 260, "EfficientNetB3": 300, "EfficientNetB4": 380,
    "EfficientNetB5": 456, "EfficientNetB6": 528, "EfficientNetB7": 600,
    "EfficientNetV2B1": 240, "EfficientNetV2B2": 260, "EfficientNetV2B3": 300,
    "EfficientNetV2S": 384, "EfficientNetV2M": 480, "EfficientNetV2L": 480,
}  # fmt: skip
"""Sides of the images that the published weights were trained on, where not 224."""


@dataclass
class Transfer(KerasPlugin):
    """A trained backbone with a new head, in two phases (Yosinski et al. 2014; Chollet 2021, chapter 8).

    First the head alone learns; then the top of the backbone too, at a lower rate. Its batch normalization keeps the
    statistics that it was trained with. Images get the size and the preprocessing of the backbone inside the model.

    Attributes:
        backbone: A network of ``keras.applications`` by name, or ``saved`` for the one in ``weights``.
        weights: ``imagenet``; a ``.weights.h5`` file of the backbone; a model that was saved before: a plugin folder, a
            ``.keras`` file, or ``runs:/<MLflow run>``; or null for none.
        unfreeze: Layers with weights, counted from the top, that learn in the second phase.
        head_share: Share of the epochs that the first phase takes.
        rate: Learning rate of the second phase, as a multiple of the first one's.
        dropout: Share of the pooled features that is dropped.
        size: Side of the images that the backbone sees; by default what it was trained on.
    """

    backbone: Text = "MobileNetV2"
    weights: Text | None = "imagenet"
    unfreeze: Annotated[int, Between(0, 10_000)] = 20
    head_share: Share = 0.3
    rate: Annotated[float, Above(0), AtMost(1000)] = 0.1
    dropout: Dropout = 0.2
    size: Annotated[int, Between(1, 4096)] | None = None

    def __post_init__(self) -> None:
        if self.backbone == _SAVED and self.weights in (None, "imagenet"):
            raise ConfigError(f"model.weights: model.backbone=saved needs a saved model. Received: {self.weights}.")

    def preprocessing(self, spec: DataSpec) -> None:
        """None: the network begins with the backbone's own."""
        del spec

    def build(self, spec: DataSpec) -> keras.Model:
        """See ``KerasPlugin.build``; the inputs are raw images."""
        low, high = spec.details.get("value_range", (0, 255))
        inputs = keras.Input(spec.input.shape)
        prepare, self._backbone = self._saved() if self.backbone == _SAVED else self._published()
        height, width, channels = self._backbone.input_shape[1:]
        x = inputs
        if self.backbone != _SAVED:
            x = keras.layers.Rescaling(255.0 / (high - low), -255.0 * low / (high - low))(x)
        if x.shape[-1] != channels:
            x = _recolour(x, channels)
        if tuple(x.shape[1:3]) != (height, width):
            x = keras.layers.Resizing(height, width, interpolation="bilinear")(x)
        x = self._backbone(x if prepare is None else prepare(x), training=False)
        if len(x.shape) == 4:
            x = keras.layers.GlobalAveragePooling2D()(x)
        self._backbone.trainable = False
        return keras.Model(inputs, head(spec)(keras.layers.Dropout(self.dropout)(x)), name="transfer")

    def phases(self, network: keras.Model, settings: Supervised) -> Sequence[Phase]:
        """The head alone, then the top of the backbone too."""
        del network
        first = round(self.head_share * settings.epochs)
        second = settings.epochs - first
        if not self.unfreeze or not second:
            return (Phase(settings.epochs),)
        fine = Phase(second, self.rate, self._thaw)
        return (Phase(first), fine) if first else (fine,)

    def _thaw(self) -> None:
        """Let the top layers learn; batch normalization stays as it is."""
        self._backbone.trainable = True
        weighted = [layer for layer in self._backbone.layers if layer.weights]
        top = weighted[len(weighted) - min(self.unfreeze, len(weighted)) :]
        for layer in self._backbone.layers:
            layer.trainable = layer in top and not isinstance(layer, keras.layers.BatchNormalization)

    def _saved(self) -> tuple[keras.layers.Layer | None, keras.Model]:
        """Preprocessing and network, up to its head, of a model that was saved before."""
        assert self.weights is not None
        model = load_saved(self.weights)
        network = network_of(model)
        features = keras.Model(network.input, network.get_layer("head").input, name="backbone")
        known = [layer for layer in model.layers if isinstance(layer, keras.layers.Normalization)]
        return (known[0] if known else None), features

    def _published(self) -> tuple[keras.layers.Layer, keras.Model]:
        """Preprocessing and network of ``keras.applications``.

        Raises:
            ConfigError: There is none of that name, its weights cannot be had, or they do not fit.
        """
        known = backbones()
        if self.backbone not in known:
            raise ConfigError(
                f"model.backbone: there is none called '{self.backbone}'. {nearest(self.backbone, known)}"
            )
        side = self.size or _SIDES.get(self.backbone, _SIDE)
        make = getattr(keras.applications, self.backbone)
        options = {"include_top": False, "input_shape": (side, side, 3), "name": "backbone"}
        try:
            model = make(weights="imagenet" if self.weights == "imagenet" else None, **options)
        except ValueError as error:
            raise ConfigError(f"model.size: {self.backbone} cannot take it. {error}") from error
        except Exception as error:
            raise ConfigError(
                f"model.weights: those of {self.backbone} for ImageNet cannot be downloaded: {error}."
                f" Give the path of a file, or null."
            ) from error
        if self.weights not in (None, "imagenet"):
            self._load(model, str(self.weights))
        return Preprocess(self.backbone), model

    def _load(self, model: keras.Model, weights: str) -> None:
        """Weights from a file, or from a model with the same backbone that was saved before."""
        try:
            if weights.endswith(".h5"):
                model.load_weights(weights)
            else:
                model.set_weights(network_of(load_saved(weights)).get_layer("backbone").get_weights())
        except (ValueError, OSError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ConfigError(f"model.weights: those of {weights} do not fit {self.backbone}: {reason}") from error


@keras.saving.register_keras_serializable(package="automl_vision")
class Preprocess(keras.layers.Layer):  # type: ignore[misc]
    """What the published weights of a backbone expect of images with values of 0 to 255."""

    def __init__(self, backbone: str, **options: Any) -> None:
        super().__init__(**options)
        self.backbone = backbone

    def call(self, inputs: Any) -> Any:
        """(batch, height, width, 3) to the same."""
        return backbones()[self.backbone].preprocess_input(inputs)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "backbone": self.backbone}


@cache
def backbones() -> dict[str, Any]:
    """The module of every network of ``keras.applications``, by the network's name."""
    found: dict[str, Any] = {}
    for info in pkgutil.iter_modules(keras.applications.__path__):
        module = importlib.import_module(f"keras.applications.{info.name}")
        if hasattr(module, "preprocess_input"):
            found |= {name: module for name in vars(module) if name[0].isupper() and callable(getattr(module, name))}
    return found


def _recolour(x: Any, channels: int) -> Any:
    """Grey images in three equal colours, or colours averaged to grey."""
    if channels == 1:
        return keras.ops.mean(x, axis=-1, keepdims=True)
    return keras.ops.repeat(x[..., :1], channels, axis=-1)
