"""What the models of a trial's folds say of the samples that they have not seen."""

from __future__ import annotations

import json
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.ensembles.settled import MODEL as SETTLED_MODEL
from automl.files import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SCORES = "folds.json"
"""In the folder of a bag: what each member scored on the samples that it has not seen, in their order."""

_MOST_BYTES = 64_000_000
"""Predictions that take more are not kept: they are images."""


def mean_of(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The means of all metrics that every row tells."""
    names = [name for name in rows[0] if all(name in row for row in rows)]
    return {name: fmean(row[name] for row in rows) for name in names}


def save_scores(folder: Path, folds: Sequence[Mapping[str, Any]]) -> None:
    """Keep, with a bag, what became of each fold; ``scores`` are the metrics of the samples held out, by name."""
    (folder / _SCORES).write_text(json.dumps(list(folds)), encoding="utf-8")


def scores_held_out(folder: Path) -> dict[str, float]:
    """The means over folds of the metrics of the samples held out; empty where the model is no bag of folds."""
    path = next(
        (one for one in (folder / _SCORES, folder / SETTLED_MODEL / _SCORES) if one.is_file()), folder / _SCORES
    )
    return mean_of([one["scores"] for one in json.loads(path.read_text(encoding="utf-8"))]) if path.is_file() else {}


class HeldOut:
    """Predictions for all samples of a pool, each by models that have not seen it, as their mean.

    Args:
        size: How many samples there are.
    """

    def __init__(self, size: int) -> None:
        self._sums: np.ndarray | None = None
        self._counts = np.zeros(size, np.int32)
        self._is_kept = True

    def take(self, rows: np.ndarray, answers: Sequence[np.ndarray]) -> None:
        """Take what one more model predicted.

        Args:
            rows: The numbers of the samples.
            answers: Predictions in their order, a chunk at a time; where some are missing no fold's are kept.
        """
        found = np.concatenate(answers) if answers else np.empty(0)
        shape = (len(self._counts), *found.shape[1:])
        if len(found) != len(rows) or np.prod(shape) * found.itemsize > _MOST_BYTES:
            self._sums, self._is_kept = None, False
        if not self._is_kept:
            return
        if self._sums is None:
            self._sums = np.zeros(shape, found.dtype)
        self._sums[rows] += found
        self._counts[rows] += 1

    def save(self, path: Path) -> None:
        """Write the means, NaN for samples that no model was asked about; nothing where predictions are not kept."""
        if self._sums is None:
            path.unlink(missing_ok=True)
            return
        counts = self._counts.reshape(-1, *[1] * (self._sums.ndim - 1))
        with np.errstate(invalid="ignore"), replacing(path) as file:
            np.save(file, self._sums / counts.astype(self._sums.dtype))

    def get_state(self) -> dict[str, Any]:
        """All of it as arrays and plain values."""
        return {"sums": self._sums, "counts": self._counts, "kept": self._is_kept}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Be as ``get_state`` told."""
        self._sums, self._counts, self._is_kept = state["sums"], state["counts"], state["kept"]
