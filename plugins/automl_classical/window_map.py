"""The layer that linear forecasts are served by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


@keras.saving.register_keras_serializable(package="automl_classical")
class WindowMap(keras.layers.Layer):  # type: ignore[misc]
    """Maps the steps of each channel to its forecast; what its level adds to all steps is added to the forecast.

    Args:
        channels: Those that are forecast.
        horizon: Steps of the forecast.
        level: Of a window: its ``last`` value or its ``mean``.
        shared: Whether one map serves all channels.
        bias: Whether something is added to the forecast of each channel whatever the window.
    """

    def __init__(
        self,
        channels: Sequence[int],
        horizon: int,
        level: Literal["last", "mean"] = "last",
        *,
        shared: bool = False,
        bias: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.channels, self.horizon, self.level = list(channels), horizon, level
        self.shared, self.bias = shared, bias

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the map (channels or 1, lookback, horizon), and after it what is added (channels, horizon)."""
        maps = 1 if self.shared else len(self.channels)
        self.kernel = self.add_weight((maps, shape[1], self.horizon), initializer="zeros", name="kernel")
        if self.bias:
            self.added = self.add_weight((len(self.channels), self.horizon), initializer="zeros", name="bias")

    def call(self, windows: Any) -> Any:
        """(batch, lookback, any) to (batch, horizon, channels)."""
        ops = keras.ops
        seen = ops.take(windows, np.asarray(self.channels, np.int32), axis=2)
        # Taken out first: sums of large values would lose their digits.
        level = seen[:, -1:] if self.level == "last" else ops.mean(seen, axis=1, keepdims=True)
        if self.shared:
            mapped = ops.einsum("blc,lh->bhc", seen - level, self.kernel[0])
        else:
            mapped = ops.einsum("blc,clh->bhc", seen - level, self.kernel)
        return mapped + level + (ops.transpose(self.added) if self.bias else 0.0)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(batch, horizon, channels)."""
        return (shape[0], self.horizon, len(self.channels))

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        own = {"channels": self.channels, "horizon": self.horizon, "level": self.level}
        return {**super().get_config(), **own, "shared": self.shared, "bias": self.bias}
