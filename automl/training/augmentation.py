"""Random changes of training images by name, made of Keras's own layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from automl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.data import DataSpec

_SHIFT = 0.125


def make_augmentation(name: str, spec: DataSpec, seed: int) -> Callable[[Any, Any], tuple[Any, Any]] | None:
    """A function of a batch of raw images and one-hot labels, or None for ``none``.

    Args:
        name: ``none``; ``flip_crop``: a mirror image half of the time and a shift by up to an eighth (He et al. 2016);
            ``rand_augment`` (Cubuk et al. 2020); ``mixup`` (Zhang et al. 2018).
        spec: The data; images of shape (height, width, channels).
        seed: Fixes what is drawn.

    Raises:
        ConfigError: The data are not images.
    """
    if name == "none":
        return None
    if len(spec.input.shape) != 3:
        raise ConfigError(f"training.augmentation: only images can be augmented. Received: '{name}' for {spec.task}.")
    if name == "mixup":
        return _mixup(keras.layers.MixUp(seed=seed))
    return _images_only(_flip_crop(seed) if name == "flip_crop" else _rand_augment(spec, seed))


def _flip_crop(seed: int) -> list[keras.layers.Layer]:
    return [
        keras.layers.RandomFlip("horizontal", seed=seed),
        keras.layers.RandomTranslation(_SHIFT, _SHIFT, fill_mode="constant", interpolation="nearest", seed=seed + 1),
    ]


def _rand_augment(spec: DataSpec, seed: int) -> list[keras.layers.Layer]:
    value_range = tuple(spec.details.get("value_range", (0, 255)))
    return [keras.layers.RandAugment(value_range=value_range, num_ops=2, factor=0.5, seed=seed)]


def _images_only(layers: list[keras.layers.Layer]) -> Callable[[Any, Any], tuple[Any, Any]]:
    def augment(images: Any, labels: Any) -> tuple[Any, Any]:
        images = keras.ops.cast(images, "float32")
        for layer in layers:
            images = layer(images, training=True)
        return images, labels

    return augment


def _mixup(layer: keras.layers.Layer) -> Callable[[Any, Any], tuple[Any, Any]]:
    def augment(images: Any, labels: Any) -> tuple[Any, Any]:
        mixed = layer({"images": keras.ops.cast(images, "float32"), "labels": labels}, training=True)
        return mixed["images"], mixed["labels"]

    return augment
