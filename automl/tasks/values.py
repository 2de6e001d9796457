"""Metrics of predicted values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


def value_scores(target: np.ndarray, predictions: np.ndarray, names: Collection[str]) -> dict[str, float]:
    """Metrics by name; those that are undefined on such a target are left out.

    Args:
        target: Shape (n, ...).
        predictions: Of a shape that can be brought to the target's.
        names: Out of ``METRICS``.
    """
    truth = target.astype(np.float64)
    called = predictions.reshape(target.shape).astype(np.float64)
    found = {name: METRICS[name](truth, called) for name in names}
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _mse(target: np.ndarray, predictions: np.ndarray) -> float:
    return float(np.mean(np.square(predictions - target)))


def _rmse(target: np.ndarray, predictions: np.ndarray) -> float:
    return math.sqrt(_mse(target, predictions))


def _mae(target: np.ndarray, predictions: np.ndarray) -> float:
    return float(np.mean(np.abs(predictions - target)))


def _median_error(target: np.ndarray, predictions: np.ndarray) -> float:
    return float(np.median(np.abs(predictions - target)))


def _r2(target: np.ndarray, predictions: np.ndarray) -> float:
    variance = float(np.var(target))
    return 1.0 - _mse(target, predictions) / variance if variance > 0.0 else float("nan")


def _mape(target: np.ndarray, predictions: np.ndarray) -> float:
    if (target == 0.0).any():
        return float("nan")
    return float(np.mean(np.abs((predictions - target) / target)))


def _smape(target: np.ndarray, predictions: np.ndarray) -> float:
    size = np.abs(target) + np.abs(predictions)
    return float(np.mean(2.0 * np.abs(predictions - target) / np.where(size > 0.0, size, 1.0)))


def _quantile_loss(level: float) -> Callable[[np.ndarray, np.ndarray], float]:
    """The pinball loss (Koenker and Bassett 1978), which predictions of that quantile minimize."""

    def loss(target: np.ndarray, predictions: np.ndarray) -> float:
        missed = target - predictions
        return float(np.mean(np.maximum(level * missed, (level - 1.0) * missed)))

    return loss


METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "rmse": _rmse,
    "mae": _mae,
    "mse": _mse,
    "median_error": _median_error,
    "r2": _r2,
    "mape": _mape,
    "smape": _smape,
    "quantile_loss_10": _quantile_loss(0.1),
    "quantile_loss_90": _quantile_loss(0.9),
}
"""Each takes target and predictions of one shape, in 64 bits."""
