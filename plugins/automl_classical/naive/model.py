"""Naive forecasts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import keras
import numpy as np

from automl.plugin import Between, override
from automl.training import KerasModel, fit
from automl_classical.naive.methods import METHODS, Method
from automl_classical.naive.search import ConstantSearch
from automl_classical.naive.season import likely_seasons
from automl_classical.naive.settings import Sweeps
from automl_classical.window_map import WindowMap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.data import Dataset, DataSpec
    from automl.plugin import Result, Trial

_LOOKED_AT = 256
"""Windows in which a season is sought."""


@dataclass
class Naive(KerasModel):
    """Forecasts that repeat the season and follow the level, by a few constants for each channel.

    Attributes:
        method: ``seasonal``, the level that falls back to the mean, and the shape of the last seasons; or
            ``smoothing``, exponential smoothing with a damped trend and additive seasons (Winters 1960).
        season: Steps of a season; by default what windows of the train part repeat themselves after. One that is longer
            than a window is none.
    """

    method: Literal["seasonal", "smoothing"] = "seasonal"
    season: Annotated[int, Between(1, 1_000_000)] | None = None

    @override
    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        Sweeps.of(training)
        return math.prod(self._shape(spec))

    def _shape(self, spec: DataSpec) -> tuple[int, int, int]:
        details = spec.details
        return len(details["target_channels"]), details["lookback"], details["horizon"]

    @override
    def fit(self, data: Dataset, trial: Trial) -> Result:
        settings = Sweeps.of(trial.training)
        search = ConstantSearch(self._methods(data, trial), data, settings, trial)
        result = fit(search, trial, settings.epochs, settings.patience)
        (kernel,) = search.weights()
        self._keep(_model(kernel, data.spec), data.spec)
        return result

    def _methods(self, data: Dataset, trial: Trial) -> list[Method]:
        """One for each season that there may be."""
        _, lookback, horizon = self._shape(data.spec)
        seasons = [self.season or 1]
        if self.season is None:
            seasons = likely_seasons(_some(data.train.arrays()[0], data.spec))
        elif self.season > lookback:
            trial.note(
                f"model.season: a season of {self.season} steps does not fit into data.lookback={lookback}; forecasts"
                " follow the level alone."
            )
            seasons = [1]
        return [METHODS[self.method](lookback, horizon, season) for season in seasons]


def _some(windows: np.ndarray, spec: DataSpec) -> np.ndarray:
    """Windows from all over the train part, of the channels that are forecast."""
    rows = np.linspace(0, len(windows) - 1, min(_LOOKED_AT, len(windows))).round().astype(int)
    return np.asarray(windows[rows][:, :, spec.details["target_channels"]], np.float64)


def _model(kernel: np.ndarray, spec: DataSpec) -> keras.Model:
    """From windows to forecasts, in the unit of the series."""
    inputs = keras.Input(spec.input.shape, dtype=spec.input.dtype, name="inputs")
    layer = WindowMap(spec.details["target_channels"], spec.details["horizon"], name="forecast")
    outputs = layer(inputs)
    layer.set_weights([kernel])
    return keras.Model(inputs, outputs)
