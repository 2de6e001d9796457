"""How far samples are spread, which penalties are measured by."""

from __future__ import annotations

from typing import Any

import numpy as np

_TURNS = 20
"""After so many the variance is known to a few percent, which is finer than the steps of a path."""


def largest_variance(rows: Any, scale: np.ndarray) -> float:
    """The variance along the direction in which features vary most, by the power method; 1 where none varies.

    Args:
        rows: Features (n, features), dense or sparse.
        scale: What each is multiplied by, of a shape that can be brought to (features, outputs).
    """
    factor = np.sqrt(np.square(scale).mean(axis=-1))
    mean = np.asarray(rows.mean(axis=0), np.float64).ravel() * factor
    direction, variance = np.random.default_rng(0).normal(size=rows.shape[1]), 0.0
    for _ in range(_TURNS):
        direction /= max(float(np.linalg.norm(direction)), np.finfo(float).tiny)
        places = rows @ (factor * direction).astype(rows.dtype) - mean @ direction
        direction = (factor * (rows.T @ places.astype(rows.dtype)) - mean * places.sum()) / rows.shape[0]
        variance = float(np.linalg.norm(direction))
    return variance if variance > np.finfo(np.float32).eps else 1.0
