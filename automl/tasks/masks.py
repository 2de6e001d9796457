"""Metrics of masks, out of counts that are summed over a part of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_LEAST = 1e-12
"""Probabilities below it count as it: one pixel that was thought impossible must not make all else invisible."""


def tally(target: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """What metrics need of some masks: sums of such tallies are the tally of all of them.

    Args:
        target: Class numbers (n, height, width); those from ``classes`` on are void, and count nowhere.
        probabilities: Shape (n, height, width, classes).

    Returns:
        Shape (classes * classes + 1,): how often each class, row by row, was called what, and the sum of the negative
        log-likelihoods in nats.
    """
    classes = probabilities.shape[-1]
    known = target < classes
    truth, shares = target[known].astype(np.int64), probabilities[known]
    counts = np.bincount(truth * classes + shares.argmax(axis=1), minlength=classes * classes)
    chosen = np.take_along_axis(shares, truth[:, np.newaxis], axis=1)
    return np.append(counts, -np.log(np.maximum(chosen, _LEAST, dtype=np.float64)).sum()).astype(np.float64)


def mask_scores(tallied: np.ndarray, names: Collection[str], positive: int | None = None) -> dict[str, float]:
    """Metrics by name; those that are undefined, since no pixel is known, are left out.

    Args:
        tallied: Sum of ``tally`` over a part.
        names: Out of ``METRICS``, or ``log_loss``.
        positive: The class that the Dice coefficient of two classes is told of; by default the second.
    """
    counts = confusion(tallied)
    found = {name: METRICS[name](counts, positive) for name in names if name in METRICS}
    if "log_loss" in names and counts.sum():
        found["log_loss"] = float(tallied[-1] / counts.sum())
    return {name: value for name, value in found.items() if np.isfinite(value)}


def confusion(tallied: np.ndarray) -> np.ndarray:
    """Pixels (classes, classes) of a tally: rows are true classes, columns are called ones."""
    side = round((len(tallied) - 1) ** 0.5)
    return np.asarray(tallied[:-1]).reshape(side, side)


def unions(counts: np.ndarray) -> np.ndarray:
    """Intersection over union of each class; NaN for classes that are neither there nor called."""
    hits = np.diag(counts)
    return _ratio(hits, counts.sum(axis=0) + counts.sum(axis=1) - hits)


def dices(counts: np.ndarray) -> np.ndarray:
    """Twice the intersection over the sum of both sizes, of each class; NaN as in ``unions``."""
    return _ratio(2.0 * np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _miou(counts: np.ndarray, positive: int | None) -> float:
    del positive
    return float(np.nanmean(unions(counts))) if counts.sum() else float("nan")


def _dice(counts: np.ndarray, positive: int | None) -> float:
    if not counts.sum():
        return float("nan")
    each = dices(counts)
    if positive is None and len(each) != 2:
        return float(np.nanmean(each))
    # Of a class that is neither there nor called, nothing is wrong.
    return float(np.nan_to_num(each[1 if positive is None else positive], nan=1.0))


def _pixel_accuracy(counts: np.ndarray, positive: int | None) -> float:
    del positive
    return float(np.trace(counts) / counts.sum()) if counts.sum() else float("nan")


METRICS: dict[str, Callable[[np.ndarray, int | None], float]] = {
    "miou": _miou,
    "dice": _dice,
    "pixel_accuracy": _pixel_accuracy,
}
"""Each takes counts (classes, classes) of pixels and the positive class, if one is named."""
