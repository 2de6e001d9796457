"""The linear forecaster that every other forecaster has to beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import keras

from automl.errors import ConfigError
from automl.plugin import Between, override
from automl.training import KerasPlugin
from automl_sequence.layers import InstanceNorm, MovingAverage, forecast_channels, forecast_steps

if TYPE_CHECKING:
    from automl.data import DataSpec


@dataclass
class DLinear(KerasPlugin):
    """Trend and remainder of each channel, each mapped to the horizon by one linear layer (Zeng et al. 2023).

    Attributes:
        kernel: Width of the moving average that is the trend, odd; 25 in the paper. 0 for no decomposition, which is
            the paper's NLinear where ``normalize`` holds. At most as far to either side as a window is long.
        individual: Whether each channel has weights of its own.
        normalize: Whether each window's own mean is taken out first and put back after.
    """

    kernel: Annotated[int, Between(0, 1_000_000)] = 25
    individual: bool = False
    normalize: bool = True

    def __post_init__(self) -> None:
        if self.kernel and self.kernel % 2 == 0:
            raise ConfigError(f"model.kernel: expected an odd number, or 0. Received: {self.kernel}.")

    @override
    def build(self, spec: DataSpec) -> keras.Model:
        _, channels = spec.input.shape
        assert channels is not None
        inputs = keras.Input(spec.input.shape)
        x, mean = inputs, None
        if self.normalize:
            x, mean, _ = InstanceNorm(deviation=False)(x)
        if self.kernel:
            widest = 2 * spec.details["lookback"] + 1  # a space does not know how long windows are
            trend = MovingAverage(min(self.kernel, widest))(x)
            y = self._linear(trend, spec, channels) + self._linear(x - trend, spec, channels)
        else:
            y = self._linear(x, spec, channels)
        if mean is not None:
            y = y + mean
        return keras.Model(inputs, forecast_channels(y, spec, channels), name="dlinear")

    def _linear(self, x: Any, spec: DataSpec, channels: int) -> Any:
        """(batch, lookback, channels) to (batch, horizon, channels); weights start as the mean, as in the paper."""
        horizon, lookback = forecast_steps(spec), spec.details["lookback"]
        start = keras.initializers.Constant(1.0 / lookback)
        if self.individual:
            equation, axes = "blc,lhc->bhc", "hc"
        else:
            equation, axes = "blc,lh->bhc", "h"
        shape = (horizon, channels)
        return keras.layers.EinsumDense(equation, shape, bias_axes=axes, kernel_initializer=start)(x)
