"""Columns of a table turned into numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from automl.data.spec import DataSpec

_WEEK_STARTS = 3.0
"""1970 began on a Thursday."""


def make(spec: DataSpec) -> keras.Model:
    """A model from raw columns to ``numeric`` (batch, features) and ``categorical`` (batch, columns).

    Numbers are imputed by the median and standardised; false and true are 0 and 1; a date becomes its day, and its
    places in the year, the week and the day as points on circles; whatever was missing in the train part has an
    indicator beside it. Categories are numbered from 1, the unknown ones 0.
    """
    learned = spec.statistics
    assert isinstance(spec.inputs, dict)
    inputs = {name: keras.Input((), dtype=one.dtype, name=name) for name, one in spec.inputs.items()}
    numeric, categorical = [], []
    for name, kind in spec.details["columns"]:
        column = keras.ops.reshape(inputs[name], (-1, 1)) if kind == "numeric" else inputs[name]
        if kind == "numeric":
            numeric.append(Impute(learned["medians"][name], indicator=name in learned["missing"])(column))
        elif kind == "boolean":
            numeric.append(Truth(learned["vocabularies"][name], indicator=name in learned["missing"])(column))
        elif kind == "date":
            numeric.append(DateParts(learned["origins"][name], indicator=name in learned["missing"])(column))
        else:
            vocabulary = learned["vocabularies"][name]
            lookup = keras.layers.StringLookup(vocabulary=np.array(vocabulary), num_oov_indices=1)
            categorical.append(keras.ops.reshape(keras.ops.cast(lookup(column), "int32"), (-1, 1)))
    outputs = {}
    if numeric:
        features = keras.ops.concatenate(numeric, axis=-1) if len(numeric) > 1 else numeric[0]
        if "feature_mean" in learned:
            mean, variance = (np.array(learned[f"feature_{key}"]) for key in ("mean", "variance"))
            features = keras.layers.Normalization(mean=mean, variance=variance)(features)
        outputs["numeric"] = features
    if categorical:
        outputs["categorical"] = keras.ops.concatenate(categorical, axis=-1) if len(categorical) > 1 else categorical[0]
    return keras.Model(inputs, outputs, name="encoder")


@keras.saving.register_keras_serializable(package="automl")
class Impute(keras.layers.Layer):  # type: ignore[misc]
    """Puts a value in the place of NaN, and tells where, if asked.

    Args:
        value: The value.
        indicator: Whether a second feature is 1 where it was put.
    """

    def __init__(self, value: float, indicator: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.value = value
        self.indicator = indicator

    def call(self, inputs: Any) -> Any:
        """(batch, 1) to (batch, 1), or (batch, 2) with the indicator."""
        absent = tf.math.is_nan(inputs)
        return _beside(tf.where(absent, self.value, inputs), absent, self.indicator)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "value": self.value, "indicator": self.indicator}


@keras.saving.register_keras_serializable(package="automl")
class Truth(keras.layers.Layer):  # type: ignore[misc]
    """0 for the word that stands for false, 1 for the one that stands for true, one half for all else.

    Args:
        words: The two words.
        indicator: Whether a second feature is 1 where there was neither.
    """

    def __init__(self, words: list[str], indicator: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.words = list(words)
        self.indicator = indicator

    def call(self, inputs: Any) -> Any:
        """(batch,) strings to (batch, 1), or (batch, 2) with the indicator."""
        lower = tf.strings.lower(inputs)
        no, yes = (tf.equal(lower, word.lower()) for word in self.words)
        absent = tf.logical_not(no | yes)[:, tf.newaxis]
        value = tf.cast(yes, tf.float32)[:, tf.newaxis] + 0.5 * tf.cast(absent, tf.float32)
        return _beside(value, absent, self.indicator)

    def compute_output_spec(self, inputs: Any) -> Any:
        """Shapes alone: Keras cannot trace strings."""
        return keras.KerasTensor((inputs.shape[0], 1 + self.indicator), "float32")

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "words": self.words, "indicator": self.indicator}


@keras.saving.register_keras_serializable(package="automl")
class DateParts(keras.layers.Layer):  # type: ignore[misc]
    """A date as numbers: days since an origin, and sine and cosine of its place in the year, the week and the day.

    Dates are ``YYYY-MM-DD`` with or without ``HH:MM:SS``; what is none counts as the origin.

    Args:
        origin: A day in the midst of those that are met, in days since 1970-01-01; 32 bits are exact around it.
        indicator: Whether a last feature is 1 where there was no date.
    """

    def __init__(self, origin: int = 0, indicator: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.origin = origin
        self.indicator = indicator

    def call(self, inputs: Any) -> Any:
        """(batch,) strings to (batch, 7), or (batch, 8) with the indicator."""
        given = tf.strings.regex_full_match(inputs, r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?.*)?")
        padded = tf.strings.join([tf.where(given, inputs, "1970-01-01"), " 00:00:00"])
        full = tf.strings.regex_replace(padded, r"^(.{10}).(\d{2}:\d{2}).*$", r"\1 \2")
        year, month, day, hour, minute = (
            tf.strings.to_number(tf.strings.substr(full, at, length), tf.int32)
            for at, length in ((0, 4), (5, 2), (8, 2), (11, 2), (14, 2))
        )
        days = tf.where(given, _days(year, month, day), self.origin)
        in_year = tf.cast(days - _days(year, tf.ones_like(month), tf.ones_like(day)), tf.float32) / 366.0
        in_day = tf.cast(hour * 60 + minute, tf.float32) / 1440.0
        whole = tf.cast(days, tf.float32)
        in_week = tf.math.floormod(whole + _WEEK_STARTS, 7.0) / 7.0
        since = tf.cast(days - self.origin, tf.float32)
        turns = tf.stack([in_year, in_week, in_day], axis=-1) * (2.0 * math.pi)
        features = tf.concat([since[:, tf.newaxis], tf.sin(turns), tf.cos(turns)], axis=-1)
        return _beside(features, tf.logical_not(given)[:, tf.newaxis], self.indicator)

    def compute_output_spec(self, inputs: Any) -> Any:
        """Shapes alone: Keras cannot trace strings."""
        return keras.KerasTensor((inputs.shape[0], 7 + self.indicator), "float32")

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "origin": self.origin, "indicator": self.indicator}


def _days(year: tf.Tensor, month: tf.Tensor, day: tf.Tensor) -> tf.Tensor:
    """Days since 1970-01-01 in the Gregorian calendar (Hinnant 2013, chrono-compatible low-level date algorithms)."""
    year = year - tf.cast(month <= 2, tf.int32)
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + tf.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def _beside(features: tf.Tensor, absent: tf.Tensor, indicator: bool) -> tf.Tensor:
    return tf.concat([features, tf.cast(absent, tf.float32)], axis=-1) if indicator else features
