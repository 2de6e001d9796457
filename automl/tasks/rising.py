"""The layer that keeps quantiles from crossing."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="automl")
class Rising(keras.layers.Layer):  # type: ignore[misc]
    """Quantiles in rising order, which never costs them pinball loss (Chernozhukov et al. 2010)."""

    def call(self, inputs: Any) -> Any:
        """(..., quantiles) to the same."""
        return keras.ops.sort(inputs, axis=-1)

    def compute_output_shape(self, shape: Any) -> Any:
        """That of the input."""
        return shape


@keras.saving.register_keras_serializable(package="automl")
class QuantileAxis(keras.layers.Layer):  # type: ignore[misc]
    """Parts the steps of a forecast, of which there are so many times as many, from their quantiles, in rising order.

    Args:
        quantiles: How many.
    """

    def __init__(self, quantiles: int, **options: Any) -> None:
        super().__init__(**options)
        self.quantiles = quantiles

    def call(self, inputs: Any) -> Any:
        """(batch, horizon * quantiles, channels) to (batch, horizon, channels, quantiles)."""
        ops = keras.ops
        _, steps, channels = inputs.shape
        parted = ops.reshape(inputs, (-1, steps // self.quantiles, self.quantiles, channels))
        return ops.sort(ops.transpose(parted, (0, 1, 3, 2)), axis=-1)

    def compute_output_shape(self, shape: Any) -> Any:
        """As of ``call``."""
        batch, steps, channels = shape
        return batch, steps // self.quantiles, channels, self.quantiles

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "quantiles": self.quantiles}
