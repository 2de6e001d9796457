"""Variational autoencoders."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import keras
import numpy as np

from automl.errors import ConfigError
from automl.plugin import Between, Dropout, Share, Units, override
from automl.tasks import load_task
from automl.tasks.grids import image_grid
from automl.tasks.sampling import Sampling
from automl.tasks.units import unit
from automl.training import KerasPlugin, Objective
from automl_generative import continuous_bernoulli
from automl_generative.bound import Bound, Score
from automl_generative.continuous_bernoulli import Mean
from automl_generative.drawing import Drawing, drawing_model
from automl_generative.figures import latent_map
from automl_generative.latent import Latents

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset, DataSpec, Part
    from automl.training import Supervised

_SHOWN = 10
_MAPPED = 2000


@dataclass
class VAE(KerasPlugin):
    """A variational autoencoder (Kingma and Welling 2014) of images, dense or convolutional.

    The objective is the negative evidence lower bound in nats (``val_nll``) of images brought to [0, 1]; a prediction
    is that of one sample, an anomaly score; where the task is sampling, one that is asked for by its ``seed``.

    Attributes:
        latent: Dimensions of the latent space.
        architecture: ``dense`` or ``convolutional``.
        width: Units of the dense layers, or filters of the first convolution.
        layers: Dense layers, or convolutions that halve the resolution, on either side.
        likelihood: ``gaussian`` with one learned variance (Rybkin et al. 2021), or ``bernoulli``, the continuous one
            (Loaiza-Ganem and Cunningham 2019): either is a density of the images, so that a search may compare them.
        beta: Weight of the divergence while training (Higgins et al. 2017).
        annealing: Share of the epochs over which that weight rises from 0 (Bowman et al. 2016).
        free_bits: Nats of each latent dimension, on average over a batch, that cost nothing (Kingma et al. 2016).
        dropout: Share of the encoder's and the decoder's hidden units that is dropped.
    """

    captions: ClassVar[dict[str, str]] = {
        "reconstructions": "Images of the test part above, and what is left of them behind the latent space below.",
        "prior_samples": "Images of latent vectors drawn from the prior.",
        "interpolation": "Ways between pairs of test images in latent space.",
        "latent_map": "Where the test part lies in latent space, coloured by the negative bound in nats.",
    }

    latent: Units
    architecture: Literal["dense", "convolutional"] = "dense"
    width: Units = 256
    layers: Annotated[int, Between(1, 16)] = 2
    likelihood: Literal["gaussian", "bernoulli"] = "gaussian"
    beta: Annotated[float, Between(0, 1_000_000)] = 1.0
    annealing: Share = 0.0
    free_bits: Annotated[float, Between(0, 1_000_000)] = 0.0
    dropout: Dropout = 0.0

    def __post_init__(self) -> None:
        self._weight = keras.Variable(self.beta, dtype="float32", trainable=False, name="beta")

    def preprocessing(self, spec: DataSpec) -> keras.layers.Layer:
        """Bring the images to [0, 1]."""
        low, high = spec.details.get("value_range", (0.0, 1.0))
        return keras.layers.Rescaling(1.0 / (high - low), -low / (high - low), name="unit")

    def build(self, spec: DataSpec) -> keras.Model:
        """See ``KerasPlugin.build``; the outputs are those of ``Bound``."""
        inputs = keras.Input(spec.input.shape)
        hidden = self._encode(inputs)
        mean = keras.layers.Dense(self.latent, name="mean")(hidden)
        log_variance = keras.layers.Dense(self.latent, name="log_variance")(hidden)
        log_variance = keras.ops.clip(log_variance, -12.0, 6.0)
        bound = Bound(self._decoder(spec), self.likelihood, name="bound")
        return keras.Model(inputs, bound([inputs, mean, log_variance]), name="vae")

    @override
    def objective(self, spec: DataSpec, settings: Supervised) -> Objective:
        del spec
        if settings.loss != "auto":
            raise ConfigError(f"training.loss: a VAE maximizes its bound; expected auto. Received: {settings.loss}.")
        parts = {
            "nll": lambda _, outputs: outputs[:, 0] + keras.ops.sum(outputs[:, 2:], axis=-1),
            "mse": lambda _, outputs: outputs[:, 1],
            "kl": lambda _, outputs: keras.ops.sum(outputs[:, 2:], axis=-1),
        }
        metrics = tuple(keras.metrics.MeanMetricWrapper(part, name=name) for name, part in parts.items())
        return Objective(_NegativeBound(self._weight, self.free_bits), metrics)

    def predictor(self, outputs: Any, spec: DataSpec) -> Any:
        """The anomaly score of each sample: its negative bound in nats."""
        del spec
        return Score(name="score")(outputs)

    def begin_epoch(self, epoch: int, settings: Supervised) -> None:
        """Let the weight of the divergence rise."""
        rising = self.annealing * settings.epochs
        self._weight.assign(self.beta * min(1.0, (epoch - 1) / rising if rising >= 1 else 1.0))

    def evaluate(self, part: Part) -> dict[str, float]:
        """The divergence ``kl`` in nats, and the error ``mse`` of reconstructed images in [0, 1], on a part."""
        outputs = self._run(self._network().output, part.arrays()[0])
        divergence = outputs[:, 2:].sum(axis=1)
        return {
            "kl": float(np.mean(divergence)),
            "mse": float(np.mean(outputs[:, 1])),
        }

    def encode(self, inputs: Any) -> np.ndarray:
        """The latent means (n, latent) of raw images."""
        return self._run(self._network().get_layer("mean").output, inputs)

    def decode(self, latent: np.ndarray) -> np.ndarray:
        """The images, with values in [0, 1], of latent vectors (n, latent)."""
        images: np.ndarray = self._network().get_layer("bound").decoder.predict(latent, verbose=0)
        return np.asarray(continuous_bernoulli.mean(images)) if self.likelihood == "bernoulli" else images

    def sample(self, count: int, seed: int = 0) -> np.ndarray:
        """Images of latent vectors from the prior, in the data's unit; see ``automl.tasks.sampling.Sampler``."""
        return self._drawing.sample(count, seed)

    def requests(self, count: int, seed: int = 0) -> dict[str, np.ndarray]:
        """What ``predict`` takes to draw so many images: ``seed`` (n,)."""
        return self._drawing.requests(count, seed)

    def predict(self, inputs: Any) -> np.ndarray:
        """Anomaly scores (n,) of raw images; images for ``seed`` (n,)."""
        return self._drawing(inputs) if isinstance(inputs, Mapping) else super().predict(inputs)

    @property
    @override
    def served(self) -> keras.Model:
        return self._drawing.model if isinstance(load_task(self._spec.task), Sampling) else self._model

    def sampled(self, network: keras.Model, data: Dataset) -> Mapping[str, float]:
        """See ``KerasPlugin.sampled``: of images of the prior, where the task is sampling."""
        task = load_task(data.spec.task)
        if not isinstance(task, Sampling):
            return {}
        return task.measure(self._drawn(network.get_layer("vae"), data.spec), data, data.validation)

    def artifacts(self, data: Dataset, folder: Path) -> None:
        """Draw reconstructions, samples, an interpolation and, in two dimensions, the latent map."""
        raw = data.test.examples(_SHOWN)
        images = np.asarray(self._unit()(raw))
        pairs = np.concatenate([images, self.decode(self.encode(raw))])
        image_grid(pairs, _SHOWN, "Test images above, their reconstructions below", folder / "reconstructions.png")
        drawn = unit(self.sample(_SHOWN**2), self._spec)
        image_grid(drawn, _SHOWN, "Samples from the prior", folder / "prior_samples.png")
        ends = self.encode(raw)
        first, last = ends[: _SHOWN // 2], ends[_SHOWN - _SHOWN // 2 :]
        count = min(len(first), len(last))
        way = np.linspace(0.0, 1.0, _SHOWN)[:, None]
        steps = [first[row] + (last[row] - first[row]) * way for row in range(count)]
        title = "Between pairs of test images in latent space"
        image_grid(self.decode(np.concatenate(steps).astype(np.float32)), _SHOWN, title, folder / "interpolation.png")
        if self.latent == 2:
            shown = data.test.examples(_MAPPED)
            latent_map(self.encode(shown), self.predict(shown), folder / "latent_map.png")

    @override
    def _keep(self, model: keras.Model, spec: DataSpec) -> None:
        super()._keep(model, spec)
        self._drawing = self._drawn(self._network(), spec)

    def _drawn(self, network: keras.Model, spec: DataSpec) -> Drawing:
        """Draws from the prior by the decoder of a network that may still be learning."""
        decoder = network.get_layer("bound").decoder
        if self.likelihood == "bernoulli":
            decoder = keras.Model(decoder.input, Mean(name="mean")(decoder.output), name="decoder")
        return Drawing(drawing_model(decoder, Latents(self.latent), spec, lowest=0.0), spec)

    def _network(self) -> keras.Model:
        network: keras.Model = self._model.get_layer("vae")
        return network

    def _unit(self) -> keras.layers.Layer:
        return self._model.get_layer("unit")

    def _run(self, output: Any, inputs: Any) -> np.ndarray:
        """An inner output of the network for raw images, by batches."""
        inner = keras.Model(self._network().input, output)
        images = np.asarray(inputs)
        batches = (images[start : start + 1024] for start in range(0, len(images), 1024))
        return np.concatenate([np.asarray(inner(self._unit()(batch), training=False)) for batch in batches])

    def _encode(self, x: Any) -> Any:
        if self.architecture == "convolutional":
            for number in range(self.layers):
                x = keras.layers.Conv2D(self.width * 2**number, 3, 2, padding="same", activation="gelu")(x)
            return keras.layers.Dropout(self.dropout)(keras.layers.Flatten()(x))
        x = keras.layers.Flatten()(x)
        for _ in range(self.layers):
            x = keras.layers.Dropout(self.dropout)(keras.layers.Dense(self.width, activation="gelu")(x))
        return x

    def _decoder(self, spec: DataSpec) -> keras.Model:
        inputs = keras.Input((self.latent,))
        shape = tuple(int(length or 1) for length in spec.input.shape)
        x = self._transposed(inputs, shape) if self.architecture == "convolutional" else self._dense(inputs, shape)
        if self.likelihood == "gaussian":
            x = keras.layers.Activation("sigmoid")(x)
        return keras.Model(inputs, x, name="decoder")

    def _dense(self, x: Any, shape: tuple[int, ...]) -> Any:
        for _ in range(self.layers):
            x = keras.layers.Dropout(self.dropout)(keras.layers.Dense(self.width, activation="gelu")(x))
        return keras.layers.Reshape(shape)(keras.layers.Dense(math.prod(shape))(x))

    def _transposed(self, x: Any, shape: tuple[int, ...]) -> Any:
        height, width, channels = shape
        scale = 2**self.layers
        rows, columns = -(-height // scale), -(-width // scale)
        filters = self.width * 2 ** (self.layers - 1)
        x = keras.layers.Dense(rows * columns * filters, activation="gelu")(x)
        x = keras.layers.Dropout(self.dropout)(keras.layers.Reshape((rows, columns, filters))(x))
        for number in reversed(range(self.layers)):
            x = keras.layers.Conv2DTranspose(self.width * 2**number, 3, 2, padding="same", activation="gelu")(x)
        x = keras.layers.Conv2D(channels, 3, padding="same")(x)
        return x[:, :height, :width]


class _NegativeBound(keras.losses.Loss):  # type: ignore[misc]
    """What is minimized: likelihood and weighed divergence, the free bits left out."""

    def __init__(self, weight: keras.Variable, free_bits: float) -> None:
        super().__init__(name="negative_bound")
        self._weight = weight
        self._free = free_bits

    def call(self, target: Any, outputs: Any) -> Any:
        """The loss of each sample in nats."""
        del target
        divergence = outputs[:, 2:]
        if self._free > 0.0:
            average = keras.ops.mean(divergence, axis=0, keepdims=True)
            divergence = keras.ops.where(average > self._free, divergence, self._free)
        return outputs[:, 0] + self._weight * keras.ops.sum(divergence, axis=-1)
