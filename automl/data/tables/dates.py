"""Dates as tables write them: which of two numbers is the day, decided by column."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

_TIME = r"(?:[T ]\s*(\d{1,2}:\d{2}.*))?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}")
_PIVOT = 70
"""Years of two digits from here on are in the 20th century, those before in the 21st."""


@dataclass
class Dates:
    """What was seen so far of a column that may hold dates.

    Attributes:
        alive: Whether every value is a date.
        examples: By separator, a value that ends with its year, one whose first number must be the day, and one whose
            first number must be the month; empty where there is none.
    """

    alive: bool = True
    examples: dict[str, list[str]] = field(default_factory=dict)

    def take(self, texts: Iterable[str]) -> None:
        """See values that are not missing."""
        times = set()
        for text in texts:
            if not self.alive:
                return
            time = self._take(text)
            if time:
                times.add(time)
        if times:
            self.alive = self.alive and bool(_instants([f"2000-01-01 {time}" for time in times]).notna().all())

    def _take(self, text: str) -> str | None:
        """See one value; its time of day, if it has one."""
        if found := _YEAR_FIRST.fullmatch(text):
            self.alive = 1 <= int(found[3]) <= 12 and 1 <= int(found[4]) <= 31
            return found[5]
        if not (found := _YEAR_LAST.fullmatch(text)):
            self.alive = False
            return None
        first, second = int(found[1]), int(found[3])
        self.alive = 1 <= first <= 31 and 1 <= second <= 31 and min(first, second) <= 12
        example = self.examples.setdefault(found[2], [text, "", ""])
        if first > 12:
            example[1] = example[1] or text
        elif second > 12:
            example[2] = example[2] or text
        elif first != second:
            example[0] = text
        return found[5]

    def conflict(self) -> str:
        """Two values that no one reading fits; empty where there are none."""
        for _, day, month in self.examples.values():
            if day and month:
                return f"{day} and {month}"
        return ""

    @property
    def day_first(self) -> str:
        """The separators of dates that begin with the day."""
        known = {mark: bool(day) for mark, (_, day, month) in self.examples.items() if day or month}
        return "".join(mark for mark in sorted(self.examples) if known.get(mark, mark == "." or any(known.values())))

    def note(self, name: str) -> str:
        """How dates were read that can be read in two ways; empty where there are none."""
        for mark, (example, day, month) in self.examples.items():
            if not (day or month):
                order = "day" if mark in self.day_first else "month"
                meant = iso(example, self.day_first)[:10]
                return (
                    f"column '{name}' has dates that can be read in two ways; they were read with the {order} first:"
                    f" {example} is {meant}. Write them with the year first if it is not."
                )
        return ""


def iso(text: str, day_first: str) -> str:
    """A date as ``YYYY-MM-DD`` with its time, if it has one; other texts as they are.

    Args:
        text: A date in any of the forms that ``Dates`` knows.
        day_first: The separators of dates that begin with the day.
    """
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = int(found[1]), found[3], found[4]
    elif found := _YEAR_LAST.fullmatch(text):
        day, month = (found[1], found[3]) if found[2] in day_first else (found[3], found[1])
        year = int(found[4]) + (0 if len(found[4]) == 4 else 2000 if int(found[4]) < _PIVOT else 1900)
    else:
        return text
    return f"{year:04}-{int(month):02}-{int(day):02}" + (f" {found[5]}" if found[5] else "")


def seconds(texts: Iterable[str], day_first: str) -> np.ndarray:
    """Dates as seconds since 1970 in UTC; NaN for what is none."""
    dates = _instants([iso(text, day_first) for text in texts])
    return ((dates - pd.Timestamp(0)) / pd.Timedelta(seconds=1)).to_numpy(np.float64)


def _instants(texts: list[str]) -> pd.Series[Any]:
    """In UTC where they name a zone; NaT for what is no date."""
    dates = pd.to_datetime(pd.Series(texts, dtype=object), errors="coerce", format="mixed", utc=True)
    return dates.dt.tz_localize(None)
