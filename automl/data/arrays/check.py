"""Whether arrays are fit to learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from automl.data.arrays.statistics import chunks
from automl.errors import DataError

if TYPE_CHECKING:
    from automl.data.arrays.loader import Arrays

LARGEST = 1e18
"""Models compute with 32-bit floats, which hold no squares of what is larger."""

_LISTED = 20


def check(name: str, arrays: Arrays, *, classification: bool) -> None:
    """Refuse arrays that no model can learn from.

    Raises:
        DataError: There are no samples, values that no model can take, or classes that a part lacks.
    """
    if len(arrays.inputs) == 0:
        raise DataError(f"{name}: there is not a single sample.")
    if 0 in arrays.inputs.shape:
        raise DataError(f"{name}: every side of a sample must be at least 1. Received: {arrays.inputs.shape[1:]}.")
    if arrays.inputs.dtype.kind == "f":
        _check_values(name, arrays.inputs)
    for part in ("test", "validation"):
        rows = getattr(arrays, part)
        if rows is not None and len(rows) == 0:
            raise DataError(f"{name}: the {part} part holds no samples. Fill it, or leave it out.")
    if classification:
        _check_classes(name, arrays)


def _check_values(name: str, inputs: np.ndarray) -> None:
    """Every value is finite, and its square is too."""
    at = 0
    for chunk in chunks(inputs):
        flat = np.abs(chunk.reshape(len(chunk), -1))
        if not (flat.max() <= LARGEST):
            sample = int(np.flatnonzero(~(flat <= LARGEST).all(axis=1))[0])
            value = chunk[sample].reshape(-1)[int(np.flatnonzero(~(flat[sample] <= LARGEST))[0])]
            if np.isfinite(value):
                raise DataError(
                    f"{name}: values above {LARGEST:g} are too large for 32-bit floats, which models compute with."
                    f" Received: {value:g} in sample {at + sample + 1}. Divide the inputs by a constant first."
                )
            raise DataError(
                f"{name}: the inputs hold NaN or infinite values; clean them or impute them first."
                f" Received: {value} in sample {at + sample + 1}."
            )
        at += len(chunk)


def _check_classes(name: str, arrays: Arrays) -> None:
    if len(arrays.classes) < 2:
        raise DataError(f"{name}: at least two classes are needed. Received: {', '.join(arrays.classes) or 'none'}.")
    assert arrays.target is not None
    given = {"test": arrays.test, "validation": arrays.validation}
    inside = np.ones(len(arrays.inputs), bool)
    for rows in given.values():
        if rows is not None:
            inside[rows] = False
    counts = np.bincount(arrays.target[inside], minlength=len(arrays.classes))
    _check_strangers(name, arrays, given, counts)
    least = 1 + sum(rows is None for rows in given.values())
    for label, count in zip(arrays.classes, counts, strict=True):
        if count < least:
            raise DataError(
                f"{name}: class '{label}' has {count} sample{'' if count == 1 else 's'}; every part needs one of each"
                f" class, so at least {least} are needed. Add samples, or leave the class out."
            )


def _check_strangers(name: str, arrays: Arrays, given: dict[str, np.ndarray | None], counts: np.ndarray) -> None:
    """No class is in a given part alone, where nothing could be learned of it."""
    assert arrays.target is not None
    for part, rows in given.items():
        strangers = [] if rows is None else np.setdiff1d(arrays.target[rows], np.flatnonzero(counts)).tolist()
        if strangers:
            known = [arrays.classes[number] for number in np.flatnonzero(counts)][:_LISTED]
            raise DataError(
                f"{name}: class '{arrays.classes[strangers[0]]}' is in the {part} part, but not in the train part,"
                f" so that no model can learn it. The train part has: {', '.join(known)}."
            )
