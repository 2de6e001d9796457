"""Linear forecasts: ridge regression from the steps of a window to those that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import keras
import numpy as np

from automl.data.scaling import target_scale
from automl.errors import ConfigError
from automl.plugin import beat, override
from automl_classical.linear.problem import Problem, Solution
from automl_classical.window_map import WindowMap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from automl.data import Dataset, DataSpec, Part
    from automl_classical.linear.settings import Path

_CHUNK = 1 << 22
"""Numbers of the windows that are looked at in one go."""
_WORK = 5e11
"""Multiplications, some half a minute of them; neighbouring windows tell much the same, so that of more some do."""
_LONGEST = 4096
"""Steps of a window whose directions are found in less than a minute; the time grows with their third power."""
_MOST = 1 << 28
"""Numbers of all directions: a gibibyte."""


class Windows(Problem):
    """What follows a window, less its level, by a map of its steps, less their level (Toner and Darlow 2024).

    The squared error asks for no more than the products of steps and of what follows, so that windows are added up as
    they pass, and every strength is solved from the sums.

    Args:
        spec: The data.
        level: Of a window: its ``last`` value or its ``mean``.
        individual: Whether each channel has a map of its own; else one serves all, each in its own unit.

    Raises:
        ConfigError: Windows, or their channels, are too many for it.
    """

    def __init__(self, spec: DataSpec, level: Literal["last", "mean"], *, individual: bool) -> None:
        self._spec, self._level, self._individual = spec, level, individual
        self._channels = list(spec.details["target_channels"])
        self._lookback, self._horizon = int(spec.details["lookback"]), int(spec.details["horizon"])
        self._maps = len(self._channels) if individual else 1
        if self._lookback > _LONGEST:
            raise ConfigError(
                f"model=linear forecasts from at most {_LONGEST} steps. Received: data.lookback={self._lookback}."
            )
        if self._maps * self._lookback**2 > _MOST:
            raise ConfigError(
                f"model.individual=true: {self._maps} channels of {self._lookback} steps are too many for a map each."
                " Set model.individual=false, or a smaller data.lookback."
            )
        self._chunk = max(1, _CHUNK // (len(self._channels) * self._lookback))
        self._deviation = target_scale(spec)[1]
        self.size = self._maps * self._lookback * self._horizon + len(self._channels) * self._horizon

    @override
    def learn(self, data: Dataset, settings: Path) -> Solution:
        del settings
        self._validation = data.validation
        sums = _Sums(self._maps, self._lookback, self._horizon)
        for windows, target in self._pairs(data.train, self._every(data.train)):
            sums.add(windows, target)
        self._means, self._bias, inner, self._across, self._spread = sums.moments()
        self._variances, self._directions = np.linalg.eigh(inner)
        self._variances = np.maximum(self._variances, 0.0)
        self._along = self._directions.transpose(0, 2, 1) @ self._across
        self.unit = float(self._variances.max()) or 1.0
        return Solution(np.zeros_like(self._along), self._bias)

    def _every(self, part: Part) -> int:
        """Of how many windows one is looked at."""
        rows = len(part) * len(self._channels)
        return max(1, round(rows * self._lookback * (self._lookback + self._horizon) / _WORK))

    def _pairs(self, part: Part, every: int = 1) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Windows (maps, n, lookback) and what follows (maps, n, horizon), both less the level and standardised."""
        size = every * self._chunk
        for windows, target in part.chunks(size):
            for start in range(0, len(target), size):
                beat()
                taken = slice(start, start + size, every)
                seen, level = self._levelled(windows[taken])
                following = (target[taken] - level) / self._deviation
                yield self._by_map(seen / self._deviation), self._by_map(following)

    def _levelled(self, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The channels that are forecast (n, lookback, channels), less their level, and this."""
        seen = np.asarray(windows[:, :, self._channels], np.float64)
        level = seen[:, -1:] if self._level == "last" else seen.mean(axis=1, keepdims=True)
        return seen - level, level

    def _by_map(self, values: np.ndarray) -> np.ndarray:
        """Shape (n, steps, channels) to (maps, rows, steps)."""
        rows = values.transpose(2, 0, 1)
        return rows if self._individual else rows.reshape(1, -1, rows.shape[2])

    @override
    def solve(self, strength: float, start: Solution) -> Solution:
        del start  # nothing is sought
        kernel = self._directions @ (self._along / (self._variances + strength)[:, :, np.newaxis])
        bias = self._bias - (self._means[:, np.newaxis] @ kernel)[:, 0]
        return Solution(kernel, bias)

    @override
    def loss(self, solution: Solution) -> float:
        along = self._directions.transpose(0, 2, 1) @ solution.kernel
        explained = 2.0 * along * self._along - self._variances[:, :, np.newaxis] * np.square(along)
        return float((self._spread - explained.sum(axis=1)).mean())

    @override
    def held(self, solution: Solution) -> tuple[np.ndarray, np.ndarray, float]:
        targets, called = [], []
        kernel, bias = self.weights(solution)
        for windows, target in self._validation.chunks(self._chunk):
            beat()
            targets.append(np.asarray(target))
            called.append(self._forecast(windows, kernel, bias))
        target, predictions = np.concatenate(targets), np.concatenate(called)
        return target, predictions, float(np.square((predictions - target) / self._deviation).mean())

    def _forecast(self, windows: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
        seen, level = self._levelled(windows)
        mapped = seen.transpose(2, 0, 1).astype(np.float32) @ kernel + bias[:, np.newaxis]
        found: np.ndarray = mapped.transpose(1, 2, 0) + level
        return found

    @override
    def weights(self, solution: Solution) -> list[np.ndarray]:
        bias = solution.bias * self._deviation[:, np.newaxis]
        return [solution.kernel.astype(np.float32), bias.astype(np.float32)]

    @override
    def model(self, *weights: np.ndarray) -> keras.Model:
        inputs = keras.Input(self._spec.input.shape, dtype=self._spec.input.dtype, name="inputs")
        shared = not self._individual
        layer = WindowMap(self._channels, self._horizon, self._level, shared=shared, bias=True, name="forecast")
        outputs = layer(inputs)
        layer.set_weights(weights)
        return keras.Model(inputs, outputs)


class _Sums:
    """Products of windows and of what follows, added up for each map."""

    def __init__(self, maps: int, lookback: int, horizon: int) -> None:
        self._inner = np.zeros((maps, lookback, lookback))
        self._across = np.zeros((maps, lookback, horizon))
        self._windows, self._targets, self._squares = (np.zeros((maps, size)) for size in (lookback, horizon, horizon))
        self._rows = 0

    def add(self, windows: np.ndarray, targets: np.ndarray) -> None:
        """Add windows (maps, n, lookback) and what follows them (maps, n, horizon)."""
        turned = windows.transpose(0, 2, 1)
        self._inner += turned @ windows
        self._across += turned @ targets
        self._windows += windows.sum(axis=1, dtype=np.float64)
        self._targets += targets.sum(axis=1, dtype=np.float64)
        self._squares += np.square(targets, dtype=np.float64).sum(axis=1)
        self._rows += windows.shape[1]

    def moments(self) -> tuple[np.ndarray, ...]:
        """Means of both, covariances of the steps and across, and variances of what follows."""
        windows, targets = self._windows / self._rows, self._targets / self._rows
        inner = self._inner / self._rows - windows[:, :, np.newaxis] * windows[:, np.newaxis]
        across = self._across / self._rows - windows[:, :, np.newaxis] * targets[:, np.newaxis]
        return windows, targets, inner, across, self._squares / self._rows - np.square(targets)
