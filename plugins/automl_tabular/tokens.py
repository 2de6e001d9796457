"""Columns as tokens for attention (Gorishniy et al. 2021): one vector a column, and one to answer with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


def uniform(width: int) -> keras.initializers.Initializer:
    """How the weights of a layer of so many inputs begin, as those of the paper do."""
    limit = 1.0 / math.sqrt(width)
    return keras.initializers.RandomUniform(-limit, limit)


@keras.saving.register_keras_serializable(package="automl_tabular")
class NumberTokens(keras.layers.Layer):  # type: ignore[misc]
    """Each number times a vector of its column's, plus another.

    Args:
        width: Length of a token.
    """

    def __init__(self, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.width = width

    def build(self, shape: Any) -> None:
        """Make the vectors."""
        size, start = (shape[-1], self.width), uniform(self.width)
        self._kernel = self.add_weight(shape=size, initializer=start, name="kernel")
        self._bias = self.add_weight(shape=size, initializer=start, name="bias")

    def call(self, inputs: Any) -> Any:
        """(batch, columns) to (batch, columns, width)."""
        return inputs[..., None] * self._kernel + self._bias

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "width": self.width}


@keras.saving.register_keras_serializable(package="automl_tabular")
class CategoryTokens(keras.layers.Layer):  # type: ignore[misc]
    """A vector for each category, the unknown ones of a column having one too, plus one of its column's.

    Args:
        sizes: Known categories of each column.
        width: Length of a token.
    """

    def __init__(self, sizes: Sequence[int], width: int, **options: Any) -> None:
        super().__init__(**options)
        self.sizes = list(sizes)
        self.width = width

    def build(self, shape: Any) -> None:
        """Make one table for all columns."""
        del shape
        start, rows = uniform(self.width), [size + 1 for size in self.sizes]
        self._offsets = np.cumsum([0, *rows[:-1]]).astype(np.int32)
        self._table = self.add_weight(shape=(sum(rows), self.width), initializer=start, name="table")
        self._bias = self.add_weight(shape=(len(rows), self.width), initializer=start, name="bias")

    def call(self, inputs: Any) -> Any:
        """Codes (batch, columns) to (batch, columns, width)."""
        return keras.ops.take(self._table, inputs + self._offsets, axis=0) + self._bias

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "sizes": self.sizes, "width": self.width}


@keras.saving.register_keras_serializable(package="automl_tabular")
class AnswerToken(keras.layers.Layer):  # type: ignore[misc]
    """Puts a learned token before all others ([CLS], Devlin et al. 2019); predictions are read from it."""

    def build(self, shape: Any) -> None:
        """Make the token."""
        self._token = self.add_weight(shape=(shape[-1],), initializer=uniform(shape[-1]), name="token")

    def call(self, inputs: Any) -> Any:
        """(batch, tokens, width) to (batch, 1 + tokens, width)."""
        first = keras.ops.broadcast_to(self._token, keras.ops.shape(inputs[:, :1]))
        return keras.ops.concatenate([first, inputs], axis=1)


@keras.saving.register_keras_serializable(package="automl_tabular")
class Compress(keras.layers.Layer):  # type: ignore[misc]
    """Tokens as so many learned sums of them (Linformer, Wang et al. 2020), so that attention costs no more than these.

    Args:
        tokens: How many sums.
    """

    def __init__(self, tokens: int, **options: Any) -> None:
        super().__init__(**options)
        self.tokens = tokens

    def build(self, shape: Any) -> None:
        """Make the weights of the sums."""
        self._kernel = self.add_weight(shape=(shape[1], self.tokens), initializer=uniform(shape[1]), name="kernel")

    def call(self, inputs: Any) -> Any:
        """(batch, any, width) to (batch, tokens, width)."""
        return keras.ops.einsum("ntw,ts->nsw", inputs, self._kernel)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "tokens": self.tokens}


@keras.saving.register_keras_serializable(package="automl_tabular")
class ReGLU(keras.layers.Layer):  # type: ignore[misc]
    """One half of the features times the other one's positive part (Shazeer 2020)."""

    def call(self, inputs: Any) -> Any:
        """(..., 2 * features) to (..., features)."""
        values, gate = keras.ops.split(inputs, 2, axis=-1)
        return values * keras.ops.relu(gate)
