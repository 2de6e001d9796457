"""Losses of classes."""

from __future__ import annotations

import numpy as np

from automl.plugin import override
from automl_classical.trees.loss import Loss

_LEAST = 1e-15
"""The least probability that a loss is told of."""


class Classes(Loss):
    """Cross-entropy of several classes, a sum for each.

    Args:
        count: How many there are.
    """

    def __init__(self, count: int) -> None:
        self.outputs = count

    @override
    def target(self, stored: np.ndarray) -> np.ndarray:
        hot: np.ndarray = np.eye(self.outputs)[stored]
        return hot

    @override
    def bias(self, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
        # One more sample of each class: a fold may hold none.
        counts = weights @ target + 1.0
        logits: np.ndarray = np.log(counts / counts.sum())
        return logits

    @override
    def slope(self, target: np.ndarray, sums: np.ndarray) -> np.ndarray:
        slope: np.ndarray = self.predictions(sums) - target
        return slope

    @override
    def curvature(self, target: np.ndarray, sums: np.ndarray) -> np.ndarray:
        del target
        likely = self.predictions(sums)
        curvature: np.ndarray = likely * (1.0 - likely)
        return curvature

    @override
    def predictions(self, sums: np.ndarray) -> np.ndarray:
        powers = np.exp(sums - sums.max(axis=1, keepdims=True))
        shares: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
        return shares

    @override
    def mean(self, target: np.ndarray, sums: np.ndarray, weights: np.ndarray) -> float:
        likely = (self.predictions(sums) * target).sum(axis=1)
        return float(np.average(-np.log(np.maximum(likely, _LEAST)), weights=weights))


class TwoClasses(Classes):
    """Cross-entropy of two classes: one sum, the logit of the second."""

    def __init__(self) -> None:
        super().__init__(1)

    @override
    def target(self, stored: np.ndarray) -> np.ndarray:
        return stored[:, np.newaxis].astype(np.float64)

    @override
    def bias(self, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
        second = weights @ target + 1.0
        logit: np.ndarray = np.log(second / (weights.sum() + 2.0 - second))
        return logit

    @override
    def slope(self, target: np.ndarray, sums: np.ndarray) -> np.ndarray:
        slope: np.ndarray = self.predictions(sums)[:, 1:] - target
        return slope

    @override
    def curvature(self, target: np.ndarray, sums: np.ndarray) -> np.ndarray:
        del target
        likely: np.ndarray = self.predictions(sums)
        curvature: np.ndarray = likely[:, :1] * likely[:, 1:]
        return curvature

    @override
    def predictions(self, sums: np.ndarray) -> np.ndarray:
        return super().predictions(np.concatenate([-sums / 2, sums / 2], axis=1))

    @override
    def mean(self, target: np.ndarray, sums: np.ndarray, weights: np.ndarray) -> float:
        likely = np.where(target == 1, *(self.predictions(sums)[:, [place]] for place in (1, 0)))
        return float(np.average(-np.log(np.maximum(likely[:, 0], _LEAST)), weights=weights))
