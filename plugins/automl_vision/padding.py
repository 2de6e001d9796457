"""Layers that let a network which halves its images several times take images of any size."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="automl_vision")
class PadToMultiple(keras.layers.Layer):  # type: ignore[misc]
    """Repeats an image's last row and column until both sides are multiples of a number.

    Args:
        multiple: The number.
    """

    def __init__(self, multiple: int, **options: Any) -> None:
        super().__init__(**options)
        self.multiple = multiple

    def call(self, inputs: Any) -> Any:
        """(batch, height, width, channels), grown at the bottom and on the right."""
        for axis, side in enumerate(keras.ops.shape(inputs)[1:3], start=1):
            if not isinstance(side, int) or side % self.multiple:
                inputs = keras.ops.take(inputs, self._clamped(side), axis=axis)
        return inputs

    def _clamped(self, side: Any) -> Any:
        """Numbers of rows up to the next multiple, none beyond the last."""
        ops = keras.ops
        return ops.minimum(ops.arange(side + (-side) % self.multiple), side - 1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The same rank, sides that are known grown."""
        batch, *sides, channels = input_shape
        return (batch, *(None if side is None else side + -side % self.multiple for side in sides), channels)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "multiple": self.multiple}


@keras.saving.register_keras_serializable(package="automl_vision")
class CropAs(keras.layers.Layer):  # type: ignore[misc]
    """Cuts maps to the height and width of others."""

    def call(self, inputs: Any) -> Any:
        """(maps, others), each (batch, height, width, channels), to the upper left of the maps."""
        maps, others = inputs
        height, width = keras.ops.shape(others)[1:3]
        return maps[:, :height, :width]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The batch and channels of the first, the sides of the second."""
        maps, others = input_shape
        return (maps[0], others[1], others[2], maps[3])
