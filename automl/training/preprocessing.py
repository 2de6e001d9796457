"""What is learned on the train part and lives in the saved model, so that it takes raw input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

if TYPE_CHECKING:
    from automl.data import DataSpec


def normalization(spec: DataSpec) -> keras.layers.Layer | None:
    """Brings every channel to zero mean and unit variance over the train part; None for inputs without statistics."""
    if not spec.statistics.get("mean"):
        return None
    mean, variance = np.asarray(spec.statistics["mean"]), np.asarray(spec.statistics["variance"])
    return keras.layers.Normalization(mean=mean, variance=np.maximum(variance, 1e-12), name="normalization")
