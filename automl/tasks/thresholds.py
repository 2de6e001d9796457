"""The probability from which a sample of two classes is called positive, chosen on samples that were not learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_EVEN = 0.5
_CANDIDATES = 256
_SPLITS = 100
_FEWEST = 5
"""Samples of either class below which their halves tell nothing."""


@dataclass(frozen=True)
class Threshold:
    """When a sample of two classes is called positive.

    Attributes:
        positive: The number of that class.
        value: The least probability of it with which it is called.
    """

    positive: int
    value: float

    @classmethod
    def of(cls, details: Mapping[str, Any]) -> Threshold | None:
        """That of a spec's ``details``; None where the most probable class is called."""
        told = details.get("threshold")
        return None if told is None else cls(told["class"], told["value"])

    def called(self, probabilities: np.ndarray) -> np.ndarray:
        """The class numbers (n,) that samples of probabilities (n, 2) are called."""
        return np.where(probabilities[:, self.positive] >= self.value, self.positive, 1 - self.positive)


def called(probabilities: np.ndarray, threshold: Threshold | None) -> np.ndarray:
    """The class numbers (n,) that samples of probabilities (n, classes) are called: by a threshold, or the greatest."""
    found: np.ndarray = probabilities.argmax(axis=1) if threshold is None else threshold.called(probabilities)
    return found


def has_threshold(metric: str, classes: int, positive: int | None) -> bool:
    """Whether there is a best threshold for a metric.

    Precision and recall of one class alone have none: the one is best where a single sample is called, the other where
    all are.
    """
    return classes == 2 and metric in _METRICS and (positive is None or metric not in ("precision", "recall"))


def choose(target: np.ndarray, probabilities: np.ndarray, metric: str, positive: int | None) -> Threshold | None:
    """The threshold that is best for a metric; None where none is better than one half.

    It is the median of the best ones of random halves of the samples. Each half's gain is measured on the other half,
    so that few samples do not choose what fits them alone: on average it has to be one. Of accuracy, for which one half
    is best wherever probabilities are what they say, it has to exceed its standard error.

    Args:
        target: Class numbers (n,).
        probabilities: Shape (n, 2).
        metric: One that ``has_threshold``.
        positive: The class that f1 is told of; a mean over both where None.
    """
    score, one = _METRICS[metric], 1 if positive is None else positive
    is_one, shares = target == one, probabilities[:, one].astype(np.float64)
    if min(is_one.sum(), (~is_one).sum()) < _FEWEST:
        return None
    thresholds = _candidates(shares)
    even = int(np.flatnonzero(thresholds == _EVEN)[0])
    first, second = _halves(shares, is_one, thresholds)
    single = positive is not None
    mine, others = score(*_counts(first), single), score(*_counts(second), single)
    best = np.array([_middle(row) for row in mine])
    chosen = int(np.median(best))
    gain = np.mean(np.take_along_axis(others, best[:, np.newaxis], axis=1)[:, 0] - others[:, even])
    # Halves without replacement vary as much as samples of the whole size do.
    error = np.std(mine[:, chosen] - mine[:, even]) if metric == "accuracy" else 0.0
    return Threshold(one, float(thresholds[chosen])) if gain > error else None


def _candidates(shares: np.ndarray) -> np.ndarray:
    """Thresholds between neighbouring probabilities, and one half."""
    distinct = np.unique(shares)
    if len(distinct) > _CANDIDATES:
        distinct = np.unique(np.quantile(shares, np.linspace(0.0, 1.0, _CANDIDATES)))
    return np.unique([*(distinct[1:] + distinct[:-1]) / 2.0, _EVEN])


def _halves(shares: np.ndarray, is_one: np.ndarray, thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How many samples of each class lie between thresholds, (splits, 2, thresholds + 1), by random halves."""
    places = np.searchsorted(thresholds, shares, side="right")
    cells = np.stack([np.bincount(places[is_one == one], minlength=len(thresholds) + 1) for one in (True, False)])
    rng = np.random.default_rng(0)
    drawn = rng.multivariate_hypergeometric(cells.ravel(), len(shares) // 2, _SPLITS, method="marginals")
    first = drawn.reshape(_SPLITS, *cells.shape)
    return first, cells - first


def _counts(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """True and false positives, false and true negatives by threshold, (splits, thresholds) each."""
    above = np.cumsum(cells[..., ::-1], axis=-1)[..., ::-1][..., 1:].astype(np.float64)
    total = cells.sum(axis=-1, keepdims=True)
    hits, alarms = above[:, 0], above[:, 1]
    return hits, alarms, total[:, 0] - hits, total[:, 1] - alarms


def _middle(scores: np.ndarray) -> int:
    """The place of the greatest score; of several equal ones the middle."""
    best = np.flatnonzero(scores >= scores.max())
    return int(best[len(best) // 2])


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0.0)
    return found


def _accuracy(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray, _: bool) -> np.ndarray:
    found: np.ndarray = (tp + tn) / (tp + fp + fn + tn)
    return found


def _recall(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray, _: bool) -> np.ndarray:
    found: np.ndarray = (_share(tp, tp + fn) + _share(tn, tn + fp)) / 2.0
    return found


def _precision(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray, _: bool) -> np.ndarray:
    found: np.ndarray = (_share(tp, tp + fp) + _share(tn, tn + fn)) / 2.0
    return found


def _f1(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray, single: bool) -> np.ndarray:
    mine = _share(2.0 * tp, 2.0 * tp + fp + fn)
    found: np.ndarray = mine if single else (mine + _share(2.0 * tn, 2.0 * tn + fp + fn)) / 2.0
    return found


def _mcc(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray, _: bool) -> np.ndarray:
    return _share(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


def _kappa(tp: np.ndarray, fp: np.ndarray, fn: np.ndarray, tn: np.ndarray, _: bool) -> np.ndarray:
    return _share(2.0 * (tp * tn - fp * fn), (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn))


_METRICS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray, bool], np.ndarray]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _recall,
    "f1": _f1,
    "precision": _precision,
    "recall": _recall,
    "mcc": _mcc,
    "kappa": _kappa,
}
"""Each takes numbers of true and false positives, false and true negatives, and whether one class alone counts."""
