"""The search for the constants of a forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, logit

from automl.data.scaling import target_scale
from automl.plugin import beat
from automl.training import Learner
from automl.training.objectives import supervised_task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.data import Dataset, Part
    from automl.plugin import Trial
    from automl_classical.naive.methods import Method
    from automl_classical.naive.settings import Sweeps

_STEP = 2.0
"""Of the first sweep, in logits: from 0.5 it leads to 0.12 and 0.88."""
_SHRINKS = 0.6
"""So that a constant may still cross most of its range after a wrong turn."""
_WORK = 5e8
"""Multiplications that the forecasts of all windows may take for one set of constants."""
_CHUNK = 1024


class ConstantSearch(Learner):
    """Coordinate descent over the constants, an epoch a sweep, for each channel by itself.

    Args:
        methods: Make maps of constants; the one that forecasts best to begin with is kept.
        data: Windows of its train part are forecast, its validation part is scored.
        settings: The ``training`` section.
        trial: Names the metrics that are wanted.
    """

    def __init__(self, methods: Sequence[Method], data: Dataset, settings: Sweeps, trial: Trial) -> None:
        self._data, self._task = data, supervised_task(data.spec)
        self._channels = list(data.spec.details["target_channels"])
        self._deviation = target_scale(data.spec)[1]
        self._wanted = [name.removeprefix("val_") for name in (trial.objective, *trial.further)]
        work = len(self._channels) * methods[0].lookback * methods[0].horizon
        self._windows, self._target = self._taken(data.train, min(settings.windows, max(8, int(_WORK / work))))
        self._logits = {name: np.full(len(self._channels), logit(one)) for name, one in methods[0].starts.items()}
        self._method = min(methods, key=lambda one: float(self._tried(one, self._logits)[1].mean()))
        self._maps, self._losses = self._tried(self._method, self._logits)

    def _taken(self, part: Part, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Windows (channels, n, lookback) and target (channels, n, horizon), less the last value, standardised."""
        windows, target = part.arrays()
        rows = np.linspace(0, len(target) - 1, min(count, len(target))).round().astype(int)
        seen = np.asarray(windows[rows][:, :, self._channels], np.float64)
        last = seen[:, -1:]
        scaled = [(one - last) / self._deviation for one in (seen, np.asarray(target[rows], np.float64))]
        return scaled[0].transpose(2, 0, 1), scaled[1].transpose(2, 0, 1)

    def _tried(self, method: Method, logits: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """The maps for constants, and the mean squared error of each channel."""
        beat()
        maps = method.maps({name: expit(one) for name, one in logits.items()})
        return maps, np.square(self._windows @ maps - self._target).mean(axis=(1, 2))

    def epoch(self, number: int) -> dict[str, float]:
        """The error over the windows of the train part, and the metrics of validation with ``val_`` before."""
        step = _STEP * _SHRINKS ** (number - 1)
        for name in self._logits:
            for move in (step, -step):
                self._move(name, move)
        validated = self._validated()
        return {"loss": float(self._losses.mean()), **{f"val_{name}": value for name, value in validated.items()}}

    def _move(self, name: str, move: float) -> None:
        """Move a constant in those channels where that lowers the error."""
        moved = {**self._logits, name: self._logits[name] + move}
        maps, losses = self._tried(self._method, moved)
        better = losses < self._losses
        self._logits[name] = np.where(better, moved[name], self._logits[name])
        self._losses = np.where(better, losses, self._losses)
        self._maps = np.where(better[:, np.newaxis, np.newaxis], maps, self._maps)

    def _validated(self) -> dict[str, float]:
        names = dict.fromkeys(
            [*self._task.every_epoch, *(one for one in self._wanted if one in self._task.info.metrics)]
        )
        targets, called = [], []
        for windows, target in self._data.validation.chunks(_CHUNK):
            targets.append(target)
            called.append(self._forecast(windows))
        target, forecast = np.concatenate(targets), np.concatenate(called)
        loss = float(np.square((forecast - target) / self._deviation).mean())
        return {"loss": loss, **self._task.scores(self._data.spec, target, forecast, names)}

    def _forecast(self, windows: np.ndarray) -> np.ndarray:
        seen = windows[:, :, self._channels]
        last = seen[:, -1:]
        maps = self._maps.astype(np.float32)
        found: np.ndarray = ((seen - last).transpose(2, 0, 1) @ maps).transpose(1, 2, 0) + last
        return found

    def state(self) -> Mapping[str, Any]:
        """See ``Learner.state``: this itself, which tells and takes its state."""
        return {"search": self}

    def get_state(self) -> dict[str, np.ndarray]:
        """See ``automl.training.Stateful``: the constants."""
        return dict(self._logits)

    def set_state(self, state: Mapping[str, np.ndarray]) -> None:
        """See ``automl.training.Stateful``."""
        if set(state) != set(self._logits):
            raise ValueError(f"Expected {', '.join(self._logits)}. Received: {', '.join(state)}.")
        self._logits = dict(state)
        self._maps, self._losses = self._tried(self._method, self._logits)

    def weights(self) -> Sequence[np.ndarray]:
        """See ``Learner.weights``: the map."""
        return [self._maps.astype(np.float32)]

    def restore(self, weights: Sequence[np.ndarray]) -> None:
        """See ``Learner.restore``."""
        (self._maps,) = weights
