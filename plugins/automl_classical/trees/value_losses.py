"""Losses of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from automl.data.scaling import target_scale
from automl.plugin import override
from automl_classical.trees.loss import Loss

if TYPE_CHECKING:
    from automl.data import DataSpec

_STEEP = 1.0
"""Deviations of the target beyond which Huber's loss is a line, as Keras has it."""


class Values(Loss):
    """Of values, standardised by the train part; here squared errors.

    Args:
        spec: The data.
    """

    def __init__(self, spec: DataSpec) -> None:
        self._mean, self._deviation = target_scale(spec)

    @override
    def target(self, stored: np.ndarray) -> np.ndarray:
        values: np.ndarray = (stored.reshape(len(stored), -1).astype(np.float64) - self._mean) / self._deviation
        return values

    @override
    def bias(self, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
        mean: np.ndarray = np.average(target, axis=0, weights=weights)
        return mean

    @override
    def slope(self, target: np.ndarray, sums: np.ndarray) -> np.ndarray:
        slope: np.ndarray = sums - target
        return slope

    @override
    def predictions(self, sums: np.ndarray) -> np.ndarray:
        values: np.ndarray = sums * self._deviation + self._mean
        return values

    @override
    def mean(self, target: np.ndarray, sums: np.ndarray, weights: np.ndarray) -> float:
        return float(np.average(np.square(target - sums).mean(axis=1), weights=weights))


class Huber(Values):
    """Squares near to the target, a line further off (Huber 1964)."""

    @override
    def slope(self, target: np.ndarray, sums: np.ndarray) -> np.ndarray:
        slope: np.ndarray = np.clip(sums - target, -_STEEP, _STEEP)
        return slope

    @override
    def mean(self, target: np.ndarray, sums: np.ndarray, weights: np.ndarray) -> float:
        off = np.abs(target - sums)
        each = np.where(off <= _STEEP, off**2 / 2, _STEEP * (off - _STEEP / 2))
        return float(np.average(each.mean(axis=1), weights=weights))


class Quantile(Values):
    """What a quantile minimizes (Koenker and Bassett 1978); leaves add the quantile of what is left.

    Args:
        spec: The data.
        quantile: Between 0 and 1; 0.5 for half the absolute error.
    """

    fits_leaves = True

    def __init__(self, spec: DataSpec, quantile: float) -> None:
        super().__init__(spec)
        self._quantile = quantile

    @override
    def bias(self, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
        del weights
        constant: np.ndarray = np.quantile(target, self._quantile, axis=0)
        return constant

    @override
    def slope(self, target: np.ndarray, sums: np.ndarray) -> np.ndarray:
        return np.where(target > sums, -self._quantile, 1.0 - self._quantile)

    @override
    def leaf(self, left: np.ndarray) -> float:
        return float(np.quantile(left, self._quantile))

    @override
    def mean(self, target: np.ndarray, sums: np.ndarray, weights: np.ndarray) -> float:
        left = target - sums
        each = np.maximum(self._quantile * left, (self._quantile - 1.0) * left)
        return float(np.average(each.mean(axis=1), weights=weights))
