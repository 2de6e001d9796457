"""The values of a column, as tables spell them, cleaned and read: as texts, numbers and codes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.data.tables.numbers import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MISSING = frozenset(
    {"", "?", "-", "--", "na", "n/a", "nan", "nat", "null", "none", "<na>", "#n/a", "#value!", "#div/0!", "#ref!"}
)
"""What stands for no value in a feature, in lower case."""
NO_LABEL = frozenset({"", "nan", "NaN"})
"""What stands for no value in a target, where every other word may be a class."""
DATE_FORMAT = "%Y-%m-%d %H:%M:%S"


class Values:
    """A chunk of a column: its different values, each read once, and which row holds which.

    Args:
        column: Texts, numbers, truth values, dates or categories.
        labels: Whether words such as ``none`` are labels like others; else they stand for no value.
    """

    def __init__(self, column: pd.Series[Any], *, labels: bool = False) -> None:
        if pd.api.types.is_timedelta64_dtype(column):
            column = column.dt.total_seconds()
        self._rows, different = pd.factorize(_plain_objects(column))
        self._numeric = pd.api.types.is_numeric_dtype(different) and not pd.api.types.is_bool_dtype(different)
        self._plain = np.asarray(different, np.float64) if self._numeric else None
        texts = [text.strip() for text in _texts(different)]
        if labels:
            self.texts = ["" if text in NO_LABEL else text for text in texts]
        else:
            self.texts = ["" if text.lower() in MISSING else text for text in texts]

    def strings(self) -> np.ndarray:
        """The cleaned text of every row; what is missing is the empty string."""
        return np.array([*self.texts, ""], object)[self._rows]

    def counts(self) -> Counter[str]:
        """How often each cleaned text occurs; the missing ones are left out."""
        found: Counter[str] = Counter()
        for text, count in zip(self.texts, np.bincount(self._rows[self._rows >= 0]), strict=False):
            if text:
                found[text] += int(count)
        return found

    def spread(self, read: Iterable[float]) -> np.ndarray:
        """What was read of each of ``texts``, as a 64-bit float for every row, NaN where there is no value."""
        return np.append(np.asarray(read, np.float64), np.nan)[self._rows]

    def plain_numbers(self) -> np.ndarray:
        """Each of ``texts`` as a number with a decimal point; NaN for what is none."""
        return plain(self.texts) if self._plain is None else self._plain

    def codes(self, known: Sequence[str]) -> np.ndarray:
        """The place of every row's text among the known ones; -1 for others."""
        places = {text: place for place, text in enumerate(known)}
        return np.array([*(places.get(text, -1) for text in self.texts), places.get("", -1)], np.int64)[self._rows]


def strings(column: pd.Series[Any], *, labels: bool = False) -> pd.Series[Any]:
    """The values as strings without spaces around them; what is missing is the empty string.

    Args:
        column: Values of any type.
        labels: Whether words such as ``none`` are labels like others; else they stand for no value.
    """
    return pd.Series(Values(column, labels=labels).strings(), column.index, dtype=object)


def numbers(column: pd.Series[Any]) -> np.ndarray:
    """The values as 64-bit floats; what is missing, or no number, is NaN."""
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(np.float64, na_value=np.nan)
    if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
        return plain(column.to_numpy(object))
    values = Values(column)
    return values.spread(values.plain_numbers())


def _plain_objects(column: pd.Series[Any]) -> Any:
    """Strings as Python's own, which are the faster ones where each is looked at."""
    return column.to_numpy(object) if isinstance(column.dtype, pd.StringDtype) else column


def _texts(different: Any) -> list[str]:
    """Values as strings; dates in UTC, lengths of time in seconds."""
    if isinstance(different, pd.Categorical | pd.CategoricalIndex):
        different = different.astype(object)
    if isinstance(different.dtype, pd.DatetimeTZDtype):
        different = pd.DatetimeIndex(different).tz_convert("UTC").tz_localize(None)
    if pd.api.types.is_datetime64_any_dtype(different.dtype):
        return [str(text) for text in pd.DatetimeIndex(different).strftime(DATE_FORMAT)]
    return [value if type(value) is str else str(value) for value in different]
