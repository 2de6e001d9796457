"""Latent vectors: noise, and codes that the discriminator is to tell again (Chen et al. 2016)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf


@dataclass(frozen=True)
class Latents:
    """What latent vectors are made of, in this order.

    Attributes:
        noise: Standard normal numbers.
        codes: Numbers that are uniform in (-1, 1).
        categories: Length of a one-hot code; 0 for none.
    """

    noise: int
    codes: int = 0
    categories: int = 0

    @property
    def size(self) -> int:
        """Length of a vector."""
        return self.noise + self.codes + self.categories

    @property
    def normals(self) -> int:
        """How many standard normal numbers a vector is made of."""
        return self.noise + self.codes + min(1, self.categories)

    def shape(self, normals: Any) -> Any:
        """Vectors (n, size) of standard normal numbers (n, normals)."""
        parts = [normals[:, : self.noise]]
        if self.codes:
            parts.append(_uniform(normals[:, self.noise : self.noise + self.codes]))
        if self.categories:
            share = 0.5 * (1.0 + _uniform(normals[:, -1]))
            number = tf.minimum(tf.cast(share * self.categories, tf.int32), self.categories - 1)
            parts.append(tf.one_hot(number, self.categories))
        return tf.concat(parts, axis=1)

    def told(self, vectors: Any) -> tuple[Any, Any]:
        """The codes (n, codes) and the one-hot code (n, categories) of vectors."""
        return vectors[:, self.noise : self.noise + self.codes], vectors[:, self.noise + self.codes :]


def _uniform(normals: Any) -> Any:
    """Standard normal numbers as numbers that are uniform in (-1, 1)."""
    return tf.math.erf(normals / 2.0**0.5)


@keras.saving.register_keras_serializable(package="automl_generative")
class Latent(keras.layers.Layer):  # type: ignore[misc]
    """Latent vectors by their seeds: each is a function of its own seed alone, whatever stands beside it.

    Args:
        noise: See ``Latents``.
        codes: See ``Latents``.
        categories: See ``Latents``.
    """

    def __init__(self, noise: int, codes: int = 0, categories: int = 0, **options: Any) -> None:
        super().__init__(autocast=False, **options)
        self._latents = Latents(noise, codes, categories)

    def call(self, seeds: Any) -> Any:
        """Seeds (n,) to vectors (n, size)."""
        length = self._latents.normals
        normals = tf.map_fn(
            lambda seed: tf.random.stateless_normal((length,), tf.stack([seed, tf.zeros_like(seed)])),
            seeds,
            fn_output_signature=tf.TensorSpec((length,), tf.float32),
        )
        return self._latents.shape(normals)

    def compute_output_spec(self, seeds: Any) -> Any:
        """(n, size)."""
        return keras.KerasTensor((seeds.shape[0], self._latents.size), "float32")

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), **vars(self._latents)}


@keras.saving.register_keras_serializable(package="automl_generative")
class ClassNumber(keras.layers.Layer):  # type: ignore[misc]
    """The numbers of classes by their names.

    Args:
        classes: In the order of their numbers.
    """

    def __init__(self, classes: list[str], **options: Any) -> None:
        super().__init__(autocast=False, **options)
        self._classes = list(classes)

    def call(self, names: Any) -> Any:
        """Names (n,) to numbers (n,).

        Raises:
            InvalidArgumentError: A name is of no class.
        """
        same = tf.equal(names[:, tf.newaxis], tf.constant(self._classes)[tf.newaxis])
        known = tf.reduce_any(same, axis=1)
        told = ["Each label must be one of", ", ".join(self._classes), ". Received:", names]
        with tf.control_dependencies([tf.debugging.Assert(tf.reduce_all(known), told)]):
            return tf.argmax(same, axis=1, output_type=tf.int32)

    def compute_output_spec(self, names: Any) -> Any:
        """(n,)."""
        return keras.KerasTensor(names.shape, "int32")

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "classes": self._classes}
