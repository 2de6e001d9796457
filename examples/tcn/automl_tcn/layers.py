"""What the network is made of."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="automl_tcn")
class TemporalBlock(keras.layers.Layer):
    """Two causal convolutions, and past them the inputs.

    Args:
        filters: Channels of the outputs.
        kernel: Steps that a convolution sees.
        dilation: Steps from one of these to the next.
        dropout: Share of the channels that is dropped while training.
    """

    def __init__(self, filters: int, kernel: int, dilation: int, dropout: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.filters, self.kernel, self.dilation, self.dropout = filters, kernel, dilation, dropout
        self._layers_in_order = [layer for _ in range(2) for layer in self._convolution()]
        self._project = keras.layers.Conv1D(filters, 1)

    def _convolution(self) -> list[keras.layers.Layer]:
        return [
            keras.layers.Conv1D(self.filters, self.kernel, padding="causal", dilation_rate=self.dilation),
            keras.layers.LayerNormalization(),
            keras.layers.ReLU(),
            keras.layers.SpatialDropout1D(self.dropout),
        ]

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the weights; Keras can load only what ``build`` makes."""
        self._project.build(shape)
        for layer in self._layers_in_order:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Series (batch, time, channels) to (batch, time, filters)."""
        x = inputs
        for layer in self._layers_in_order:
            x = layer(x, training=training) if isinstance(layer, keras.layers.SpatialDropout1D) else layer(x)
        return keras.ops.relu(x + self._project(inputs))

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(batch, time, filters)."""
        return (*shape[:-1], self.filters)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        own = {name: getattr(self, name) for name in ("filters", "kernel", "dilation", "dropout")}
        return {**super().get_config(), **own}
