"""The quantile loss of Keras networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Sequence


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


class Pinballs(keras.losses.Loss):  # type: ignore[misc]
    """The mean of the losses of several quantiles, which stand in a last axis of the outputs.

    Args:
        quantiles: Between 0 and 1.
    """

    def __init__(self, quantiles: Sequence[float]) -> None:
        super().__init__(name="pinball")
        self._quantiles = list(quantiles)

    def call(self, target: Any, outputs: Any) -> Any:
        """(batch, ..., outputs) and (batch, ..., outputs, quantiles) to (batch, ...)."""
        ops = keras.ops
        shares, missed = ops.convert_to_tensor(self._quantiles, outputs.dtype), target[..., None] - outputs
        return ops.mean(ops.maximum(shares * missed, (shares - 1.0) * missed), axis=(-2, -1))
