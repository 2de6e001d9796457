"""Features turned into directions that do not vary together, in which solvers take few steps."""

from __future__ import annotations

import numpy as np

_MOST = 2000
"""Directions up to which finding them takes a few seconds; the time grows with their third power."""
_WORK = 2e10
"""Multiplications, likewise."""


class Rotation:
    """Principal directions of rows of features (Pearson 1901), no more than there are rows.

    Squares of weights add up to the same in any directions, so that a penalty of them stays what it is.

    Args:
        rows: Features (n, features), dense.

    Attributes:
        mean: Of each feature.
        directions: Shape (features, directions).
        variances: Along each direction.
        rows: The rows in them, centred, (n, directions).
    """

    def __init__(self, rows: np.ndarray) -> None:
        self.mean = rows.mean(axis=0, dtype=np.float64).astype(rows.dtype)
        centred = rows - self.mean
        wide = rows.shape[1] > len(rows)
        values, vectors = np.linalg.eigh((centred @ centred.T if wide else centred.T @ centred) / len(rows))
        kept = values > 10.0 * np.finfo(rows.dtype).eps * values[-1]  # what is below are rounding errors
        values, vectors = values[kept], vectors[:, kept]
        self.variances = values.astype(np.float64)
        self.directions = centred.T @ vectors / np.sqrt(values * len(rows)) if wide else vectors
        self.rows = centred @ self.directions

    @staticmethod
    def is_quick(shape: tuple[int, int]) -> bool:
        """Whether it is made in a few seconds for rows of such a shape."""
        return min(shape) <= _MOST and shape[0] * shape[1] * min(shape) <= _WORK

    def back(self, kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Kernel and bias for rotated rows as those for the features themselves."""
        found = self.directions.astype(np.float64) @ kernel
        return found, bias - self.mean.astype(np.float64) @ found
