"""Random changes of training images by name, made of Keras's own layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.data import DataSpec

_SHIFT = 0.125
_DRAWS = 1 << 10
"""How far the random numbers of two batches lie apart: no layer draws so often for one."""


class Augmentation:
    """Layers that change a batch at random, each batch as its number has it.

    A pipeline runs ahead of the training, so that a count of its own would tell nothing of the batches that were used.

    Args:
        layers: Applied in turn.
        labels: Whether they mix labels as they mix images.
    """

    def __init__(self, layers: Sequence[keras.layers.Layer], *, labels: bool = False) -> None:
        self._layers = layers
        self._labels = labels

    def __call__(self, number: tf.Tensor, images: Any, labels: Any) -> tuple[Any, Any]:
        """The images of a batch, raw, and its one-hot labels, changed; in the graph.

        Args:
            number: Of the batch, counted over all epochs.
            images: (batch, height, width, channels).
            labels: (batch, classes).
        """
        images = tf.cast(images, tf.float32)
        for layer in self._layers:
            _wind(layer, number)
            if self._labels:
                mixed = layer({"images": images, "labels": labels}, training=True)
                images, labels = mixed["images"], mixed["labels"]
            else:
                images = layer(images, training=True)
        return images, labels


def _wind(layer: keras.layers.Layer, number: tf.Tensor) -> None:
    """Set the layer's random numbers to those of a batch."""
    for variable in layer.variables:
        if variable.name == "seed_generator_state":
            seed = variable.value[0]
            variable.assign(tf.stack([seed, tf.cast(number * _DRAWS, seed.dtype)]))


def make_augmentation(name: str, spec: DataSpec, seed: int) -> Augmentation | None:
    """What changes batches of raw images and one-hot labels, or None for ``none``.

    Args:
        name: ``none``; ``flip_crop``: a mirror image half of the time and a shift by up to an eighth (He et al. 2016);
            ``rand_augment`` (Cubuk et al. 2020); ``mixup`` (Zhang et al. 2018).
        spec: The data; images of shape (height, width, channels), as the task's ``check`` has seen to.
        seed: Fixes what is drawn.
    """
    if name == "none":
        return None
    if name == "mixup":
        return Augmentation([keras.layers.MixUp(seed=seed)], labels=True)
    return Augmentation(_flip_crop(seed) if name == "flip_crop" else _rand_augment(spec, seed))


def _flip_crop(seed: int) -> list[keras.layers.Layer]:
    return [
        keras.layers.RandomFlip("horizontal", seed=seed),
        keras.layers.RandomTranslation(_SHIFT, _SHIFT, fill_mode="constant", interpolation="nearest", seed=seed + 1),
    ]


def _rand_augment(spec: DataSpec, seed: int) -> list[keras.layers.Layer]:
    value_range = tuple(spec.details.get("value_range", (0, 255)))
    return [keras.layers.RandAugment(value_range=value_range, num_ops=2, factor=0.5, seed=seed)]
