"""U-Nets: a class for each pixel, out of what is seen from afar and from near."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import keras

from automl.data import TensorSpec
from automl.plugin import Between, Dropout, Units, override
from automl.training import KerasPlugin, head
from automl_vision.layers import normalize
from automl_vision.padding import CropAs, PadToMultiple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.data import DataSpec

_RATES = (1, 2, 4, 8)
"""Dilations of the head, in pixels of the deepest level; DeepLab's 6, 12, 18 are for maps of 64 pixels and more."""


@dataclass
class UNet(KerasPlugin):
    """The U-Net of Ronneberger et al. (2015), padded so that masks are of the size of their images, whatever that is.

    Each level of the contracting path has two 3x3 convolutions and halves the resolution; the expanding path doubles it
    again, with the features of the same level beside. Filters double with each level.

    Attributes:
        depth: How often the resolution is halved; 4 in the paper.
        width: Filters of the first level; 64 in the paper.
        residual: Shortcuts around the two convolutions of a level (He et al. 2016; Zhang et al. 2018, ResUNet).
        normalization: ``batch`` (Ioffe and Szegedy 2015), ``layer``, ``group`` (Wu and He 2018) or ``none``.
        upsampling: ``transposed`` convolutions of 2x2, as in the paper, or ``nearest`` pixels and a 3x3 convolution
            (Odena et al. 2016).
        context: ``plain``, or ``dilated``: the deepest level is seen at several rates side by side, and as a whole
            (atrous spatial pyramid pooling; Chen et al. 2017, DeepLab).
        dropout: Share of the deepest level's features that is dropped, whole maps at once (Tompson et al. 2015).
    """

    depth: Annotated[int, Between(1, 8)]
    width: Units
    residual: bool = False
    normalization: Literal["batch", "layer", "group", "none"] = "batch"
    upsampling: Literal["transposed", "nearest"] = "transposed"
    context: Literal["plain", "dilated"] = "plain"
    dropout: Dropout = 0.0

    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        """See ``ModelPlugin.prepare``; memory is counted at the size that is trained on."""
        sides = spec.details.get("crop_size") or spec.details.get("image_size") or spec.input.shape[:2]
        shape = (*sides, spec.input.shape[-1])
        return super().prepare(replace(spec, inputs=TensorSpec(shape, spec.input.dtype)), training)

    @override
    def build(self, spec: DataSpec) -> keras.Model:
        inputs = keras.Input(spec.input.shape)
        x = PadToMultiple(2**self.depth)(inputs)
        passed = []
        for level in range(self.depth):
            x = self._block(x, self.width * 2**level)
            passed.append(x)
            x = keras.layers.MaxPooling2D(2)(x)
        x = self._block(x, self.width * 2**self.depth)
        if self.context == "dilated":
            x = self._pyramid(x, self.width * 2**self.depth)
        x = keras.layers.SpatialDropout2D(self.dropout)(x)
        for level in reversed(range(self.depth)):
            x = self._up(x, self.width * 2**level)
            x = self._block(keras.layers.Concatenate()([passed[level], x]), self.width * 2**level)
        return keras.Model(inputs, CropAs()([head(spec)(x), inputs]), name="unet")

    def _block(self, x: Any, filters: int) -> Any:
        shortcut = x
        x = self._active(self._convolve(x, filters))
        x = self._normal(self._convolve(x, filters))
        if self.residual:
            if shortcut.shape[-1] != filters:
                shortcut = keras.layers.Conv2D(filters, 1, use_bias=False, kernel_initializer="he_normal")(shortcut)
            x = keras.layers.Add()([x, shortcut])
        return keras.layers.ReLU()(x)

    def _up(self, x: Any, filters: int) -> Any:
        if self.upsampling == "transposed":
            return keras.layers.Conv2DTranspose(filters, 2, strides=2, kernel_initializer="he_normal")(x)
        return self._active(self._convolve(keras.layers.UpSampling2D(2)(x), filters))

    def _pyramid(self, x: Any, filters: int) -> Any:
        branches = [self._active(self._convolve(x, filters, 3 if rate > 1 else 1, rate)) for rate in _RATES]
        whole = keras.layers.GlobalAveragePooling2D(keepdims=True)(x)
        whole = keras.layers.ReLU()(keras.layers.Conv2D(filters, 1, kernel_initializer="he_normal")(whole))
        # What the whole map says is said at each place of it.
        spread = keras.layers.Add()([branches[0], whole])
        return self._active(self._convolve(keras.layers.Concatenate()([spread, *branches[1:]]), filters, 1))

    def _convolve(self, x: Any, filters: int, kernel: int = 3, rate: int = 1) -> Any:
        layer = keras.layers.Conv2D(
            filters, kernel, padding="same", dilation_rate=rate, use_bias=self.normalization == "none",
            kernel_initializer="he_normal",
        )  # fmt: skip
        return layer(x)

    def _normal(self, x: Any) -> Any:
        return normalize(self.normalization)(x)

    def _active(self, x: Any) -> Any:
        return keras.layers.ReLU()(self._normal(x))
