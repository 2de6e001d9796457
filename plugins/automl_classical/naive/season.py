"""The length of a season, as windows of a series tell it."""

from __future__ import annotations

import numpy as np

_LEAST = 0.2
"""Of the autocorrelation: what repeats less is no season. Noise over a hundred steps has one of 0.1."""
_PEAKS = 4
"""A season has its multiples, and the week stands beside the day."""


def likely_seasons(windows: np.ndarray) -> list[int]:
    """Lags at which windows, less their own trend, are most like themselves, with their neighbours; 1 is always one.

    The autocorrelation is blurred where windows are short, so that its peaks may stand a step beside the season.

    Args:
        windows: Shape (windows, steps, channels).
    """
    correlations = _autocorrelation(_without_trend(windows))
    inner = correlations[1:-1]
    peaks = 1 + np.flatnonzero((inner > correlations[:-2]) & (inner >= correlations[2:]) & (inner > _LEAST))
    highest = peaks[np.argsort(-correlations[peaks], kind="stable")][:_PEAKS]
    around = {int(peak) + step for peak in highest for step in (-1, 0, 1)}
    return sorted({1, *around})


def _without_trend(windows: np.ndarray) -> np.ndarray:
    """Each window less the line through it."""
    time = np.linspace(-1.0, 1.0, windows.shape[1])
    level = windows.mean(axis=1, keepdims=True)
    slope = np.einsum("t,wtc->wc", time, windows - level) / np.square(time).sum()
    rest: np.ndarray = windows - level - slope[:, np.newaxis] * time[:, np.newaxis]
    return rest


def _autocorrelation(windows: np.ndarray) -> np.ndarray:
    """By lag, the mean over the channels that vary at all; from lag 0 to two thirds of the window."""
    steps = windows.shape[1]
    powers = np.square(np.abs(np.fft.rfft(windows, 2 * steps, axis=1))).sum(axis=0)
    found = np.fft.irfft(powers, axis=0)[: max(1, 2 * steps // 3) + 1]
    pairs = np.maximum(steps - np.arange(len(found)), 1)
    found = found / pairs[:, np.newaxis]
    varies = found[0] > np.finfo(np.float32).eps * np.square(windows).max(initial=1e-30)
    if not varies.any():
        return np.zeros(len(found))
    correlations: np.ndarray = (found[:, varies] / found[0, varies]).mean(axis=1)
    return correlations
