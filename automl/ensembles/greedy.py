"""Which of many models make up the best mean (Caruana et al. 2004, Ensemble selection from libraries of models).

What is chosen are copies: a model that is taken twice counts twice. It works on predictions for samples that the models
have not learned from, and asks of a loss only that less of it is better.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Loss = Callable[[np.ndarray, np.ndarray], float]
"""Of predictions for some samples, whose numbers come first; less is better, and what is no number is worst."""

_ROUNDS = 20
"""Copies at most: no weight is finer than a twentieth, and on few samples none could be told from its neighbour."""
_PATIENCE = 3
"""Copies that may be added without a better mean: an accuracy takes few values, and stands still in between."""


@dataclass(frozen=True)
class Limits:
    """What a selection has to keep to.

    Attributes:
        models: How many different ones at most.
        costs: What each model takes of what is limited: a row a model, a column a limit.
        most: How much its models together may take of each.
    """

    models: int
    costs: np.ndarray
    most: np.ndarray

    def admit(self, copies: np.ndarray) -> bool:
        """Whether a selection keeps to all of them; a single model always does."""
        taken = copies > 0
        count = int(taken.sum())
        return count <= 1 or (count <= self.models and bool((self.costs[taken].sum(axis=0) <= self.most).all()))


@dataclass(frozen=True)
class _Mean:
    """So many copies of each model, and what their mean comes to."""

    copies: np.ndarray
    total: np.ndarray
    loss: float

    @property
    def key(self) -> tuple[float, int, int]:
        """The less the better: of equal means that of fewer models, of these that of fewer copies."""
        return self.loss, int((self.copies > 0).sum()), int(self.copies.sum())


def select(predictions: Sequence[np.ndarray], loss: Loss, limits: Limits, rows: np.ndarray) -> np.ndarray:
    """How many copies of each model make up the best mean.

    It begins with the best few models, as many as are best together, and adds one copy after the other.

    Args:
        predictions: Of each model for all samples, (samples, ...).
        loss: What is to be as little as possible.
        limits: What the selection has to keep to.
        rows: The samples that it goes by.

    Returns:
        Copies by model; their sum is at least one.
    """
    return _Selection([one[rows] for one in predictions], lambda mean: _number(loss(rows, mean)), limits).run()


def blend(predictions: Sequence[np.ndarray], copies: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The mean of a selection's predictions for some samples."""
    chosen = [int(number) for number in np.flatnonzero(copies)]
    mean = np.average([predictions[number][rows] for number in chosen], axis=0, weights=copies[chosen])
    return np.asarray(mean, predictions[chosen[0]].dtype)


class _Selection:
    """Adds copies, and remembers the best that they ever came to."""

    def __init__(self, predictions: list[np.ndarray], loss: Callable[[np.ndarray], float], limits: Limits) -> None:
        self._predictions = predictions
        self._loss = loss
        self._limits = limits

    def run(self) -> np.ndarray:
        current = best = self._begin()
        waited = 0
        while waited < _PATIENCE and current.copies.sum() < _ROUNDS and (found := self._next(current)) is not None:
            current = found
            waited = 0 if current.key < best.key else waited + 1
            best = min(best, current, key=lambda one: one.key)
        return best.copies

    def _begin(self) -> _Mean:
        """The best few, as many as are best together."""
        count = len(self._predictions)
        nothing = _Mean(np.zeros(count, int), np.zeros(self._predictions[0].shape), np.inf)
        singles = [self._with(nothing, number) for number in range(count)]
        order = sorted(range(count), key=lambda number: singles[number].loss)
        best = current = singles[order[0]]
        for number in order[1:]:
            further = current.copies + _copy(number, count)
            if self._limits.admit(further):
                current = self._with(current, number)
                best = min(best, current, key=lambda one: one.key)
        return best

    def _next(self, current: _Mean) -> _Mean | None:
        """With the one copy more that does most; None where the limits leave none."""
        count = len(self._predictions)
        possible = [one for one in range(count) if self._limits.admit(current.copies + _copy(one, count))]
        return min((self._with(current, one) for one in possible), key=lambda one: one.key, default=None)

    def _with(self, mean: _Mean, number: int) -> _Mean:
        copies = mean.copies + _copy(number, len(self._predictions))
        total = mean.total + self._predictions[number]
        return _Mean(copies, total, self._loss((total / copies.sum()).astype(self._predictions[number].dtype)))


def _copy(number: int, count: int) -> np.ndarray:
    copy = np.zeros(count, int)
    copy[number] = 1
    return copy


def _number(value: float) -> float:
    return float("inf") if np.isnan(value) else float(value)
