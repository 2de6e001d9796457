"""The quantile loss of Keras networks."""

from __future__ import annotations

from typing import Any

import keras


class Pinball(keras.losses.Loss):  # type: ignore[misc]
    """What the quantile of a distribution minimizes (Koenker and Bassett 1978), of the last axis' mean.

    Args:
        quantile: Between 0 and 1; 0.5 is half the absolute error.
    """

    def __init__(self, quantile: float) -> None:
        super().__init__(name="pinball")
        self._quantile = quantile

    def call(self, target: Any, outputs: Any) -> Any:
        """(batch, ..., outputs) twice to (batch, ...)."""
        missed = target - outputs
        return keras.ops.mean(keras.ops.maximum(self._quantile * missed, (self._quantile - 1.0) * missed), axis=-1)
