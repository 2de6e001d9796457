"""A metric that is told after every epoch."""

from __future__ import annotations

from typing import Any

import keras


class Bias(keras.metrics.Mean):
    """By how much values are called too high on average, in standard deviations of the train part."""

    def __init__(self) -> None:
        super().__init__(name="bias")

    def update_state(self, target: Any, outputs: Any, sample_weight: Any = None) -> None:
        """Take a batch of encoded targets and outputs of the network, of one shape."""
        super().update_state(outputs - target, sample_weight)
