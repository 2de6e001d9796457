"""New rows out of tables in files, read and checked as the model's own were."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from automl.data.samples import Samples
from automl.data.tables.columns import Column
from automl.data.tables.rows import floats, told
from automl.data.tables.values import Values, numbers
from automl.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from automl.data.samples import Note
    from automl.data.spec import DataSpec
    from automl.data.tables.reading import Tables

_TOLD = 5


def row_samples(tables: Tables, spec: DataSpec, note: Note) -> Iterator[Samples]:
    """The rows of a table, a chunk at a time.

    Args:
        tables: Its files.
        spec: Of the data that the model learned from.
        note: Hears of odd names, and of values that the model has not met.

    Raises:
        DataError: A column that the model needs is missing, or holds what is no number, or no date, where it is to.
    """
    reader, first = _Reader(spec), 1
    for chunk in tables.chunks():
        inputs = reader.read(chunk, first)
        names = pd.DataFrame({"row": np.arange(first, first + len(chunk))})
        first += len(chunk)
        yield Samples(inputs, names, chunk)
    for sentence in (*tables.notes, *reader.notes()):
        note(sentence)


@dataclass
class _Reader:
    """Reads columns by what the model learned of them, and remembers what it does not know.

    Attributes:
        spec: Of the data that the model learned from.
        strange: By column, how often values are met that the train part had not; and by column the first of them.
    """

    spec: DataSpec
    strange: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        learned = self.spec.statistics
        readings = {**self.spec.details.get("readings", {}), **learned.get("day_first", {})}
        self._columns = [
            Column(name, kind, tuple(learned["vocabularies"].get(name, ())), readings.get(name, ""))
            for name, kind in self.spec.details["columns"]
        ]
        self._known = {column.name: frozenset(column.labels) for column in self._columns}

    def read(self, chunk: pd.DataFrame, first: int) -> dict[str, np.ndarray]:
        """The columns that the model takes; ``first`` is the number of the first row."""
        for column in self._columns:
            if column.name not in chunk:
                raise DataError(
                    f"predict: the column '{column.name}' is missing. {nearest(column.name, map(str, chunk))}"
                )
        return {column.name: self._column(chunk[column.name], column, first) for column in self._columns}

    def notes(self) -> tuple[str, ...]:
        """A sentence on values that the model has not met."""
        if not self.strange:
            return ()
        most = self.strange.most_common(_TOLD)
        named = ", ".join(f"'{name}' ({count:,}, such as {self.examples[name]!r})" for name, count in most)
        more = f" and {len(self.strange) - _TOLD} more columns" if len(self.strange) > _TOLD else ""
        return (f"values that the model has not met count as unknown in {named}{more}.",)

    def _column(self, values: pd.Series[Any], column: Column, first: int) -> np.ndarray:
        if column.kind in {"numeric", "date"}:
            return told(_checked(values, column, first), column)
        found = Values(values)
        known = self._known[column.name]
        for text, count in found.counts().items():
            if text not in known and not (column.kind == "boolean" and _same(text, known)):
                self.strange[column.name] += count
                self.examples.setdefault(column.name, text)
        return found.strings()


def _checked(values: pd.Series[Any], column: Column, first: int) -> np.ndarray:
    """Numbers, or dates as seconds, NaN where none is given; infinite numbers too are none, as in the train part.

    Raises:
        DataError: Something else is given.
    """
    found = floats(values, column)
    rows = np.flatnonzero(np.isnan(found))
    if len(rows) == 0 or is_numeric_dtype(values):
        return found
    texts = Values(values.iloc[rows]).strings()
    given = (texts != "") & ~np.isinf(numbers(pd.Series(texts)))
    if given.any():
        place = int(given.argmax())
        noun = "numbers" if column.kind == "numeric" else "dates"
        raise DataError(
            f"predict: the column '{column.name}' is to hold {noun}."
            f" Received in row {first + int(rows[place]):,}: '{texts[place]}'."
        )
    return found


def _same(text: str, known: frozenset[str]) -> bool:
    """Whether a truth value is one of the known words, however it is capitalised."""
    return text.lower() in {word.lower() for word in known}
