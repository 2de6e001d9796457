"""Single samples of a part, and how they are told in a table."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from automl.data import Part

_CHUNK = 1024
_COLUMNS = 12


def picked(part: Part, places: Sequence[int]) -> Any:
    """The raw inputs of the samples at some places of a part, in the order that they are asked for.

    A chunk of the part is read at a time.

    Args:
        part: The part.
        places: Counted from 0; at least one.
    """
    wanted = np.asarray(places)
    found: dict[int, Any] = {}
    start = 0
    for inputs, target in part.chunks(_CHUNK):
        here = wanted[(wanted >= start) & (wanted < start + len(target))]
        found |= {int(place): _row(inputs, int(place) - start) for place in here}
        start += len(target)
    rows = [found[int(place)] for place in wanted]
    if isinstance(rows[0], Mapping):
        return {name: np.asarray([row[name] for row in rows]) for name in rows[0]}
    return np.asarray(rows)


def write_samples(told: Mapping[str, Sequence[Any]], inputs: Any, path: Path) -> None:
    """Write a table with a row a sample: what is told of it, then its inputs, where these are texts or columns.

    Args:
        told: Columns by name.
        inputs: Raw, as ``picked`` gives them.
        path: The file.
    """
    columns: dict[str, Sequence[Any]] = {**told}
    if isinstance(inputs, Mapping):
        columns |= {f"{name} " if name in told else name: inputs[name] for name in list(inputs)[:_COLUMNS]}
    elif inputs.ndim == 1:
        columns["text"] = inputs
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*(map(_cell, column) for column in columns.values()), strict=True))


def _row(inputs: Any, place: int) -> Any:
    if isinstance(inputs, Mapping):
        return {name: values[place] for name, values in inputs.items()}
    return inputs[place]


def _cell(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:.5g}"
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
