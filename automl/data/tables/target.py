"""The column of a table that is to be predicted: its task, its classes, and what makes it unfit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.data.tables.columns import plural
from automl.data.tables.rows import number_values
from automl.data.tables.values import Values
from automl.errors import DataError
from automl.tasks import task_info

if TYPE_CHECKING:
    import pandas as pd

    from automl.data.tables.columns import Seen

_MOST_WHOLE_CLASSES = 20
_LARGEST = 1e150
"""Squares of what is larger are beyond 64 bits."""


@dataclass(frozen=True)
class Target:
    """How the target is read.

    Attributes:
        name: Of its column.
        task: That it is for.
        classes: Labels in the order of their indices; empty for values.
        reading: Of values, their ``number_styles.Style``.
        notes: What the user should hear of it.
    """

    name: str
    task: str
    classes: tuple[str, ...] = ()
    reading: str = ""
    notes: tuple[str, ...] = ()

    @property
    def dtype(self) -> type:
        """The type that it is stored in."""
        return np.int64 if self.classes else np.float64

    def values(self, column: pd.Series[Any]) -> np.ndarray:
        """A chunk of the column as indices of classes, or as values."""
        values = Values(column, labels=True)
        return values.codes(self.classes) if self.classes else values.spread(number_values(values, self.reading))


def read_target(name: str, seen: Seen, asked: str | None) -> Target:
    """The target that a column makes.

    Args:
        name: Of the column.
        seen: What the column holds, words such as ``none`` taken for labels.
        asked: The task, where the user named it.

    Raises:
        DataError: Values are missing, or do not fit the task.
    """
    if seen.missing:
        _refuse_missing(name, seen.missing, "", seen.first_missing)
    task = asked or _guess(seen)
    return _classes(name, seen, task, told=asked is not None) if task_info(task).classes else _values(name, seen, task)


def _guess(seen: Seen) -> str:
    few = seen.counts is not None and len(seen.counts) <= _MOST_WHOLE_CLASSES
    numbers = seen.numeric or (seen.odd == seen.odd_missing and not few)
    return "tabular_regression" if numbers and not (seen.whole and few) else "tabular_classification"


def _values(name: str, seen: Seen, task: str) -> Target:
    if not seen.numeric:
        if seen.odd == seen.odd_missing:
            _refuse_missing(name, seen.odd, f" ('{seen.style.example}')", seen.first_odd)
        raise DataError(
            f"data.target: '{name}' is to hold numbers for {task}. Received text in row {(seen.first_odd or 0) + 1}:"
            f" '{seen.style.example}'."
        )
    if seen.infinite:
        raise DataError(
            f"data.target: '{name}' has {seen.infinite} infinite value{plural(seen.infinite)}. Leave these rows out, or"
            " put numbers in their place."
        )
    if seen.largest > _LARGEST:
        raise DataError(
            f"data.target: '{name}' has values up to {seen.largest:.3g}; at most {_LARGEST:.0e} can be computed with."
            " Divide it by a power of ten, or take its logarithm."
        )
    note = seen.style.note(name)
    return Target(name, task, reading=seen.style.style, notes=(note,) if note else ())


def _classes(name: str, seen: Seen, task: str, *, told: bool) -> Target:
    if seen.counts is None or len(seen.counts) > 0.5 * seen.rows:
        raise DataError(f"data.target: '{name}' holds {seen.distinct:,} different values; classes are to repeat.")
    plain = seen.style.plain
    classes = sorted(seen.counts, key=(lambda value: (float(value), value)) if plain else str)
    if len(classes) < 2:
        raise DataError(f"data.target: at least two classes are needed. '{name}' holds: {', '.join(classes)}.")
    note = f"target '{name}' has {len(classes)} whole numbers, taken for classes; data.task=tabular_regression else."
    return Target(name, task, tuple(classes), notes=(note,) if plain and not told else ())


def _refuse_missing(name: str, count: int, words: str, first: int | None) -> None:
    raise DataError(
        f"data.target: '{name}' has {count} missing value{plural(count)}{words}, the first in row {(first or 0) + 1}."
        " Leave these rows out, or fill them in."
    )


def check_classes(answer: np.ndarray, target: Target, given_test: int) -> None:
    """Refuse classes that cannot be in every part.

    Args:
        answer: The class of every row.
        target: Names them.
        given_test: How many of the last rows are a test part that came with the table.

    Raises:
        DataError: A class has too few rows, or none outside the given test part.
    """
    if not target.classes:
        return
    counts = np.bincount(answer[: len(answer) - given_test], minlength=len(target.classes))
    rare = int(counts.argmin())
    label, least = target.classes[rare], 2 if given_test else 3
    if counts[rare] == 0:
        raise DataError(
            f"data.target: class '{label}' of '{target.name}' is in the test part alone, so that no model can learn it."
            " Leave its rows out, or put some of them into the other file."
        )
    if counts[rare] < least:
        outside = " outside the test part" if given_test else ""
        raise DataError(
            f"data.target: class '{label}' of '{target.name}' has {counts[rare]} row{plural(counts[rare])}{outside};"
            f" at least {least} are needed, one for each part."
        )
