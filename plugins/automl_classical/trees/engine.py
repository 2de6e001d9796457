"""The contract of what grows a tree."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from automl_classical.trees.forest import CODES

if TYPE_CHECKING:
    from automl_classical.trees.bins import Bins
    from automl_classical.trees.forest import Tree

_ENOUGH = 500_000
"""Values of the train part that keep a thread busy; with less of them threads wait for each other longer than they
work, and on a machine that others use for far longer."""


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
        self.shape, self.bins, self.binned, self._seed = shape, bins, binned, seed

    @abstractmethod
    def grow(self, number: int, slope: np.ndarray, curvature: np.ndarray | None, rows: np.ndarray | None) -> Tree:
        """A tree whose leaves are steps of Newton's (Friedman 2001; Chen and Guestrin 2016).

        Args:
            number: Of the tree.
            slope: The gradient of the loss by row.
            curvature: Its second derivative by row; None for 1.
            rows: Numbers of those that the tree is grown on; None for all.
        """

    def drawn(self, number: int) -> int:
        """The seed of a tree, below 2 ** 31."""
        return int(np.random.default_rng([self._seed, number]).integers(1 << 31))

    @cached_property
    def absent(self) -> np.ndarray:
        """Whether no row of the train part has a bin, by column: (columns, 256)."""
        return np.array([np.bincount(column, minlength=CODES) == 0 for column in self.binned.T])

    @property
    def threads(self) -> int:
        """Those that are the trial's share, as its runner tells its environment."""
        told = os.environ.get("OMP_NUM_THREADS", "")
        share = int(told) if told.isdigit() and int(told) else os.cpu_count() or 1
        return max(1, min(share, self.binned.size // _ENOUGH))
