"""Quantiles brought so far from the median that they hold as often as they say, whatever the model has made of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from automl.ensembles.adjusting import Adjustment
from automl.inheritance import override
from automl.tasks.quantiles import middle, middle_places

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEAST = 20
"""Values below which no share of them says anything."""

_WIDEST = 100.0
"""Of a model whose quantiles all but coincide no multiple is of use."""


@dataclass(frozen=True)
class Spread(Adjustment):
    """Conformal prediction by the distance from the median (Kivaranovic et al. 2020).

    Attributes:
        quantiles: Rising.
        factors: What the distance of each from the middle one is multiplied by.
    """

    quantiles: tuple[float, ...]
    factors: tuple[float, ...]

    @classmethod
    def fitted(cls, quantiles: Sequence[float], target: np.ndarray, predictions: np.ndarray) -> Self | None:
        """That by which as many held-out values as it says are below each quantile; None where they are too few.

        Args:
            quantiles: Rising.
            target: Shape (n, ...).
            predictions: Shape (n, ..., quantiles).
        """
        if target.size < LEAST:
            return None
        called = predictions.reshape(-1, len(quantiles)).astype(np.float64)
        centre = middle(called, quantiles)
        missed, distances = target.reshape(-1).astype(np.float64) - centre, (called - centre[:, np.newaxis]).T
        factors = (_factor(level, apart, missed) for level, apart in zip(quantiles, distances, strict=True))
        return cls(tuple(quantiles), tuple(factors))

    @override
    def __call__(self, predictions: np.ndarray) -> np.ndarray:
        centre = middle(predictions, self.quantiles)[..., np.newaxis]
        found: np.ndarray = np.sort(centre + (predictions - centre) * np.asarray(self.factors, predictions.dtype))
        return found.astype(predictions.dtype)

    @override
    def tensor(self, outputs: Any) -> Any:
        from keras import ops

        places = list(middle_places(self.quantiles))
        centre = ops.mean(ops.take(outputs, places, axis=-1), axis=-1, keepdims=True)
        factors = ops.convert_to_tensor(self.factors, outputs.dtype)
        return ops.sort(centre + (outputs - centre) * factors, axis=-1)

    @property
    @override
    def plain(self) -> dict[str, Any]:
        return {"spread": {f"{level:g}": factor for level, factor in zip(self.quantiles, self.factors, strict=True)}}

    @classmethod
    @override
    def of(cls, told: Mapping[str, Any]) -> Self | None:
        spread = told.get("spread")
        return None if spread is None else cls(tuple(map(float, spread)), tuple(spread.values()))


def _factor(level: float, distances: np.ndarray, missed: np.ndarray) -> float:
    """What distances (n,) of a quantile from the middle are multiplied by, given what the middle misses (n,)."""
    apart = distances != 0.0
    if not apart.any():
        return 1.0
    ratios = np.sort(missed[apart] / distances[apart])
    share = max(level, 1.0 - level)
    place = min(len(ratios), math.ceil((len(ratios) + 1) * share))  # one more: that of the sample to come
    return float(np.clip(ratios[place - 1], 0.0, _WIDEST))
