"""Metrics that are taken of the train part while it is trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np


class MeanError(keras.metrics.Mean):  # type: ignore[misc]
    """The mean of a power of the absolute errors of standardised values, in a unit of their own.

    Args:
        name: By which it is reported.
        scale: What errors are multiplied by, by output.
        power: That errors are raised to.
        root: Whether the root of the mean is told.
        places: Where outputs have a last axis of quantiles, the places in it whose mean is the value.
    """

    def __init__(
        self, name: str, scale: np.ndarray, power: int = 1, *, root: bool = False, places: Sequence[int] = ()
    ) -> None:
        super().__init__(name=name)
        self._scale = scale.astype("float32")
        self._power = power
        self._root = root
        self._places = list(places)

    def update_state(self, target: Any, outputs: Any, sample_weight: Any = None) -> None:
        """Take a batch of shape (batch, ..., outputs); of outputs with quantiles (batch, ..., outputs, quantiles)."""
        del sample_weight
        if self._places:
            outputs = keras.ops.mean(keras.ops.take(outputs, self._places, axis=-1), axis=-1)
        errors = keras.ops.abs(outputs - target) * self._scale
        count = keras.ops.cast(keras.ops.shape(target)[0], "float32")
        super().update_state(keras.ops.mean(errors**self._power), sample_weight=count)

    def result(self) -> Any:
        """The mean, or its root."""
        mean = super().result()
        return keras.ops.sqrt(mean) if self._root else mean
