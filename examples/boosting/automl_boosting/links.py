"""What sums of trees stand for: values, or logits of classes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from automl.data import DataSpec


class Link(ABC):
    """From sums of trees to predictions, and from errors back to what the next tree is to learn."""

    @abstractmethod
    def target(self, stored: np.ndarray) -> np.ndarray:
        """Targets as parts hold them as (n, outputs)."""

    @abstractmethod
    def bias(self, target: np.ndarray) -> np.ndarray:
        """The best sums that are the same for all, (outputs,)."""

    @abstractmethod
    def predictions(self, sums: np.ndarray) -> np.ndarray:
        """As the task scores them."""

    @abstractmethod
    def errors(self, target: np.ndarray, sums: np.ndarray) -> np.ndarray:
        """The negative gradient of the loss, (n, outputs)."""

    @abstractmethod
    def step(self, errors: np.ndarray) -> np.ndarray:
        """What a leaf adds for the errors of its samples, (outputs,): a step of Newton's."""

    @abstractmethod
    def loss(self, target: np.ndarray, sums: np.ndarray) -> float:
        """Its mean."""


class Values(Link):
    """Squared errors of values in their own unit."""

    def target(self, stored: np.ndarray) -> np.ndarray:
        """See ``Link.target``."""
        return stored.reshape(len(stored), -1).astype(np.float64)

    def bias(self, target: np.ndarray) -> np.ndarray:
        """See ``Link.bias``: the mean."""
        mean: np.ndarray = target.mean(axis=0)
        return mean

    def predictions(self, sums: np.ndarray) -> np.ndarray:
        """See ``Link.predictions``."""
        return sums

    def errors(self, target: np.ndarray, sums: np.ndarray) -> np.ndarray:
        """See ``Link.errors``."""
        return target - sums

    def step(self, errors: np.ndarray) -> np.ndarray:
        """See ``Link.step``."""
        mean: np.ndarray = errors.mean(axis=0)
        return mean

    def loss(self, target: np.ndarray, sums: np.ndarray) -> float:
        """See ``Link.loss``."""
        return float(np.square(target - sums).mean())


class Classes(Link):
    """Cross-entropy of class probabilities.

    Args:
        count: How many classes there are.
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def target(self, stored: np.ndarray) -> np.ndarray:
        """See ``Link.target``: one-hot."""
        return np.eye(self._count)[stored]

    def bias(self, target: np.ndarray) -> np.ndarray:
        """See ``Link.bias``: logarithms of the frequencies."""
        return np.log((target.sum(axis=0) + 1.0) / (len(target) + self._count))

    def predictions(self, sums: np.ndarray) -> np.ndarray:
        """See ``Link.predictions``: probabilities."""
        powers = np.exp(sums - sums.max(axis=1, keepdims=True))
        shares: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def errors(self, target: np.ndarray, sums: np.ndarray) -> np.ndarray:
        """See ``Link.errors``."""
        return target - self.predictions(sums)

    def step(self, errors: np.ndarray) -> np.ndarray:
        """See ``Link.step`` (Friedman 2001, algorithm 6)."""
        size = np.abs(errors)
        curvature = (size * (1.0 - size)).sum(axis=0)
        share = (self._count - 1) / self._count
        step: np.ndarray = share * errors.sum(axis=0) / np.maximum(curvature, 1e-9)
        return np.clip(step, -4.0, 4.0)  # leaves that are pure have next to no curvature

    def loss(self, target: np.ndarray, sums: np.ndarray) -> float:
        """See ``Link.loss``, in nats."""
        right = (self.predictions(sums) * target).sum(axis=1)
        return float(-np.log(np.maximum(right, 1e-15)).mean())


def make_link(spec: DataSpec) -> Link:
    """The one for such data."""
    return Classes(len(spec.classes)) if spec.classes else Values()
