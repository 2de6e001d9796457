"""Values of any unit: the scale that models are given them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from automl.data.spec import DataSpec

_NEGLIGIBLE = 1e-28
"""A variance so small beside the mean's square is what rounding makes of a constant in 64 bits."""


def target_scale(spec: DataSpec) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the target over the train part, each of shape (outputs,), in 64 bits.

    Models learn the standardised target, whatever its unit; predictions are given back in the target's own.
    Zero and one where the data tell none; one for an output that is constant.
    """
    mean = np.atleast_1d(np.asarray(spec.statistics.get("target_mean", 0.0), np.float64))
    return mean, deviations(mean, np.atleast_1d(spec.statistics.get("target_variance", 1.0)))


def deviations(mean: Any, variance: Any) -> np.ndarray:
    """What values are divided by, given their moments: their deviation, or 1 where they are constant.

    A constant that was divided by next to nothing would turn the first other value into a million.
    """
    mean, variance = np.asarray(mean, np.float64), np.asarray(variance, np.float64)
    constant = variance <= _NEGLIGIBLE * np.square(mean)
    return np.where(constant, 1.0, np.sqrt(np.where(constant, 1.0, variance)))


def moments_of(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each column of finite values, 1 for constant ones; exact up to the ends of 64 bits."""
    unit = np.maximum(np.abs(values).max(axis=0, initial=0.0), np.finfo(np.float64).tiny)
    mean, variance = (values / unit).mean(axis=0), (values / unit).var(axis=0)
    return mean * unit, np.where(variance <= _NEGLIGIBLE * np.square(mean), 1.0, np.sqrt(variance) * unit)
