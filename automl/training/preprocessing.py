"""What is learned on the train part and lives in the saved model, so that it takes raw input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from automl.data.scaling import deviations

if TYPE_CHECKING:
    from automl.data import DataSpec


def normalization(spec: DataSpec) -> keras.layers.Layer | None:
    """Brings every channel to zero mean and unit variance over the train part; None for inputs without statistics."""
    if not spec.statistics.get("mean"):
        return None
    mean = np.asarray(spec.statistics["mean"])
    variance = np.square(deviations(mean, spec.statistics["variance"]))
    return keras.layers.Normalization(mean=mean, variance=variance, name="normalization")
