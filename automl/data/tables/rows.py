"""Rows of a table in plain arrays: numbers as floats, categories as codes, and back again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.data.memory import mapped
from automl.data.tables.columns import Column
from automl.data.tables.dates import seconds
from automl.data.tables.numbers import read
from automl.data.tables.values import DATE_FORMAT, Values, numbers

if TYPE_CHECKING:
    from pathlib import Path


class RawRows:
    """Raw rows by number: what the table held, by column."""

    def __init__(self, content: Path) -> None:
        columns = json.loads((content / "about.json").read_text())["columns"]
        self.columns = [Column.from_list(values) for values in columns]
        self._values, self._codes = mapped(content / "values.npy"), mapped(content / "codes.npy")

    def __call__(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The raw values of these rows by column: numbers with NaN, strings with empty ones where nothing was."""
        assert self._values is not None
        assert self._codes is not None
        values, codes = np.asfortranarray(self._values[rows]), np.asfortranarray(self._codes[rows])
        found: dict[str, np.ndarray] = {}
        floating = coded = 0
        for column in self.columns:
            if column.kind == "categorical":
                found[column.name] = np.array([*column.labels, ""], object)[codes[:, coded]]
                coded += 1
            else:
                found[column.name] = told(values[:, floating], column)
                floating += 1
        return found


def floats(column: pd.Series[Any], about: Column) -> np.ndarray:
    """A column that is no category as floats: numbers, false and true, seconds since 1970; NaN for all else."""
    if about.kind == "numeric" and not about.reading:
        found = numbers(column)
        return np.where(np.isfinite(found), found, np.nan)
    values = Values(column)
    if about.kind == "boolean":
        codes = values.codes(about.labels).astype(np.float64)
        return np.where(codes < 0, np.nan, codes)
    if about.kind == "date":
        return values.spread(seconds(values.texts, about.reading))
    found = values.spread(number_values(values, about.reading))
    return np.where(np.isfinite(found), found, np.nan)


def number_values(values: Values, reading: str) -> np.ndarray:
    """The different values of a column as numbers, in the style that was found."""
    return read(values.texts, reading) if reading else values.plain_numbers()  # type: ignore[arg-type]


def told(values: np.ndarray, column: Column) -> np.ndarray:
    """The raw form of what ``floats`` stored."""
    if column.kind == "numeric":
        return values
    absent = np.isnan(values)
    if column.kind == "boolean":
        told = np.array(column.labels, object)[np.where(absent, 0, values).astype(int)]
    else:
        told = pd.to_datetime(np.where(absent, 0, values), unit="s").strftime(DATE_FORMAT).to_numpy(object)
    return np.where(absent, "", told)
