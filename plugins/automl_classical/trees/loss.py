"""The contract of what trees minimize."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


class Loss(ABC):
    """A loss of sums of trees (rows, outputs).

    Attributes:
        outputs: Sums of a row, each of trees of its own.
        fits_leaves: Whether leaves add what ``leaf`` says; else they are steps of Newton's.
    """

    outputs = 1
    fits_leaves = False

    @abstractmethod
    def target(self, stored: np.ndarray) -> np.ndarray:
        """Targets, as parts hold them, as (rows, outputs)."""

    @abstractmethod
    def bias(self, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The sums to begin with, the same for all rows, (outputs,)."""

    @abstractmethod
    def slope(self, target: np.ndarray, sums: np.ndarray) -> np.ndarray:
        """The gradient, (rows, outputs)."""

    def curvature(self, target: np.ndarray, sums: np.ndarray) -> np.ndarray | None:
        """The second derivative, (rows, outputs); None where it counts as 1."""
        del target, sums
        return None

    def leaf(self, left: np.ndarray) -> float:
        """What is best added to rows in one leaf, given what is left of their targets, where it ``fits_leaves``."""
        raise NotImplementedError

    @abstractmethod
    def predictions(self, sums: np.ndarray) -> np.ndarray:
        """As the task scores them: probabilities, or values in the target's own unit."""

    @abstractmethod
    def mean(self, target: np.ndarray, sums: np.ndarray, weights: np.ndarray) -> float:
        """Its weighted mean over rows."""
