"""The layer that a naive forecast is served by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


@keras.saving.register_keras_serializable(package="automl_classical")
class WindowMap(keras.layers.Layer):  # type: ignore[misc]
    """Maps the steps of each channel to its forecast; what the last value adds to all steps is added to the forecast.

    Args:
        channels: Those that are forecast.
        horizon: Steps of the forecast.
    """

    def __init__(self, channels: Sequence[int], horizon: int, **options: Any) -> None:
        super().__init__(**options)
        self.channels, self.horizon = list(channels), horizon

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the map (channels, lookback, horizon)."""
        self.kernel = self.add_weight((len(self.channels), shape[1], self.horizon), initializer="zeros", name="kernel")

    def call(self, windows: Any) -> Any:
        """(batch, lookback, any) to (batch, horizon, channels)."""
        seen = keras.ops.take(windows, np.asarray(self.channels, np.int32), axis=2)
        last = seen[:, -1:]  # taken out first: sums of large values would lose their digits
        return keras.ops.einsum("blc,clh->bhc", seen - last, self.kernel) + last

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(batch, horizon, channels)."""
        return (shape[0], self.horizon, len(self.channels))

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "channels": self.channels, "horizon": self.horizon}
