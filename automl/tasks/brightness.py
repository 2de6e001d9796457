"""What masks can be told by without a model: how bright a pixel is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from automl.data import DataSpec

_LEVELS = 256


class Brightness:
    """How often each class has each brightness; a threshold, where two classes lie on its two sides.

    Args:
        spec: Its classes, and what is black and what is white.
    """

    def __init__(self, spec: DataSpec) -> None:
        self._low: float
        self._high: float
        self._low, self._high = spec.details.get("value_range") or (0.0, 1.0)
        self._classes = len(spec.classes)
        self._counts = np.zeros((_LEVELS, self._classes))

    def learn(self, images: np.ndarray, target: np.ndarray) -> None:
        """Count some images (n, height, width, channels) with their masks (n, height, width)."""
        known = target < self._classes
        pairs = self._levels(images)[known] * self._classes + target[known]
        self._counts += np.bincount(pairs, minlength=self._counts.size).reshape(self._counts.shape)

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Frequencies (n, height, width, classes); a level that is rare tells as much as all of them."""
        overall = self._counts.sum(axis=0) + 1.0
        smoothed = self._counts + overall / overall.sum()
        shares: np.ndarray = (smoothed / smoothed.sum(axis=1, keepdims=True)).astype(np.float32)
        return np.asarray(shares[self._levels(images)])

    def _levels(self, images: np.ndarray) -> np.ndarray:
        grey = images[..., 0] if images.shape[-1] == 1 else images.mean(axis=-1, dtype=np.float32)
        share = (grey.astype(np.float32) - self._low) / (self._high - self._low)
        levels: np.ndarray = (share * (_LEVELS - 1)).round().clip(0, _LEVELS - 1).astype(np.int64)
        return levels
