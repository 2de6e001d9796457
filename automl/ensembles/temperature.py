"""Temperature scaling (Guo et al. 2017): probabilities made as sure as they are right, by one number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from automl.ensembles.adjusting import Adjustment
from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LEAST = 1e-7
"""Probabilities below it count as it: what was thought impossible has no logarithm."""

_COOLEST, _HOTTEST = math.log(0.2), math.log(20.0)
_SPREAD = 0.5
"""Temperatures are taken to be e to the power of about zero, give or take this, until samples tell otherwise: by a few
that are all told apart alone it would fall to nothing."""
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
_EXACT = 1e-4


@dataclass(frozen=True)
class Temperature(Adjustment):
    """Class probabilities told at a temperature.

    Attributes:
        value: Flatter above 1, sharper below.
    """

    value: float

    @override
    def __call__(self, predictions: np.ndarray) -> np.ndarray:
        return scaled(predictions, self.value)

    @override
    def tensor(self, outputs: Any) -> Any:
        from keras import ops

        return ops.softmax(ops.log(ops.maximum(outputs, LEAST)) / self.value, axis=-1)

    @property
    @override
    def plain(self) -> dict[str, Any]:
        return {"temperature": self.value}

    @classmethod
    @override
    def of(cls, told: Mapping[str, Any]) -> Self | None:
        value = told.get("temperature")
        return None if value is None else cls(value)


def scaled(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities (n, classes) at a temperature: flatter above 1, sharper below."""
    logits = np.log(np.maximum(probabilities, LEAST, dtype=np.float64)) / temperature
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: np.ndarray = (shares / shares.sum(axis=1, keepdims=True)).astype(probabilities.dtype)
    return found


def fit_temperature(target: np.ndarray, probabilities: np.ndarray) -> float:
    """The temperature by which held-out samples are likeliest, between a fifth and twenty.

    Args:
        target: Class numbers (n,).
        probabilities: Shape (n, classes).
    """
    logits = np.log(np.maximum(probabilities, LEAST, dtype=np.float64))
    own = np.take_along_axis(logits, target[:, np.newaxis], axis=1)[:, 0]

    def cost(log_temperature: float) -> float:
        at = logits / math.exp(log_temperature)
        most = at.max(axis=1)
        totals = most + np.log(np.exp(at - most[:, np.newaxis]).sum(axis=1))
        return float(np.sum(totals - own / math.exp(log_temperature))) + (log_temperature / _SPREAD) ** 2 / 2.0

    return math.exp(_least(cost, _COOLEST, _HOTTEST))


def _least(cost: Callable[[float], float], low: float, high: float) -> float:
    """Where a function of one valley is least (golden-section search: Kiefer 1953)."""
    inner = [high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)]
    costs = [cost(one) for one in inner]
    while high - low > _EXACT:
        if costs[0] <= costs[1]:
            high = inner[1]
            inner = [high - _GOLDEN * (high - low), inner[0]]
            costs = [cost(inner[0]), costs[0]]
        else:
            low = inner[0]
            inner = [inner[1], low + _GOLDEN * (high - low)]
            costs = [costs[1], cost(inner[1])]
    return (low + high) / 2.0
