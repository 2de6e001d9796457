"""What the columns of a table hold, found out by reading them once, a chunk at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from pandas.api.types import is_bool_dtype

from automl.data.tables.dates import Dates
from automl.data.tables.numbers import NumberStyle
from automl.data.tables.values import MISSING, Values, numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pandas as pd

Kind = Literal["numeric", "categorical", "boolean", "date"]
_BOOLEANS = ({"false", "true"}, {"no", "yes"}, {"n", "y"}, {"f", "t"}, {"off", "on"})
_MOST_VALUES = 50_000
_FEW_ROWS = 50


@dataclass(frozen=True)
class Column:
    """A column that models see.

    Attributes:
        name: As the table spells it.
        kind: What it holds.
        labels: Of a categorical one, all its values, the most frequent first; of a boolean one, false and true.
        reading: How it is written: of a numeric one, its ``number_styles.Style``; of a date, the separators of those
            that begin with the day.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...] = ()
    reading: str = ""

    @property
    def dtype(self) -> str:
        """The type of its raw values in a model's inputs."""
        return "float64" if self.kind == "numeric" else "string"

    def to_list(self) -> list[Any]:
        """Plain, JSON-ready values; the inverse of ``from_list``."""
        return [self.name, self.kind, list(self.labels), self.reading]

    @classmethod
    def from_list(cls, values: list[Any]) -> Self:
        """The column that ``to_list`` described."""
        name, kind, labels, reading = values
        return cls(name, kind, tuple(labels), reading)


@dataclass
class Seen:
    """What was seen of a column so far.

    Attributes:
        labels: Whether words such as ``none`` are labels, as in a target.
        rows: All rows.
        given: Rows with a value.
        first_missing: The first row without one, counted from 0.
        counts: How often each value occurs; None once there are too many to count.
        style: How its numbers are written, as far as they are numbers.
        whole: Whether every value is a whole number.
        counting: Whether every value is its predecessor plus one, as in a row number.
        infinite: How many values are infinite.
        largest: The largest finite number, signs aside.
        dates: How its dates are written, as far as they are dates.
        first_odd: The first row whose value is no plain number.
        odd_missing: How many values that are no numbers are words that stand for no value in a feature.
        odd: How many values are no numbers.
    """

    labels: bool = False
    rows: int = 0
    given: int = 0
    first_missing: int | None = None
    counts: Counter[str] | None = field(default_factory=Counter)
    style: NumberStyle = field(default_factory=NumberStyle)
    whole: bool = True
    counting: bool = True
    infinite: int = 0
    largest: float = 0.0
    dates: Dates = field(default_factory=Dates)
    first_odd: int | None = None
    odd: int = 0
    odd_missing: int = 0
    _last: float = np.nan

    @property
    def numeric(self) -> bool:
        """Whether every value is a number."""
        return self.style.numeric

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
        if not self.labels and not np.isnan(plain := numbers(column)).any() and not is_bool_dtype(column):
            self._take_plain(column, plain)
        else:
            self._take_any(column)

    def _take_plain(self, column: pd.Series[Any], plain: np.ndarray) -> None:
        """See a chunk in which every value is a number: the usual one, and so the fast way."""
        texts = [value.strip() if type(value) is str else str(value) for value in column]
        if self.counts is not None:
            self.counts.update(texts)
            self._bound()
        self._take_texts(texts, [])
        self._take_numbers(plain, np.ones(len(plain), bool))
        self.rows += len(plain)
        self.given += len(plain)

    def _take_any(self, column: pd.Series[Any]) -> None:
        values = Values(column, labels=self.labels)
        plain = values.plain_numbers()
        present = np.array([text != "" for text in values.texts], bool)
        given = values.spread(present) == 1.0
        if self.first_missing is None and not given.all():
            self.first_missing = self.rows + int(given.argmin())
        self._count(values)
        texts = [text for text in values.texts if text]
        self._take_texts(texts, [values.texts[place] for place in np.flatnonzero(np.isnan(plain) & present)])
        self._take_numbers(values.spread(plain), given)
        self.rows += len(given)
        self.given += int(given.sum())

    def _count(self, values: Values) -> None:
        if self.counts is not None:
            counts = values.counts()
            self.counts.update(counts)
            if self.labels:
                self.odd_missing += sum(count for text, count in counts.items() if text.lower() in MISSING)
            self._bound()

    def _bound(self) -> None:
        if self.counts is not None and len(self.counts) > _MOST_VALUES:
            self.counts = None

    def _take_texts(self, texts: list[str], odd: list[str]) -> None:
        """See how numbers and dates are written: values that are not missing, and those of them that are no numbers."""
        if self.numeric:
            self.style.take(texts, odd)
        if self.dates.alive and texts:
            self.dates.take(odd)
            self.dates.alive = self.dates.alive and len(odd) == len(texts)

    def _take_numbers(self, values: np.ndarray, given: np.ndarray) -> None:
        odd = given & np.isnan(values)
        if odd.any():
            self.whole = self.counting = False
            self.odd += int(odd.sum())
            if self.first_odd is None:
                self.first_odd = self.rows + int(odd.argmax())
        present = values[given & ~odd]
        if len(present) == 0:
            return
        finite = present[np.isfinite(present)]
        self.infinite += len(present) - len(finite)
        self.largest = max(self.largest, float(np.abs(finite).max(initial=0.0)))
        self.whole = self.whole and len(finite) == len(present) and bool((finite % 1 == 0).all())
        if self.counting:
            before = np.append(self._last if np.isfinite(self._last) else present[0] - 1, present[:-1])
            self.counting = bool((present == before + 1).all())
            self._last = float(present[-1])


