"""Rows of a table in plain arrays: numbers as floats, categories as codes, and back again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.data.columns import DATE_FORMAT, Column, parse_dates
from automl.data.memory import mapped
from automl.data.tables import numbers, strings

if TYPE_CHECKING:
    from pathlib import Path


class RawRows:
    """Raw rows by number: what the table held, by column."""

    def __init__(self, content: Path) -> None:
        columns = json.loads((content / "about.json").read_text())["columns"]
        self.columns = [Column(name, kind, tuple(values)) for name, kind, values in columns]
        self._values, self._codes = mapped(content / "values.npy"), mapped(content / "codes.npy")

    def __call__(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The raw values of these rows by column: numbers with NaN, strings with empty ones where nothing was."""
        assert self._values is not None
        assert self._codes is not None
        found: dict[str, np.ndarray] = {}
        floating = coded = 0
        for column in self.columns:
            if column.kind == "categorical":
                found[column.name] = np.array([*column.labels, ""], object)[self._codes[rows, coded]]
                coded += 1
            else:
                found[column.name] = _told(self._values[rows, floating], column)
                floating += 1
        return found


def floats(text: pd.Series[Any], column: Column) -> np.ndarray:
    """A column that is no category as floats: numbers, false and true, seconds since 1970."""
    if column.kind == "numeric":
        return numbers(text)
    if column.kind == "boolean":
        codes = pd.Categorical(strings(text), categories=column.labels).codes.astype(np.float64)
        return np.where(codes < 0, np.nan, codes)
    dates = parse_dates(strings(text))
    seconds = (dates - pd.Timestamp(0)) / pd.Timedelta(seconds=1)
    return seconds.to_numpy(np.float64)


def _told(values: np.ndarray, column: Column) -> np.ndarray:
    """The raw form of what ``floats`` stored."""
    if column.kind == "numeric":
        return values.astype(np.float32)
    absent = np.isnan(values)
    if column.kind == "boolean":
        told = np.array(column.labels, object)[np.where(absent, 0, values).astype(int)]
    else:
        told = pd.to_datetime(np.where(absent, 0, values), unit="s").strftime(DATE_FORMAT).to_numpy(object)
    return np.where(absent, "", told)
