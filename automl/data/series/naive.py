"""The error of the naive forecast, which forecasts are held against."""

from __future__ import annotations

import numpy as np

_ROWS = 1 << 16
"""Bounds what is in memory at once."""


def naive_error(series: np.ndarray, season: int) -> list[float]:
    """Mean absolute error of repeating, in each channel, the value of a season ago (Hyndman and Koehler 2006).

    Args:
        series: Shape (time, channels).
        season: Steps; 1 repeats the last value.

    Returns:
        One a channel, in its own unit; 0 where the channel repeats itself, or is shorter than a season.
    """
    total, count = np.zeros(series.shape[1]), len(series) - season
    for start in range(0, count, _ROWS):
        end = min(start + _ROWS, count)
        later = series[start + season : end + season].astype(np.float64)
        total += np.abs(later - series[start:end]).sum(axis=0)
    errors: list[float] = (total / max(1, count)).tolist()
    return errors
