"""Tiny seeded data sets that a model learns in a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from automl.data import ArrayLoader, Arrays

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


def tiny_images(task: str, folder: Path) -> Dataset:
    """Three classes of 8x8 grey images, as array loaders open them."""
    return _Made(task, _images).open(folder, seed=0)


def tiny_sequences(task: str, folder: Path) -> Dataset:
    """Two classes of sequences of 12 steps of two features."""
    return _Made(task, _sequences).open(folder, seed=0)


def tiny_masks(task: str, folder: Path) -> Dataset:
    """Grey images of 16x12 with a brighter and a darker square in noise, and masks of these three classes."""
    from automl.data.images.crops import with_masks

    return with_masks(_Made(task, _squares).open(folder, seed=0))


def _squares(rng: np.random.Generator) -> Arrays:
    images = rng.integers(40, 215, (96, 16, 12, 1), dtype=np.uint8)
    masks = np.zeros(images.shape[:3], np.uint8)
    for image, mask in zip(images, masks, strict=True):
        for label, light in ((1, 120), (2, 15)):
            row, column = (int(rng.integers(side - 5)) for side in mask.shape)
            image[row : row + 5, column : column + 5] = rng.integers(light, light + 120, (5, 5, 1))
            mask[row : row + 5, column : column + 5] = label
    return Arrays(images, masks, ("ground", "bright", "dark"), details={"value_range": [0, 255]})


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


def _sequences(rng: np.random.Generator) -> Arrays:
    """Two classes of 12 steps of two features: the first rises or falls, in noise."""
    target = np.arange(120) % 2
    slope = np.where(target == 1, 1.0, -1.0)[:, None] * np.linspace(-1, 1, 12)
    steps = np.stack([slope, np.zeros_like(slope)], axis=-1) + rng.normal(0, 0.3, (120, 12, 2))
    return Arrays(steps.astype(np.float32), target, ("falls", "rises"))


def _table(folder: Path, target: Callable[[np.ndarray, np.ndarray], list[Any]]) -> Path:
    """Columns of every kind: numbers with gaps, categories, truth values, dates, a row number."""
    rng = np.random.default_rng(0)
    size, colour = rng.normal(size=160), rng.integers(0, 3, 160)
    lines = ["row,size,noise,colour,new,day,target"]
    for row, answer in enumerate(target(size, colour)):
        noise = "" if row % 9 == 0 else f"{rng.normal():.3f}"
        name = ("red", "green", "blue")[colour[row]]
        day = f"2024-{1 + row % 12:02d}-{1 + row % 28:02d}"
        lines.append(f"{row},{size[row]:.3f},{noise},{name},{'yes' if row % 2 else 'no'},{day},{answer}")
    path = folder / "table.csv"
    path.write_text("\n".join(lines))
    return path


def tiny_table(task: str, folder: Path, *, classes: bool) -> Dataset:
    """160 rows with columns of every kind and a target that follows from two of them."""
    folder.mkdir(parents=True, exist_ok=True)
    from automl.data.tables.csv import Csv

    def kinds(size: np.ndarray, colour: np.ndarray) -> list[Any]:
        return ["big" if one + (tint == 2) > 0 else "small" for one, tint in zip(size, colour, strict=True)]

    def values(size: np.ndarray, colour: np.ndarray) -> list[Any]:
        return [f"{100 + 20 * one + 10 * tint:.3f}" for one, tint in zip(size, colour, strict=True)]

    path = _table(folder, kinds if classes else values)
    return Csv("tiny", task, target="target", path=str(path)).open(folder, 0)


def tiny_texts(task: str, folder: Path) -> Dataset:
    """Two classes of short texts, told apart by one word."""
    from automl.data.texts.csv import TextCsv

    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    lines = ["text,label"]
    for row in range(120):
        words = rng.choice(["the", "film", "is", "a", "story", "of", "men"], size=4 + row % 5).tolist()
        words.insert(int(rng.integers(len(words))), "awful" if row % 2 else "lovely")
        lines.append(f"{' '.join(words)},{'bad' if row % 2 else 'good'}")
    path = folder / "texts.csv"
    path.write_text("\n".join(lines))
    return TextCsv("tiny", str(path), task).open(folder, 0)


def tiny_series(task: str, folder: Path) -> Dataset:
    """Two waves with a day of 12 steps, in noise."""
    from automl.data.series.time_series import TimeSeries

    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    time = np.arange(400)
    waves = np.stack([np.sin(time * np.pi / 6), 5 + 2 * np.cos(time * np.pi / 6)], axis=1)
    rows = waves + rng.normal(0, 0.1, waves.shape)
    path = folder / "series.csv"
    path.write_text("a,b\n" + "\n".join(f"{one:.4f},{other:.4f}" for one, other in rows))
    return TimeSeries("tiny", str(path), task, lookback=48, horizon=6).open(folder, 0)


def tiny_environment(task: str, folder: Path) -> Dataset:
    """CartPole.

    Raises:
        PluginError: Gymnasium is not installed.
    """
    from automl.data.environments.gymnasium import Gymnasium

    return Gymnasium("tiny", "CartPole-v1", task, episodes=2).open(folder, 0)
