"""The transformer encoder and the positions of what it reads."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np


@keras.saving.register_keras_serializable(package="automl_sequence")
class Attention(keras.layers.Layer):  # type: ignore[misc]
    """Multi-head self-attention with one product for queries, keys and values (Vaswani et al. 2017).

    Args:
        heads: How many; the width of the inputs is divisible by it.
        dropout: Share of attention weights that is dropped.
    """

    def __init__(self, heads: int, dropout: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.heads = heads
        self.dropout = dropout
        self.supports_masking = True
        self._drop = keras.layers.Dropout(dropout)

    def build(self, shape: Any) -> None:
        """Make the weights of the projections."""
        width = shape[-1]
        self._project = keras.layers.Dense(3 * width, dtype=self.dtype_policy)
        self._merge = keras.layers.Dense(width, dtype=self.dtype_policy)
        self._project.build(shape)
        self._merge.build(shape)

    def call(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        """(batch, time, width) to the same; nothing attends to steps where the mask (batch, time) is false."""
        ops = keras.ops
        steps, width = inputs.shape[1:]
        size = width // self.heads
        parts = ops.reshape(self._project(inputs), (-1, steps, 3, self.heads, size))
        query, key, value = ops.unstack(ops.transpose(parts, (2, 0, 3, 1, 4)), 3, axis=0)
        scores = ops.matmul(query * size**-0.5, ops.swapaxes(key, -1, -2))
        if mask is not None:
            scores = ops.where(mask[:, None, None, :], scores, ops.full_like(scores, -3e4))
        weights = self._drop(ops.softmax(scores), training=training)
        mixed = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))
        return self._merge(ops.reshape(mixed, (-1, steps, width)))

    def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """As the inputs."""
        return shape

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "heads": self.heads, "dropout": self.dropout}


@keras.saving.register_keras_serializable(package="automl_sequence")
class Positions(keras.layers.Layer):  # type: ignore[misc]
    """Adds where a step stands: ``learned`` vectors, or ``sinusoidal`` ones (Vaswani et al. 2017, section 3.5)."""

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind
        self.supports_masking = True

    def build(self, shape: Any) -> None:
        """Make the learned vectors, or the waves."""
        _, steps, width = shape
        if self.kind == "learned":
            start = keras.initializers.RandomNormal(stddev=0.02)
            self._vectors = self.add_weight(shape=(steps, width), initializer=start, name="positions")
        else:
            self._waves = sinusoids(steps, width)

    def call(self, inputs: Any) -> Any:
        """(batch, time, width) to the same."""
        vectors = self._vectors if self.kind == "learned" else keras.ops.cast(self._waves, inputs.dtype)
        return inputs + vectors

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "kind": self.kind}


def sinusoids(steps: int, width: int) -> np.ndarray:
    """Sine and cosine waves of growing length, shape (steps, width)."""
    angle = np.arange(steps)[:, None] * np.exp(-math.log(10_000.0) * np.arange(0, width, 2) / width)
    waves = np.zeros((steps, width), np.float32)
    waves[:, 0::2], waves[:, 1::2] = np.sin(angle), np.cos(angle[:, : width // 2])
    return waves


def encode(x: Any, layers: int, heads: int, feedforward: int, dropout: float) -> Any:
    """A pre-norm transformer encoder (Xiong et al. 2020) with a normalization at its end.

    Args:
        x: (batch, time, width).
        layers: Blocks of attention and feed-forward layer.
        heads: Attention heads.
        feedforward: Units of the hidden layer in a block.
        dropout: Of attention weights, hidden units and branches.
    """
    width = x.shape[-1]
    for _ in range(layers):
        y = Attention(heads, dropout)(keras.layers.LayerNormalization(epsilon=1e-5)(x))
        x = keras.layers.Add()([x, keras.layers.Dropout(dropout)(y)])
        y = keras.layers.Dense(feedforward, activation="gelu")(keras.layers.LayerNormalization(epsilon=1e-5)(x))
        y = keras.layers.Dense(width)(keras.layers.Dropout(dropout)(y))
        x = keras.layers.Add()([x, keras.layers.Dropout(dropout)(y)])
    return keras.layers.LayerNormalization(epsilon=1e-5)(x)
