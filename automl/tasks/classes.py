"""Metrics of predicted class probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from automl.tasks.thresholds import called

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from automl.tasks.thresholds import Threshold

_LEAST = 1e-12
"""Probabilities below it count as it: one sample that was thought impossible must not make all else invisible."""
_BINS = 15


def class_scores(
    target: np.ndarray,
    probabilities: np.ndarray,
    names: Collection[str],
    positive: int | None = None,
    threshold: Threshold | None = None,
) -> dict[str, float]:
    """Metrics by name; those that a part with a single class leaves undefined are left out.

    Args:
        target: Class numbers (n,).
        probabilities: Shape (n, classes).
        names: Out of ``METRICS``.
        positive: The class that f1, precision, recall, roc_auc and average_precision are told of. By default the last
            two are, of two classes, those of the second; all else is a mean over the classes.
        threshold: By which samples are called what they are; by default the most probable class is.
    """
    labels = called(probabilities, threshold)
    found = {
        name: _OF_LABELS[name](target, labels, _told_of(probabilities, positive))
        if name in _OF_LABELS
        else _OF_PROBABILITIES[name](target, probabilities, positive)
        for name in names
    }
    return {name: value for name, value in found.items() if np.isfinite(value)}


def _told_of(probabilities: np.ndarray, positive: int | None) -> list[int]:
    """The classes that a metric is a mean over: the positive one alone, else all."""
    return list(range(probabilities.shape[1])) if positive is None else [positive]


def _accuracy(target: np.ndarray, labels: np.ndarray, _: list[int]) -> float:
    return float(np.mean(labels == target))


def _balanced_accuracy(target: np.ndarray, labels: np.ndarray, _: list[int]) -> float:
    return float(np.mean([(labels == target)[target == label].mean() for label in np.unique(target)]))


def _f1(target: np.ndarray, labels: np.ndarray, classes: list[int]) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(target, labels, labels=classes, average="macro", zero_division=0.0))


def _precision(target: np.ndarray, labels: np.ndarray, classes: list[int]) -> float:
    from sklearn.metrics import precision_score

    return float(precision_score(target, labels, labels=classes, average="macro", zero_division=0.0))


def _recall(target: np.ndarray, labels: np.ndarray, classes: list[int]) -> float:
    from sklearn.metrics import recall_score

    return float(recall_score(target, labels, labels=classes, average="macro", zero_division=0.0))


def _mcc(target: np.ndarray, labels: np.ndarray, _: list[int]) -> float:
    from sklearn.metrics import matthews_corrcoef

    return float(matthews_corrcoef(target, labels))


def _kappa(target: np.ndarray, labels: np.ndarray, _: list[int]) -> float:
    from sklearn.metrics import cohen_kappa_score

    if len(np.unique(np.concatenate([target, labels]))) < 2:
        return float("nan")
    return float(cohen_kappa_score(target, labels))


def _log_loss(target: np.ndarray, probabilities: np.ndarray, _: int | None) -> float:
    chosen = np.take_along_axis(probabilities, target[:, np.newaxis], axis=1)
    return float(-np.mean(np.log(np.maximum(chosen, _LEAST, dtype=np.float64))))


def _roc_auc(target: np.ndarray, probabilities: np.ndarray, positive: int | None) -> float:
    from sklearn.metrics import roc_auc_score

    return _one_against_rest(roc_auc_score, target, probabilities, positive)


def _average_precision(target: np.ndarray, probabilities: np.ndarray, positive: int | None) -> float:
    from sklearn.metrics import average_precision_score

    return _one_against_rest(average_precision_score, target, probabilities, positive)


def _one_against_rest(
    metric: Callable[[np.ndarray, np.ndarray], float],
    target: np.ndarray,
    probabilities: np.ndarray,
    positive: int | None,
) -> float:
    """The metric of the positive class of two, else its mean over the classes that the part has."""
    if probabilities.shape[1] == 2 or positive is not None:
        labels = [1 if positive is None else positive]
    else:
        labels = [int(label) for label in np.unique(target)]
    if len(np.unique(target)) < 2:
        return float("nan")
    return float(np.mean([metric(target == label, probabilities[:, label]) for label in labels]))


def _top_3(target: np.ndarray, probabilities: np.ndarray, _: int | None) -> float:
    if probabilities.shape[1] <= 3:
        return 1.0
    best = np.argpartition(-probabilities, 3, axis=1)[:, :3]
    return float(np.mean((best == target[:, np.newaxis]).any(axis=1)))


def _calibration_error(target: np.ndarray, probabilities: np.ndarray, _: int | None) -> float:
    """Expected calibration error (Guo et al. 2017)."""
    confidence, hits = probabilities.max(axis=1), probabilities.argmax(axis=1) == target
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, confidence - hits, _BINS)
    return float(np.abs(gaps).sum() / len(target))


_OF_LABELS: dict[str, Callable[[np.ndarray, np.ndarray, list[int]], float]] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1": _f1,
    "precision": _precision,
    "recall": _recall,
    "mcc": _mcc,
    "kappa": _kappa,
}
"""Each takes true and called class numbers (n,), and the classes that it is told of."""

_OF_PROBABILITIES: dict[str, Callable[[np.ndarray, np.ndarray, int | None], float]] = {
    "log_loss": _log_loss,
    "roc_auc": _roc_auc,
    "average_precision": _average_precision,
    "top_3": _top_3,
    "calibration_error": _calibration_error,
}
"""Each takes class numbers (n,), probabilities (n, classes) and the positive class, if one is named."""

METRICS = (*_OF_LABELS, *_OF_PROBABILITIES)
