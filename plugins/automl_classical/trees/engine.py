"""The contract of what grows a tree."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from automl_classical.trees.bins import Bins
    from automl_classical.trees.forest import Tree

_SMALL = 5_000
"""Rows below which threads wait for each other longer than they work."""


@dataclass(frozen=True)
class Shape:
    """How trees may be.

    Attributes:
        leaves: At most.
        depth: Splits from the root to a leaf, at most.
        rows: In a leaf, at least.
        l2: What is added to the curvature of a leaf.
        columns: Share of the columns that a split is chosen among.
    """

    leaves: int
    depth: int
    rows: int
    l2: float
    columns: float


class Engine(ABC):
    """Grows trees on binned rows.

    Args:
        shape: How they may be.
        bins: Of the columns.
        binned: Train part, (rows, columns) of bytes.
        seed: With a tree's number it fixes all that is drawn at random.
    """

    def __init__(self, shape: Shape, bins: Bins, binned: np.ndarray, seed: int) -> None:
        self._shape, self._bins, self._binned, self._seed = shape, bins, binned, seed

    @abstractmethod
    def grow(self, number: int, slope: np.ndarray, curvature: np.ndarray | None, rows: np.ndarray | None) -> Tree:
        """A tree whose leaves are steps of Newton's (Friedman 2001; Chen and Guestrin 2016).

        Args:
            number: Of the tree.
            slope: The gradient of the loss by row.
            curvature: Its second derivative by row; None for 1.
            rows: Numbers of those that the tree is grown on; None for all.
        """

    @property
    def threads(self) -> int:
        """Those that are the trial's share, as its runner tells its environment."""
        share = os.environ.get("OMP_NUM_THREADS", "")
        alone = len(self._binned) < _SMALL
        return 1 if alone else int(share) if share.isdigit() and int(share) else len(os.sched_getaffinity(0))