def survey(chunks: Iterable[pd.DataFrame], labels: Collection[str] = ()) -> dict[str, Seen]:
    """What every column of a table holds, by name.

    Args:
        chunks: The rows.
        labels: Columns in which words such as ``none`` are labels.
    """
    seen: dict[str, Seen] = {}
    for chunk in chunks:
        for name, column in chunk.items():
            seen.setdefault(str(name), Seen(str(name) in labels)).take(column)
    return seen


def judge(name: str, seen: Seen) -> tuple[Column | None, str]:
    """What a column is to a model, with what the user should hear of it; None with why it is left out."""
    if reason := _useless(seen):
        return None, f"column '{name}' was left out: it {reason}."
    if seen.numeric:
        return Column(name, "numeric", reading=seen.style.style), " ".join(_numeric_notes(name, seen))
    values = tuple(sorted(seen.counts or {}, key=lambda value: (-(seen.counts or {})[value], value)))
    if len(values) == 2 and {value.lower() for value in values} in _BOOLEANS:
        return Column(name, "boolean", tuple(sorted(values, key=str.lower))), ""
    if seen.dates.alive:
        return Column(name, "date", reading=seen.dates.day_first), seen.dates.note(name)
    return Column(name, "categorical", values), ""


def plural(count: int) -> str:
    """What the plural of a word ends with."""
    return "" if count == 1 else "s"


def _numeric_notes(name: str, seen: Seen) -> Iterable[str]:
    if note := seen.style.note(name):
        yield note
    if seen.infinite:
        yield f"column '{name}' has {seen.infinite} infinite value{plural(seen.infinite)}, taken as missing."


def _useless(seen: Seen) -> str:
    """Why no model could learn from a column; empty where one could."""
    if seen.given == seen.infinite:
        return "holds infinite values only" if seen.infinite else "is empty"
    if seen.distinct == 1 and not seen.missing:
        return "has one value only"
    if seen.numeric:
        return "numbers the rows" if seen.counting and seen.rows > 2 and not seen.missing else ""
    if seen.dates.alive:
        conflict = seen.dates.conflict()
        return f"mixes dates with the day first and with the month first ({conflict})" if conflict else ""
    if seen.counts is None or (seen.rows > _FEW_ROWS and seen.distinct > 0.5 * seen.given):
        return f"holds {seen.distinct:,} different texts in {seen.given:,} rows, as identifiers do"
    return ""
