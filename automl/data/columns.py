"""What the columns of a table hold, found out by reading them once, a chunk at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from automl.data.tables import numbers, strings

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["numeric", "categorical", "boolean", "date"]
_BOOLEANS = ({"false", "true"}, {"no", "yes"}, {"n", "y"}, {"f", "t"}, {"off", "on"})
_MOST_VALUES = 50_000
_FEW_ROWS = 50
_DATE = r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d{1,2}:\d{2}.*)?$"
DATE_FORMAT = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class Column:
    """A column that models see.

    Attributes:
        name: As the table spells it.
        kind: What it holds.
        labels: Of a categorical one, all its values, the most frequent first; of a boolean one, false and true.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...] = ()

    @property
    def dtype(self) -> str:
        """The type of its raw values in a model's inputs."""
        return "float32" if self.kind == "numeric" else "string"


@dataclass
class Seen:
    """What was seen of a column so far.

    Attributes:
        rows: All rows.
        given: Rows with a value.
        first_missing: The first row without one, counted from 0.
        counts: How often each value occurs; None once there are too many to count.
        numeric: Whether every value is a number.
        whole: Whether every value is a whole number.
        counting: Whether every value is its predecessor plus one, as in a row number.
        dates: Whether every value is a date.
        first_odd: The first row whose value is no number.
    """

    rows: int = 0
    given: int = 0
    first_missing: int | None = None
    counts: dict[str, int] | None = field(default_factory=dict)
    numeric: bool = True
    whole: bool = True
    counting: bool = True
    dates: bool = True
    first_odd: int | None = None
    _last: float = np.nan

    @property
    def missing(self) -> int:
        """Rows without a value."""
        return self.rows - self.given

    @property
    def distinct(self) -> int:
        """How many different values there are, or more than can be counted."""
        return self.given if self.counts is None else len(self.counts)

    def take(self, column: pd.Series[Any]) -> None:
        """See a chunk of the column."""
        text = strings(column)
        absent = (text == "").to_numpy()
        if self.first_missing is None and absent.any():
            self.first_missing = self.rows + int(absent.argmax())
        given = text[~absent]
        self._count(given)
        self._take_numbers(numbers(column), absent)
        if self.dates and not self.numeric and len(given):
            self.dates = bool(given.str.match(_DATE).all()) and bool(parse_dates(given).notna().all())
        self.rows += len(text)
        self.given += len(given)

    def _count(self, given: pd.Series[Any]) -> None:
        if self.counts is not None:
            for value, count in given.value_counts().items():
                self.counts[str(value)] = self.counts.get(str(value), 0) + int(count)
            if len(self.counts) > _MOST_VALUES:
                self.counts = None

    def _take_numbers(self, values: np.ndarray, absent: np.ndarray) -> None:
        odd = ~absent & ~np.isfinite(values)
        if odd.any():
            self.numeric = self.whole = self.counting = False
            if self.first_odd is None:
                self.first_odd = self.rows + int(odd.argmax())
        present = values[~absent]
        if self.numeric and len(present):
            self.whole = self.whole and bool((present % 1 == 0).all())
            steps = np.diff(present, prepend=self._last if np.isfinite(self._last) else present[0] - 1)
            self.counting = self.counting and bool((steps == 1).all())
            self._last = float(present[-1])


def survey(chunks: Iterable[pd.DataFrame]) -> dict[str, Seen]:
    """What every column of a table holds, by name."""
    seen: dict[str, Seen] = {}
    for chunk in chunks:
        for name in chunk.columns:
            seen.setdefault(name, Seen()).take(chunk[name])
    return seen


def judge(name: str, seen: Seen) -> tuple[Column | None, str]:
    """What a column is to a model, or None with the reason why it is left out."""
    if reason := _useless(seen):
        return None, reason
    if seen.numeric:
        return Column(name, "numeric"), ""
    values = tuple(sorted(seen.counts or {}, key=lambda value: (-(seen.counts or {})[value], value)))
    if len(values) == 2 and {value.lower() for value in values} in _BOOLEANS:
        return Column(name, "boolean", tuple(sorted(values, key=str.lower))), ""
    if seen.dates:
        return Column(name, "date"), ""
    return Column(name, "categorical", values), ""


def _useless(seen: Seen) -> str:
    """Why no model could learn from a column; empty where one could."""
    if seen.given == 0:
        return "is empty"
    if seen.distinct == 1 and not seen.missing:
        return "has one value only"
    if seen.numeric:
        return "numbers the rows" if seen.counting and seen.rows > 2 and not seen.missing else ""
    if not seen.dates and (seen.counts is None or (seen.rows > _FEW_ROWS and seen.distinct > 0.5 * seen.given)):
        return f"holds {seen.distinct:,} different texts in {seen.given:,} rows, as identifiers do"
    return ""


def parse_dates(text: pd.Series[Any]) -> pd.Series[Any]:
    """Dates, in UTC where they name a zone; NaT for what is none."""
    dates = pd.to_datetime(text, errors="coerce", format="mixed", utc=True)
    return dates.dt.tz_localize(None)
