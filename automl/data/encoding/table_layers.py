"""Layers that turn the columns of a table into numbers, all columns of one kind at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from automl.data.tables.values import MISSING

if TYPE_CHECKING:
    from collections.abc import Sequence

FURTHEST = 1e6
"""Deviations from the mean beyond which a feature tells nothing more, and squares leave 32 bits."""
_PARTS = "\x1f"
"""Parts the number of a column from its value; no table holds it."""
_NO_VALUE = rf"(?i)\s*({'|'.join(re.escape(word) for word in sorted(MISSING))})\s*"


class Wide(keras.layers.Layer):  # type: ignore[misc]
    """A layer that computes in 64 bits, as the columns of tables come."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"dtype": "float64", **options})


@keras.saving.register_keras_serializable(package="automl")
class Impute(Wide):
    """Puts a value in the place of what is not finite, column by column, and tells where, if asked.

    Args:
        values: One for each column.
        indicators: Columns for which a feature of its own is 1 where the value was put.
    """

    def __init__(self, values: Sequence[float], indicators: Sequence[int] = (), **options: Any) -> None:
        super().__init__(**options)
        self.values = list(values)
        self.indicators = list(indicators)

    def call(self, inputs: Any) -> Any:
        """(batch, columns) to (batch, columns + indicators)."""
        given = tf.math.is_finite(inputs)
        filled = tf.where(given, inputs, tf.constant(self.values, inputs.dtype))
        return beside(filled, tf.logical_not(given), self.indicators)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "values": self.values, "indicators": self.indicators}


@keras.saving.register_keras_serializable(package="automl")
class Standardize(Wide):
    """Brings features to zero mean and unit deviation, in 64 bits, and on to 32.

    Args:
        mean: By feature.
        deviation: By feature.
    """

    def __init__(self, mean: Sequence[float], deviation: Sequence[float], **options: Any) -> None:
        super().__init__(**options)
        self.mean = list(mean)
        self.deviation = list(deviation)

    def call(self, inputs: Any) -> Any:
        """(batch, features) to the same."""
        scaled = (inputs - tf.constant(self.mean, inputs.dtype)) / tf.constant(self.deviation, inputs.dtype)
        return tf.cast(tf.clip_by_value(scaled, -FURTHEST, FURTHEST), tf.float32)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "mean": self.mean, "deviation": self.deviation}


@keras.saving.register_keras_serializable(package="automl")
class Truth(Wide):
    """0 for the word that stands for false, 1 for the one that stands for true, one half for all else.

    Args:
        columns: Those that are taken out of the inputs.
        words: The two words of each of them.
        indicators: Those of them for which a feature of its own is 1 where there was neither.
    """

    def __init__(
        self, columns: Sequence[int], words: Sequence[Sequence[str]], indicators: Sequence[int] = (), **options: Any
    ) -> None:
        super().__init__(**options)
        self.columns = list(columns)
        self.words = [list(pair) for pair in words]
        self.indicators = list(indicators)

    def call(self, inputs: Any) -> Any:
        """Strings (batch, any) to (batch, columns + indicators)."""
        lower = tf.strings.lower(tf.strings.strip(tf.gather(inputs, self.columns, axis=1)))
        no, yes = (tf.equal(lower, [pair[side].lower() for pair in self.words]) for side in (0, 1))
        absent = tf.logical_not(no | yes)
        return beside(tf.cast(yes, tf.float64) + 0.5 * tf.cast(absent, tf.float64), absent, self.indicators)

    def compute_output_spec(self, inputs: Any) -> Any:
        """Shapes alone: Keras cannot trace strings."""
        return keras.KerasTensor((inputs.shape[0], len(self.columns) + len(self.indicators)), "float64")

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "columns": self.columns, "words": self.words, "indicators": self.indicators}


@keras.saving.register_keras_serializable(package="automl")
class Categories(keras.layers.Layer):  # type: ignore[misc]
    """Numbers categories, column by column: from 1 in the order of its vocabulary, 0 for all else.

    Args:
        columns: Those that are taken out of the inputs.
        vocabularies: The values of each of them; the empty string is what is missing.
    """

    def __init__(self, columns: Sequence[int], vocabularies: Sequence[Sequence[str]], **options: Any) -> None:
        super().__init__(**options)
        self.columns = list(columns)
        self.vocabularies = [list(values) for values in vocabularies]
        # One table for all columns: thousands of small ones take long to build and to save.
        keys = [_key(column, value) for column, values in enumerate(self.vocabularies) for value in values]
        self._lookup = keras.layers.StringLookup(vocabulary=np.array(keys), num_oov_indices=1)

    def build(self, shape: Any) -> None:
        """Build the lookup."""
        self._lookup.build((shape[0], len(self.columns)))

    def call(self, inputs: Any) -> Any:
        """Strings (batch, any) to (batch, columns)."""
        taken = tf.strings.strip(tf.gather(inputs, self.columns, axis=1))
        taken = tf.where(tf.strings.regex_full_match(taken, _NO_VALUE), "", taken)
        places = self._lookup(tf.constant([_key(column, "") for column in range(len(self.columns))]) + taken)
        before = np.cumsum([0, *(len(values) for values in self.vocabularies[:-1])])
        return tf.cast(tf.maximum(places - tf.constant(before, places.dtype), 0), tf.int32)

    def compute_output_spec(self, inputs: Any) -> Any:
        """Shapes alone: Keras cannot trace strings."""
        return keras.KerasTensor((inputs.shape[0], len(self.columns)), "int32")

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "columns": self.columns, "vocabularies": self.vocabularies}


def _key(column: int, value: str) -> str:
    return f"{column}{_PARTS}{value}"


def beside(features: tf.Tensor, absent: tf.Tensor, indicators: Sequence[int]) -> tf.Tensor:
    """The features, and 1 in columns of their own where those of some were absent."""
    if not indicators:
        return features
    return tf.concat([features, tf.cast(tf.gather(absent, indicators, axis=1), features.dtype)], axis=-1)
