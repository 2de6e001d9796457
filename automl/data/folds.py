"""Cross-validation: whether samples are parted into folds, how many, and which is held out of which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from automl.data.cache import digest
from automl.data.dataset import Fold
from automl.errors import ConfigError, DataError
from automl.tasks import SupervisedTask, load_task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from automl.data.dataset import Part

Asked = int | Literal["auto"]
"""What ``data.folds`` may be."""

SMALL = 3000
"""Samples outside the test part from which on one validation part tells configurations apart."""

_BY_SIZE = ((1000, 5, 1), (300, 8, 1), (0, 5, 2))
"""From so many samples on: folds, and how often they are drawn. Of few samples a score owes much to the draw."""
_LEAST = 3
"""Models of fewer folds would have so little to learn from that one validation part is the better judge."""
_BINS = 10
"""Of a numeric target, each of which is dealt to all folds alike."""


@dataclass(frozen=True)
class Strata:
    """Samples outside the test part, as they are dealt to folds.

    Attributes:
        size: How many there are.
        target: Class indices, or numbers; None where they are dealt as they come.
        classes: Names of the classes; empty where the target is none.
        groups: Group number of each sample, if those of one group are to stay in one fold.
    """

    size: int
    target: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    groups: np.ndarray | None = None

    @property
    def limit(self) -> tuple[int, str]:
        """The most folds that there can be, and why: what begins a sentence."""
        if self.groups is not None:
            count = len(np.unique(self.groups))
            return count, f"there are {count} groups"
        if self.classes and self.target is not None:
            counts = np.bincount(self.target, minlength=len(self.classes))
            rare = int(counts.argmin())
            return int(counts[rare]), f"class '{self.classes[rare]}' has {counts[rare]} samples"
        return self.size // 2, f"there are {self.size} samples"

    def labels(self, folds: int) -> np.ndarray | None:
        """What every fold has its share of: classes, or bins of numbers by their rank; None where there are none."""
        if self.classes or self.target is None:
            return self.target
        count = min(_BINS, self.size // folds)
        if count < 2 or self.target.ndim > 1:
            return None
        ranks = np.argsort(np.argsort(self.target, kind="stable"), kind="stable")
        return np.asarray(ranks * count // self.size)


def settled(asked: Asked, name: str, task: str, size: int = SMALL, *, given: bool = False) -> Asked:
    """How samples are to be dealt to folds, as far as their number and their task tell; 1 where they are not.

    Args:
        asked: ``data.folds``.
        name: Of the data.
        task: By name.
        size: Samples outside the test part, where ``auto`` is to fold few of their kind.
        given: Whether they come with a validation part.

    Raises:
        ConfigError: Folds are asked for that there cannot be.
    """
    if asked == 1 or (asked == "auto" and (given or size >= SMALL)):
        return 1
    averaged = isinstance(load_task(task), SupervisedTask)
    if asked == "auto":
        return asked if averaged else 1
    if not averaged:
        raise ConfigError(
            f"data.folds: predictions for the task {task} cannot be averaged over folds. Set data.folds=1."
            f" Received: {asked}."
        )
    if given:
        raise ConfigError(
            f"data.folds: data={name} come with a validation part, which trials are compared by. Set data.folds=1."
            f" Received: {asked}."
        )
    return asked


def deal(asked: Asked, strata: Strata, seed: int) -> np.ndarray | None:
    """The number of the fold that holds each sample out, for every draw: shape (draws, size).

    None where ``auto`` finds that one validation part is the better judge.

    Args:
        asked: ``data.folds``; not 1.
        strata: The samples.
        seed: Fixes the draws.

    Raises:
        DataError: There cannot be as many folds as are asked for.
    """
    most, reason = strata.limit
    if asked != "auto":
        if asked > most:
            raise DataError(
                f"data.folds: {reason} outside the test part, so that there can be {most} folds at most."
                f" Received: {asked}."
            )
        folds, draws = asked, 1
    elif most < _LEAST:
        return None
    else:
        wanted, draws = next((folds, draws) for least, folds, draws in _BY_SIZE if strata.size >= least)
        folds = min(wanted, most)
        draws = round(draws * wanted / folds)
    dealt = np.stack([_draw(folds, strata, (seed + draw) % 2**32) for draw in range(draws)])
    if _is_whole(dealt, strata):
        return dealt
    if asked == "auto":
        return None
    raise DataError(
        f"data.folds: with {asked} folds of whole groups a class is missing from what a model learns from."
        " Take fewer folds, another seed, or finer groups."
    )


def _draw(folds: int, strata: Strata, seed: int) -> np.ndarray:
    labels, found = strata.labels(folds), np.empty(strata.size, np.int16)
    splitter = _splitter(folds, seed, stratified=labels is not None, grouped=strata.groups is not None)
    for number, (_, held) in enumerate(splitter.split(np.zeros(strata.size), labels, strata.groups)):
        found[held] = number
    return found


def _splitter(folds: int, seed: int, *, stratified: bool, grouped: bool) -> Any:
    from sklearn import model_selection as sk

    kinds = {
        (True, True): sk.StratifiedGroupKFold,
        (True, False): sk.StratifiedKFold,
        (False, True): sk.GroupKFold,
        (False, False): sk.KFold,
    }
    return kinds[stratified, grouped](folds, shuffle=True, random_state=seed)


def _is_whole(dealt: np.ndarray, strata: Strata) -> bool:
    """Whether every class is outside every fold, which groups may not allow."""
    if not strata.classes or strata.target is None or strata.groups is None:
        return True
    count = len(strata.classes)
    left = (strata.target[row != number] for row in dealt for number in range(row.max() + 1))
    return all(len(np.unique(one)) == count for one in left)


def save_folds(folder: Path, pool: np.ndarray, dealt: np.ndarray) -> dict[str, np.ndarray]:
    """Keep folds for ``read_folds``; the numbers of the samples of the first one's parts, which stand for all.

    Args:
        folder: Where.
        pool: Numbers of the samples outside the test part.
        dealt: What ``deal`` told of them.
    """
    np.save(folder / "pool.npy", pool)
    np.save(folder / "folds.npy", dealt)
    return {"train": pool[dealt[0] != 0], "validation": pool[dealt[0] == 0]}


def read_folds(folder: Path, part: Callable[[np.ndarray], Part]) -> dict[str, Any]:
    """The fields ``folds`` and ``pool`` of a ``Dataset``; none where ``save_folds`` wrote nothing.

    Args:
        folder: What ``save_folds`` wrote into.
        part: Makes a part of the numbers of its samples.
    """
    if not (folder / "folds.npy").is_file():
        return {}
    pool, dealt = np.load(folder / "pool.npy"), np.load(folder / "folds.npy")
    held = [row == number for row in dealt for number in range(row.max() + 1)]
    folds = tuple(Fold(part(pool[~one]), part(pool[one]), np.flatnonzero(one)) for one in held)
    return {"folds": folds, "pool": part(pool)}


def count_of(dealt: np.ndarray | None) -> int:
    """How many folds there are in all draws; 1 where there is one validation part."""
    return 1 if dealt is None else int((dealt.max(axis=1) + 1).sum())


def told_apart(key: str, dealt: np.ndarray | None) -> str:
    """A fingerprint that tells folds from other folds, and from one validation part."""
    return key if dealt is None else digest(key, len(dealt), count_of(dealt))
