"""Raw images in the unit that they are drawn in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from automl.data import DataSpec


def unit(images: np.ndarray, spec: DataSpec) -> np.ndarray:
    """Raw images with values in [0, 1], as they are drawn."""
    low, high = spec.details.get("value_range", (0.0, 1.0))
    found: np.ndarray = (np.asarray(images, np.float64) - low) / (high - low)
    return found
