"""The layer that gives predictions back in the target's own unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Sequence


@keras.saving.register_keras_serializable(package="automl")
class TargetUnits(keras.layers.Layer):  # type: ignore[misc]
    """Undoes the standardisation of a target; of type ``float64`` for values that 32 bits do not tell apart.

    Args:
        mean: By output.
        deviation: By output.
    """

    def __init__(self, mean: Sequence[float], deviation: Sequence[float], **options: Any) -> None:
        super().__init__(**options)
        self.mean = list(mean)
        self.deviation = list(deviation)

    def call(self, inputs: Any) -> Any:
        """(..., outputs) to the same."""
        ops = keras.ops
        mean, deviation = (ops.convert_to_tensor(one, self.compute_dtype) for one in (self.mean, self.deviation))
        return ops.cast(inputs, self.compute_dtype) * deviation + mean

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "mean": self.mean, "deviation": self.deviation}
