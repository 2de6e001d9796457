"""Scenes composed of handwritten digits on textured ground, with the mask of each: made in a moment, no download."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from PIL import Image

from automl.alive import beat
from automl.bounds import Between
from automl.data.arrays.loader import ArrayLoader, Arrays
from automl.data.images.crops import with_masks
from automl.inheritance import override

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data.dataset import Dataset

_PLACES = 20
"""How often a free place is looked for; a scene without one has a digit less."""
_INK = 0.45
_WAVES = 4
_SEED = 20_150


@dataclass
class DigitScenes(ArrayLoader):
    """Grey scenes with some of scikit-learn's handwritten digits; a pixel is ground or digit, or ground or which digit.

    Neither ground nor ink is of one brightness: a scene's light falls across it, and digits are darker or brighter than
    what lies around them. No digit of the test part is in a scene of another part.

    Attributes:
        scenes: How many in all.
        side: In pixels.
        digits: At most so many in a scene, at least one.
        told_apart: Whether each of the ten digits is a class of its own; that takes thousands of scenes.
    """

    scenes: Annotated[int, Between(10, 1_000_000)] = 300
    side: Annotated[int, Between(24, 4096)] = 40
    digits: Annotated[int, Between(1, 50)] = 3
    told_apart: bool = False

    @override
    def identity(self) -> Any:
        return ["digit scenes", self.scenes, self.side, self.digits, self.told_apart, self.test]

    @override
    def open(self, cache: Path, seed: int) -> Dataset:
        return with_masks(super().open(cache, seed))

    @override
    def read(self, folder: Path) -> Arrays:
        del folder
        from sklearn.datasets import load_digits

        rng, bunch = np.random.default_rng(_SEED), load_digits()
        sides = self._sides(self.scenes, rng)
        owners = self._sides(len(bunch.target), rng)
        images = np.empty((self.scenes, self.side, self.side, 1), np.uint8)
        masks = np.zeros(images.shape[:3], np.uint8)
        for number, part in enumerate(sides):
            own = np.flatnonzero(owners == part)
            picked = rng.choice(own, int(rng.integers(1, self.digits + 1)))
            ground, mask = _ground(self.side, rng), masks[number]
            for one in picked:
                label = 1 + int(bunch.target[one]) if self.told_apart else 1
                _draw(ground, mask, bunch.images[one] / 16.0, label, rng)
            noisy = ground + rng.normal(0.0, 0.03, ground.shape)
            images[number, ..., 0] = (255.0 * noisy).clip(0.0, 255.0)
            if number % 500 == 0:
                beat()
        return Arrays(
            inputs=images,
            target=masks,
            classes=("ground", *map(str, bunch.target_names)) if self.told_apart else ("ground", "digit"),
            test=np.flatnonzero(sides),
            details={"value_range": [0, 255]},
        )

    def _sides(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Whether each of so many is in the test part."""
        return rng.permutation(np.arange(count) < max(1, round(self.test * count)))


def _ground(side: int, rng: np.random.Generator) -> np.ndarray:
    """Waves of random direction, length and strength over a light that falls across: (side, side), about 0.2 to 0.8."""
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float64)
    found = np.full((side, side), rng.uniform(0.35, 0.65))
    for _ in range(_WAVES):
        angle, length = rng.uniform(0.0, np.pi), rng.uniform(4.0, 24.0)
        along = rows * np.cos(angle) + columns * np.sin(angle)
        found += rng.uniform(0.01, 0.06) * np.sin(2.0 * np.pi * along / length + rng.uniform(0.0, 6.3))
    slope = rng.uniform(-0.2, 0.2, 2)
    return np.asarray(found + slope[0] * (rows / side - 0.5) + slope[1] * (columns / side - 0.5))


def _draw(ground: np.ndarray, mask: np.ndarray, digit: np.ndarray, label: int, rng: np.random.Generator) -> None:
    """Put a digit (8, 8), ink 0 to 1, at a free place of a scene, scaled, brighter or darker than the ground."""
    side = int(rng.integers(14, 25))
    ink = np.asarray(Image.fromarray(digit.astype(np.float32)).resize((side, side), Image.Resampling.BICUBIC))
    ink = ink.clip(0.0, 1.0)
    for _ in range(_PLACES):
        row, column = rng.integers(0, len(ground) - side + 1, 2)
        window = (slice(row, row + side), slice(column, column + side))
        if not mask[window].any():
            ground[window] += rng.choice([-1.0, 1.0]) * rng.uniform(0.22, 0.4) * ink
            mask[window][ink > _INK] = label
            return
