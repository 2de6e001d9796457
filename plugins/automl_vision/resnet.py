"""Residual networks for small and large images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import keras

from automl.errors import ConfigError
from automl.plugin import Between, Dropout, Text, Units, override
from automl.training import KerasPlugin, head
from automl_vision.layers import StochasticDepth
from automl_vision.saved import transplant

if TYPE_CHECKING:
    from automl.data import DataSpec

_STAGES = 3
_LARGE = 96


@dataclass
class ResNet(KerasPlugin):
    """The residual network for small images of He et al. (2016a, section 4.2): depth 6n+2, three stages.

    Each stage has n blocks of two 3x3 convolutions; the second and third halve the resolution and double the filters.
    Images of 96 pixels and more enter through the 7x7 stem with pooling of the ImageNet networks.

    Attributes:
        depth: Layers with weights: 8, 14, 20, 32, 44, 56, 110, ...
        width: Filters of the first stage; 16 in the paper.
        preactivation: Normalization and activation before each convolution (He et al. 2016b).
        stochastic_depth: Chance that the last block is dropped; it grows in a line from the first (Huang et al. 2016).
        dropout: Share of the pooled features that is dropped.
        weights: A residual network of the same make that was saved before, whose weights are the start: a plugin
            folder, a ``.keras`` file, or ``runs:/<MLflow run>``; or null.
    """

    depth: Annotated[int, Between(8, 1202)]
    width: Units = 16
    preactivation: bool = False
    stochastic_depth: Dropout = 0.0
    dropout: Dropout = 0.0
    weights: Text | None = None

    def __post_init__(self) -> None:
        if self.depth % 6 != 2:
            raise ConfigError(f"model.depth: expected 6n+2, such as 8, 14, 20 or 32. Received: {self.depth}.")

    @override
    def build(self, spec: DataSpec) -> keras.Model:
        inputs = keras.Input(spec.input.shape)
        x = self._stem(inputs)
        blocks = (self.depth - 2) // 6
        for stage in range(_STAGES):
            for block in range(blocks):
                share = (stage * blocks + block + 1) / (_STAGES * blocks)
                strides = 2 if stage and not block else 1
                residual = self._preactivated if self.preactivation else self._original
                x = residual(x, self.width * 2**stage, strides, self.stochastic_depth * share)
        if self.preactivation:
            x = _activate(x)
        x = keras.layers.GlobalAveragePooling2D()(x)
        x = keras.layers.Dropout(self.dropout)(x)
        network = keras.Model(inputs, head(spec)(x), name=f"resnet{self.depth}")
        if self.weights is not None:
            transplant(network, self.weights)
        return network

    def _stem(self, x: Any) -> Any:
        large = min(x.shape[1:3]) >= _LARGE
        x = _convolve(x, self.width, 7 if large else 3, 2 if large else 1)
        if not self.preactivation:
            x = _activate(x)
        return keras.layers.MaxPooling2D(3, 2, padding="same")(x) if large else x

    def _original(self, x: Any, filters: int, strides: int, drop: float) -> Any:
        branch = _activate(_convolve(x, filters, 3, strides))
        branch = keras.layers.BatchNormalization(momentum=0.9)(_convolve(branch, filters, 3))
        return keras.layers.ReLU()(_add(_shortcut(x, filters, strides), branch, drop))

    def _preactivated(self, x: Any, filters: int, strides: int, drop: float) -> Any:
        active = _activate(x)
        projects = strides > 1 or x.shape[-1] != filters
        branch = _convolve(active, filters, 3, strides)
        branch = _convolve(_activate(branch), filters, 3)
        return _add(_shortcut(active if projects else x, filters, strides), branch, drop)


def _convolve(x: Any, filters: int, kernel: int, strides: int = 1) -> Any:
    layer = keras.layers.Conv2D(
        filters, kernel, strides, padding="same", use_bias=False, kernel_initializer="he_normal"
    )
    return layer(x)


def _activate(x: Any) -> Any:
    return keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.9)(x))


def _shortcut(x: Any, filters: int, strides: int) -> Any:
    """The identity where shapes agree, else a 1x1 projection (option B of the paper)."""
    if strides == 1 and x.shape[-1] == filters:
        return x
    return keras.layers.BatchNormalization(momentum=0.9)(_convolve(x, filters, 1, strides))


def _add(shortcut: Any, branch: Any, drop: float) -> Any:
    if drop > 0.0:
        branch = StochasticDepth(drop)(branch)
    return keras.layers.Add()([shortcut, branch])
