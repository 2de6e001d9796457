"""What trees minimize: how far sums are off, and what sums stand for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from automl.data.scaling import target_scale
from automl.errors import ConfigError
from automl.plugin import override

if TYPE_CHECKING:
    from automl.data import DataSpec
    from automl_classical.rounds import Rounds

_STEEP = 1.0
"""Deviations of the target beyond which Huber's loss is a line, as Keras has it."""


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


def make_loss(spec: DataSpec, settings: Rounds) -> Loss:
    """The loss that the settings ask for.

    Raises:
        ConfigError: Trees do not minimize it.
    """
    name = settings.loss
    if spec.classes and name in ("auto", "cross_entropy"):
        return TwoClasses() if len(spec.classes) == 2 else Classes(len(spec.classes))
    match name:
        case "auto" | "mse" if not spec.classes:
            return Values(spec)
        case "mae" | "quantile" if not spec.classes:
            return Quantile(spec, 0.5 if name == "mae" else settings.quantile)
        case "huber" if not spec.classes:
            return Huber(spec)
    own = "auto, cross_entropy" if spec.classes else "auto, mse, mae, huber, quantile"
    raise ConfigError(f"training.loss: boosted trees minimize {own}. Received: '{name}'.")


_LEAST = 1e-15
"""The least probability that a loss is told of."""
