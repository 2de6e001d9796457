"""Targets that are values: the scale that models are trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from automl.data.spec import DataSpec


def target_scale(spec: DataSpec) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the target over the train part, each of shape (outputs,).

    Models learn the standardised target, whatever its unit; predictions are given back in the target's own.
    Zero and one where the data tell none; one for an output that is constant.
    """
    mean = np.atleast_1d(np.asarray(spec.statistics.get("target_mean", 0.0), np.float32))
    variance = np.atleast_1d(np.asarray(spec.statistics.get("target_variance", 1.0), np.float32))
    return mean, np.where(variance > 0.0, np.sqrt(variance), 1.0).astype(np.float32)
