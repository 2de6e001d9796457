"""Forecasts by a few constants; each is a linear map of the window, once the constants are known."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Method(ABC):
    """A way to forecast.

    Attributes:
        lookback: Steps of a window.
        horizon: Steps of a forecast.
        season: Steps after which the series repeats itself, at most ``lookback``; 1 for a series without seasons.
        starts: The constants by name, each between 0 and 1, with the values that the search begins at.
    """

    lookback: int
    horizon: int
    season: int

    starts: ClassVar[Mapping[str, float]]

    @abstractmethod
    def maps(self, constants: Mapping[str, np.ndarray]) -> np.ndarray:
        """What a window is multiplied by to be the forecast, (channels, lookback, horizon).

        Args:
            constants: By name, each of shape (channels,).
        """


class Seasonal(Method):
    """The level, which falls back to the mean of the window, and on it the shape of the last seasons.

    With ``shape`` 1 and ``older`` 0 it repeats the last season on the level; with ``recent`` 1 it repeats, in a series
    without seasons, the last value.
    """

    starts: ClassVar[Mapping[str, float]] = {"recent": 0.1, "lasting": 0.98, "shape": 0.8, "older": 0.7}

    def maps(self, constants: Mapping[str, np.ndarray]) -> np.ndarray:
        """See ``Method.maps``.

        Args:
            constants: ``recent``: weight of the last value in the level; ``lasting``: what is left of the level's
                distance from the mean after a step; ``shape``: share of the seasons' shape that is forecast;
                ``older``: weight of a season beside that of the one after it.
        """
        ages = np.arange(self.lookback)[::-1]
        recent = _normalized((1.0 - constants["recent"][:, np.newaxis]) ** ages)
        profile = constants["shape"][:, np.newaxis, np.newaxis] * self._profile(constants["older"])
        phases = np.arange(self.lookback) % self.season
        # What the level is of has its seasons taken out: their shape, by how much each phase counts in the level.
        counted = np.stack([recent[:, phases == phase].sum(axis=1) for phase in range(self.season)], axis=1)
        level = recent - np.einsum("cs,csl->cl", counted, profile)
        left = constants["lasting"][:, np.newaxis] ** np.arange(1, self.horizon + 1)
        mean = np.full(self.lookback, 1.0 / self.lookback)
        levels = left[:, :, np.newaxis] * level[:, np.newaxis] + (1.0 - left)[:, :, np.newaxis] * mean
        ahead = (self.lookback + np.arange(self.horizon)) % self.season
        maps: np.ndarray = levels + profile[:, ahead]
        return maps.transpose(0, 2, 1)

    def _profile(self, older: np.ndarray) -> np.ndarray:
        """The mean of the seasons by phase, less their own mean, (channels, season, lookback)."""
        phases, seasons_ago = np.arange(self.lookback) % self.season, np.arange(self.lookback)[::-1] // self.season
        weights = np.maximum(older[:, np.newaxis], np.finfo(float).tiny) ** seasons_ago
        same = phases == np.arange(self.season)[:, np.newaxis]
        shape = _normalized(np.where(same, weights[:, np.newaxis], 0.0))
        profile: np.ndarray = shape - shape.mean(axis=1, keepdims=True)
        return profile


class Smoothing(Method):
    """Exponential smoothing with a damped trend and additive seasons (Winters 1960, Gardner and McKenzie 1985)."""

    starts: ClassVar[Mapping[str, float]] = {"level": 0.3, "trend": 0.05, "seasons": 0.1, "damping": 0.9}

    def maps(self, constants: Mapping[str, np.ndarray]) -> np.ndarray:
        """See ``Method.maps``: the equations, followed for every place of a window at once.

        Args:
            constants: Of smoothing, for ``level``, ``trend`` and ``seasons``, and ``damping``: what is left of the
                trend after a step.
        """
        alpha, beta, gamma, phi = (constants[name][:, np.newaxis] for name in self.starts)
        level, trend, seasons = self._begin(len(alpha))
        for time in range(self.season, self.lookback):
            phase, before = time % self.season, level
            level = (1.0 - alpha) * (level + phi * trend) - alpha * seasons[:, phase]
            level[:, time] += alpha[:, 0]
            trend = beta * (level - before) + (1.0 - beta) * phi * trend
            if self.season > 1:
                seasons[:, phase] = (1.0 - gamma) * seasons[:, phase] - gamma * level
                seasons[:, phase, time] += gamma[:, 0]
        steps = np.cumsum(phi ** np.arange(1, self.horizon + 1), axis=1)
        ahead = (self.lookback + np.arange(self.horizon)) % self.season
        lines = level[:, np.newaxis] + steps[:, :, np.newaxis] * trend[:, np.newaxis]
        maps: np.ndarray = lines + seasons[:, ahead]
        return maps.transpose(0, 2, 1)

    def _begin(self, channels: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Level, trend and seasons after the first season: its mean, none, and the distances from the mean."""
        level = np.zeros((channels, self.lookback))
        level[:, : self.season] = 1.0 / self.season
        seasons = np.zeros((channels, self.season, self.lookback))
        if self.season > 1:
            seasons[:, :, : self.season] = np.eye(self.season) - 1.0 / self.season
        return level, np.zeros_like(level), seasons


METHODS: Mapping[str, type[Method]] = {"seasonal": Seasonal, "smoothing": Smoothing}
"""By the names that ``model.method`` takes."""


def _normalized(weights: np.ndarray) -> np.ndarray:
    found: np.ndarray = weights / weights.sum(axis=-1, keepdims=True)
    return found
