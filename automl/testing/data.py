"""Tiny seeded data sets, one for each task, that a model learns in a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from automl.data import ArrayLoader, Arrays
from automl.errors import TaskError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from automl.data import Dataset


class _Made(ArrayLoader):
    """Arrays made in memory, put through the cache and the split as any others."""

    def __init__(self, task: str, make: Callable[[np.random.Generator], Arrays]) -> None:
        super().__init__(name="tiny", task=task)
        self._make = make

    def identity(self) -> str:
        return f"tiny {self.task}"

    def read(self, folder: Path) -> Arrays:
        del folder
        return self._make(np.random.default_rng(0))


def _images(rng: np.random.Generator) -> Arrays:
    """Three classes of 8x8 grey images: a bright row, column or diagonal at a random place, in noise."""
    target = np.arange(192) % 3
    images = rng.integers(0, 60, (len(target), 8, 8, 1), dtype=np.uint8)
    for image, label in zip(images, target, strict=True):
        place = int(rng.integers(8))
        if label == 0:
            image[place] += 150
        elif label == 1:
            image[:, place] += 150
        else:
            image[np.arange(8), (np.arange(8) + place) % 8] += 150
    return Arrays(images, target, ("row", "column", "diagonal"), details={"value_range": [0, 255]})


_MAKERS = {"image_classification": _images}


def tiny(task: str, cache: Path) -> Dataset:
    """A small data set of that task.

    Args:
        task: A name out of ``automl.tasks``.
        cache: Where its arrays go.

    Raises:
        TaskError: There is none of that task yet.
    """
    if task not in _MAKERS:
        raise TaskError(f"There is no tiny data set for '{task}'. {nearest(task, _MAKERS)}")
    return _Made(task, _MAKERS[task]).open(cache, seed=0)
