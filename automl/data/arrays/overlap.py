"""Rows that a test part shares with what models learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROWS = 8192
_SAMPLE = 10_000
_MUCH = 0.5


def note_shared(arrays: Sequence[np.ndarray], given_test: int) -> list[str]:
    """A sentence where most rows of a given test part are in the other part too.

    Args:
        arrays: The table, each of shape (rows, ...), of values of 64 or 32 bits; the test part last.
        given_test: How many of the last rows are the test part.
    """
    count = len(arrays[0])
    first = count - given_test
    tested = np.unique(_marks(arrays, np.arange(first, count)[:_SAMPLE]))
    found = np.zeros(len(tested), bool)
    for start in range(0, first, _ROWS):
        found |= np.isin(tested, _marks(arrays, np.arange(start, min(start + _ROWS, first))))
    share = float(found.mean()) if given_test else 0.0
    if share <= _MUCH:
        return []
    told = "of the different rows of the test part are in the train file too; its score says little of new rows."
    return [f"{share:.0%} {told}"]


def _marks(arrays: Sequence[np.ndarray], rows: np.ndarray) -> np.ndarray:
    """A number for each row, the same for equal rows and hardly ever for others."""
    total = np.zeros(len(rows), np.uint64)
    rng = np.random.default_rng(0)
    for array in arrays:
        block = np.ascontiguousarray(array[rows]).reshape(len(rows), -1)
        bits = block.view(f"u{block.dtype.itemsize}").astype(np.uint64)
        odd = rng.integers(1, 1 << 62, bits.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        total += ((bits ^ (bits >> np.uint64(29))) * odd).sum(axis=1, dtype=np.uint64)
    return total
