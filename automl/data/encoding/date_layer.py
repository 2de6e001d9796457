"""The layer that turns dates into numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from automl.data.encoding.table_layers import Wide, beside

if TYPE_CHECKING:
    from collections.abc import Sequence

_WEEK_STARTS = 3.0
"""1970 began on a Thursday."""
_ISO = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?.*)?"
_YEAR_LAST = r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})\b"
_ZONE = r".*:\d{2}(\.\d+)? ?[+-](\d{2}):?(\d{2})"
_REWRITTEN = (
    (r"^([0-6]\d-)", r"20\1"),  # the years of two digits as in ``automl.data.tables.dates``
    (r"^([7-9]\d-)", r"19\1"),
    (r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", r"\1-\2-\3"),
    (r"^(\d{4})-(\d)-", r"\1-0\2-"),
    (r"^(\d{4}-\d{2})-(\d)(\D|$)", r"\1-0\2\3"),
    (r"^(.{10})[ T]+(\d):", r"\1 0\2:"),
)


@keras.saving.register_keras_serializable(package="automl")
class DateParts(Wide):
    """A date as numbers: days since an origin, and sine and cosine of its place in the year, the week and the day.

    Dates are written as ``automl.data.tables.dates`` reads them; what is none counts as the origin.

    Args:
        columns: Those that are taken out of the inputs.
        origins: For each of them a day in the midst of those that are met, in days since 1970-01-01.
        day_first: For each of them the separators of dates that begin with the day.
        indicators: Those of them for which a last feature is 1 where there was no date.
    """

    def __init__(
        self,
        columns: Sequence[int] = (0,),
        origins: Sequence[int] = (0,),
        day_first: Sequence[str] = ("",),
        indicators: Sequence[int] = (),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.columns = list(columns)
        self.origins = list(origins)
        self.day_first = list(day_first)
        self.indicators = list(indicators)

    def call(self, inputs: Any) -> Any:
        """Strings (batch, any) to (batch, 7 * columns + indicators)."""
        texts = tf.strings.strip(tf.gather(inputs, self.columns, axis=1))
        usual = tf.reduce_all(tf.strings.regex_full_match(texts, rf"|{_ISO}"))
        texts = tf.cond(usual, lambda: texts, lambda: self._rewritten(texts))
        given = tf.strings.regex_full_match(texts, _ISO)
        year, month, day, minutes = _numbers(tf.where(given, texts, "1970-01-01"))
        days = _days(year, month, day) + minutes // 1440
        days = tf.where(given, days, self.origins)
        features = tf.reshape(_parts(days, minutes % 1440, year, self.origins), (-1, 7 * len(self.columns)))
        return beside(features, tf.logical_not(given), self.indicators)

    def _rewritten(self, texts: tf.Tensor) -> tf.Tensor:
        """Dates that begin with the day, or the month, with the year first; all numbers at their full length."""
        begins = tf.zeros_like(texts, tf.bool)
        for mark in sorted(set("".join(self.day_first))):
            written = tf.strings.regex_full_match(texts, rf"\d{{1,2}}\{mark}.*")
            begins |= written & tf.constant([mark in marks for marks in self.day_first])
        day, month = (tf.strings.regex_replace(texts, _YEAR_LAST, order) for order in (r"\3-\2-\1", r"\3-\1-\2"))
        texts = tf.where(begins, day, month)
        for pattern, order in _REWRITTEN:
            texts = tf.strings.regex_replace(texts, pattern, order)
        return texts

    def compute_output_spec(self, inputs: Any) -> Any:
        """Shapes alone: Keras cannot trace strings."""
        return keras.KerasTensor((inputs.shape[0], 7 * len(self.columns) + len(self.indicators)), "float64")

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        own = {"origins": self.origins, "day_first": self.day_first, "indicators": self.indicators}
        return {**super().get_config(), "columns": self.columns, **own}


def _numbers(texts: tf.Tensor) -> list[tf.Tensor]:
    """Year, month, day, and the minutes since midnight in UTC."""
    full = tf.strings.join([texts, " 00:00:00"])
    year, month, day, hour, minute = (
        tf.strings.to_number(tf.strings.substr(full, at, length), tf.int32)
        for at, length in ((0, 4), (5, 2), (8, 2), (11, 2), (14, 2))
    )
    morning, evening = (tf.strings.regex_full_match(texts, rf"(?i).*\d ?{half}\.?m\.?.*") for half in "ap")
    hour = tf.where(morning | evening, hour % 12 + 12 * tf.cast(evening, tf.int32), hour)
    zoned = tf.strings.regex_full_match(texts, _ZONE)
    zone = tf.strings.to_number(tf.where(zoned, tf.strings.regex_replace(texts, _ZONE, r"\2\3"), "0"), tf.int32)
    west = tf.strings.regex_full_match(texts, r".*-\d{2}:?\d{2}")
    away = (zone // 100 * 60 + zone % 100) * tf.where(west, -1, 1)
    return [year, month, day, hour * 60 + minute - away]


def _parts(days: tf.Tensor, minutes: tf.Tensor, year: tf.Tensor, origins: Sequence[int]) -> tf.Tensor:
    """The seven features of each date, (..., 7)."""
    in_year = tf.cast(days - _days(year, tf.ones_like(days), tf.ones_like(days)), tf.float64) / 366.0
    in_week = tf.math.floormod(tf.cast(days, tf.float64) + _WEEK_STARTS, 7.0) / 7.0
    in_day = tf.cast(minutes, tf.float64) / 1440.0
    turns = tf.stack([in_year, in_week, in_day], axis=-1) * (2.0 * math.pi)
    since = tf.cast(days - tf.constant(origins), tf.float64)
    return tf.concat([since[..., tf.newaxis], tf.sin(turns), tf.cos(turns)], axis=-1)


def _days(year: tf.Tensor, month: tf.Tensor, day: tf.Tensor) -> tf.Tensor:
    """Days since 1970-01-01 in the Gregorian calendar (Hinnant 2013, chrono-compatible low-level date algorithms)."""
    year = year - tf.cast(month <= 2, tf.int32)
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + tf.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
