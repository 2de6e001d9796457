"""What a selection of models is worth: its gain over the best single model, and how far that may be luck.

A selection fits the samples that it goes by, and so does the choice of a best model; on a few dozen samples that is
most of what either seems to gain. Both are therefore made on one half of the samples and compared on the other
(cross-fitting), several times over. The error is that of the difference, whose noise is less than either's: hard
samples are hard for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from automl.ensembles.greedy import blend, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.ensembles.greedy import Limits, Loss

_MANY = 1 << 20
"""Numbers of a model's predictions, from which on each look at them takes long, and each half tells the same."""
_SPLITS, _FEW_SPLITS = 5, 1
_DRAWS, _FEW_DRAWS = 200, 50


@dataclass(frozen=True)
class Gain:
    """How much less the loss of one is than that of another, on samples that neither was chosen by.

    Attributes:
        mean: Above zero where it is better.
        error: The standard error of that.
    """

    mean: float
    error: float

    @property
    def is_sure(self) -> bool:
        """Whether it is better beyond its standard error."""
        return self.mean > self.error


def selection_gain(
    predictions: Sequence[np.ndarray], losses: Sequence[Loss], limits: Limits, target: np.ndarray, block: int, seed: int
) -> list[Gain]:
    """What selecting among models gains over taking the best of them, in each of some losses.

    Args:
        predictions: As of ``select``; of equal models the first is the best.
        losses: As of ``select``; the first one selects.
        limits: As of ``select``.
        target: Of all samples; halves are alike in it.
        block: So many neighbouring samples say the same, and are drawn together; 1 where each is its own.
        seed: Fixes the halves and draws.
    """
    rng = np.random.default_rng(seed)
    is_large = predictions[0].size > _MANY
    splits, draws = (_FEW_SPLITS, _FEW_DRAWS) if is_large else (_SPLITS, _DRAWS)
    pairs = [_crossed(predictions, losses[0], limits, halves(target, block, rng)) for _ in range(splits)]
    return [_gain(pairs, loss, block, rng, draws) for loss in losses]


def decisive(gains: Sequence[Gain]) -> int:
    """Which of some losses decides: the first, unless it tells no loss, and another one alone is sure of a gain."""
    if not gains[0].is_sure and gains[0].mean >= 0.0:
        return next((place for place, one in enumerate(gains) if one.is_sure), 0)
    return 0


def gain(ours: np.ndarray, theirs: np.ndarray, loss: Loss, block: int, seed: int) -> Gain:
    """What one model's predictions gain over another's.

    Args:
        ours: For all samples.
        theirs: Likewise.
        loss: As of ``select``.
        block: As of ``selection_gain``.
        seed: Fixes the draws.
    """
    draws = _FEW_DRAWS if ours.size > _MANY else _DRAWS
    return _gain([(ours, theirs)], loss, block, np.random.default_rng(seed), draws)


def halves(target: np.ndarray, block: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of all samples in two halves, at random, yet alike in their targets.

    Of neighbours in the order of their targets one goes into each half: classes are shared out, and so are values.

    Args:
        target: Of all samples; what is not one number each is not looked at.
        block: So many neighbouring samples stay together.
        rng: Draws.
    """
    blocks = _blocks(len(target), block)
    keys = rng.random(len(blocks))
    order = np.lexsort((keys, target)) if target.ndim == 1 and block == 1 else np.argsort(keys)
    first = rng.integers(0, 2, (len(order) + 1) // 2).astype(bool)
    side = np.empty(len(blocks), bool)
    side[order[::2]], side[order[1::2]] = first, ~first[: len(order) // 2]
    one, other = (np.concatenate([blocks[number] for number in np.flatnonzero(taken)]) for taken in (side, ~side))
    return one, other


def _blocks(count: int, size: int) -> list[np.ndarray]:
    """Numbers of samples, so many neighbours at a time; at least four blocks where there are as many samples."""
    size = max(1, min(size, count // 4))
    return np.split(np.arange(count), range(size, count, size))


def _crossed(
    predictions: Sequence[np.ndarray], loss: Loss, limits: Limits, parts: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """For each sample what a selection says, and what the best model, each chosen by the other half."""
    ensemble, single = np.empty_like(predictions[0]), np.empty_like(predictions[0])
    for seen, held in (parts, parts[::-1]):
        ensemble[held] = blend(predictions, select(predictions, loss, limits, seen), held)
        losses = [loss(seen, one[seen]) for one in predictions]
        single[held] = predictions[int(np.argmin(np.nan_to_num(losses, nan=np.inf)))][held]
    return ensemble, single


def _gain(
    pairs: Sequence[tuple[np.ndarray, np.ndarray]], loss: Loss, block: int, rng: np.random.Generator, draws: int
) -> Gain:
    """The mean over pairs, and its error by the bootstrap over samples (Efron 1979)."""
    count = len(pairs[0][0])
    every, blocks = np.arange(count), _blocks(count, block)

    def difference(number: int, rows: np.ndarray) -> float:
        ours, theirs = pairs[number % len(pairs)]
        return loss(rows, theirs[rows]) - loss(rows, ours[rows])

    def drawn() -> np.ndarray:
        return np.concatenate([blocks[one] for one in rng.integers(0, len(blocks), len(blocks))])

    mean = float(np.mean([difference(number, every) for number in range(len(pairs))]))
    spread = np.array([difference(number, drawn()) for number in range(draws)])
    told = spread[np.isfinite(spread)]  # a draw may lack a class, and with it a score
    return Gain(mean, float(np.std(told, ddof=1)) if len(told) > 1 else float("inf"))
