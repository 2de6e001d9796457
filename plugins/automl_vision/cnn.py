"""Stacked convolution blocks with a dense head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import keras

from automl.errors import ConfigError
from automl.plugin import Between, Dropout, Units, override
from automl.training import KerasPlugin, head
from automl_vision.layers import normalize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.data import DataSpec


@dataclass
class CNN(KerasPlugin):
    """Convolution blocks, each followed by pooling, with a dense head (LeCun et al. 1998).

    A block is two convolutions, as in Simonyan and Zisserman (2015); a block halves the resolution and doubles the
    filters of the one before.

    Attributes:
        blocks: How many blocks; those that would pool a map smaller than 2x2 keep its size.
        filters: Filters of the first block.
        kernel: Side of the kernels.
        convolution: ``plain``, depthwise-``separable`` (Chollet 2017) or ``dilated`` by 2 (Yu and Koltun 2016).
        pooling: ``max``, ``average``, or ``stride``: a strided convolution instead (Springenberg et al. 2015).
        normalization: ``batch`` (Ioffe and Szegedy 2015), ``layer``, ``group`` (Wu and He 2018) or ``none``.
        dense: Units of the hidden dense layer; 0 for none.
        dropout: Share of the dense layer's inputs that is dropped (Srivastava et al. 2014).
    """

    blocks: Annotated[int, Between(1, 10)]
    filters: Units
    kernel: Annotated[int, Between(1, 64)] = 3
    convolution: Literal["plain", "separable", "dilated"] = "plain"
    pooling: Literal["max", "average", "stride"] = "max"
    normalization: Literal["batch", "layer", "group", "none"] = "batch"
    dense: Annotated[int, Between(0, 65_536)] = 64
    dropout: Dropout = 0.0

    @override
    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        side = min(length for length in spec.input.shape[:2] if length is not None)
        if self.kernel > side:
            raise ConfigError(
                f"model.kernel: must not exceed the images' side, {side} pixels. Received: {self.kernel}."
            )
        return super().prepare(spec, training)

    @override
    def build(self, spec: DataSpec) -> keras.Model:
        inputs = keras.Input(spec.input.shape)
        x = inputs
        for block in range(self.blocks):
            x = self._block(x, self.filters * 2**block)
        x = keras.layers.GlobalAveragePooling2D()(x)
        x = keras.layers.Dropout(self.dropout)(x)
        if self.dense:
            x = keras.layers.Dense(self.dense, activation="relu")(x)
            x = keras.layers.Dropout(self.dropout)(x)
        return keras.Model(inputs, head(spec)(x), name="cnn")

    def _block(self, x: Any, filters: int) -> Any:
        for _ in range(2):
            x = self._convolution(filters)(x)
            x = normalize(self.normalization)(x)
            x = keras.layers.ReLU()(x)
        return self._pool(x, filters) if min(x.shape[1:3]) >= 2 else x

    def _convolution(self, filters: int, strides: int = 1) -> keras.layers.Layer:
        bias = self.normalization == "none"
        if self.convolution == "separable":
            return keras.layers.SeparableConv2D(filters, self.kernel, strides, padding="same", use_bias=bias)
        dilation = 2 if self.convolution == "dilated" and strides == 1 else 1
        return keras.layers.Conv2D(
            filters, self.kernel, strides, padding="same", dilation_rate=dilation, use_bias=bias,
            kernel_initializer="he_normal",
        )  # fmt: skip

    def _pool(self, x: Any, filters: int) -> Any:
        match self.pooling:
            case "max":
                return keras.layers.MaxPooling2D(2)(x)
            case "average":
                return keras.layers.AveragePooling2D(2)(x)
        return keras.layers.ReLU()(self._convolution(filters, strides=2)(x))
