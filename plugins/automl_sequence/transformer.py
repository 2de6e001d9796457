"""Transformers for texts, sequences, forecasts and images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import keras
import numpy as np

from automl.errors import ConfigError
from automl.plugin import Between, Count, Depth, Dropout, Units, override
from automl.training import KerasPlugin, head
from automl_sequence.attention import Positions, encode
from automl_sequence.layers import (
    InstanceNorm,
    Pool,
    TokenDropout,
    forecast_channels,
    forecast_steps,
    normalization_of_steps,
)

if TYPE_CHECKING:
    from automl.data import DataSpec

_SIDES = ((16, 2), (64, 4), (128, 8))
_LARGE_PATCH = 16
_STEPS = 16


@dataclass
class Transformer(KerasPlugin):
    """A pre-norm transformer encoder (Vaswani et al. 2017; Xiong et al. 2020) over tokens, steps or patches.

    Forecasts read each channel for itself, in patches, with reversible instance normalization (Nie et al. 2023,
    PatchTST); images are read in patches too (Dosovitskiy et al. 2021, ViT).

    Attributes:
        layers: Encoder blocks.
        heads: Attention heads; they divide the width.
        width: Length of the vectors.
        feedforward: Units of a block's hidden layer, as a multiple of the width.
        dropout: Of inputs, attention weights, hidden units and branches.
        pooling: How texts and images become one vector: ``mean``, ``max`` or ``attention``.
        positions: ``sinusoidal`` or ``learned``.
        token_dropout: Share of tokens that is hidden while training (Iyyer et al. 2015).
        patch: Steps of a series, or side in pixels of an image, that are read at once; by default 16 steps, and for
            images 2 to 16 pixels by their size. Patches of a series overlap by half.
    """

    layers: Depth = 1
    heads: Annotated[int, Between(1, 1024)] = 4
    width: Units = 64
    feedforward: Annotated[int, Between(1, 64)] = 2
    dropout: Dropout = 0.1
    pooling: Literal["mean", "max", "attention"] = "mean"
    positions: Literal["sinusoidal", "learned"] = "learned"
    token_dropout: Dropout = 0.0
    patch: Count | None = None

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ConfigError(f"model.heads: must divide model.width={self.width}. Received: {self.heads}.")

    def preprocessing(self, spec: DataSpec) -> keras.layers.Layer | None:
        """See ``KerasPlugin.preprocessing``; padding stays what it is."""
        return normalization_of_steps(spec) or super().preprocessing(spec)

    @override
    def build(self, spec: DataSpec) -> keras.Model:
        if "horizon" in spec.details:
            return self._forecaster(spec)
        inputs = keras.Input(spec.input.shape, dtype="int32" if "tokens" in spec.details else "float32")
        if "tokens" in spec.details:
            x = TokenDropout(self.token_dropout)(inputs)
            x = keras.layers.Embedding(spec.details["tokens"], self.width, mask_zero=True)(x)
        elif len(spec.input.shape) == 3:
            x = self._patches(inputs)
        else:
            x = keras.layers.Dense(self.width)(keras.layers.Masking()(inputs))
        x = Pool(self.pooling)(self._encode(x))
        x = keras.layers.Dropout(self.dropout)(x)
        return keras.Model(inputs, head(spec)(x), name="transformer")

    def _encode(self, x: Any) -> Any:
        x = keras.layers.Dropout(self.dropout)(Positions(self.positions)(x))
        return encode(x, self.layers, self.heads, self.feedforward * self.width, self.dropout)

    def _patches(self, images: Any) -> Any:
        """(batch, height, width, channels) to (batch, patches, width)."""
        side = min(images.shape[1:3])
        patch = self.patch or next((size for most, size in _SIDES if side <= most), _LARGE_PATCH)
        if patch > side:
            raise ConfigError(f"model.patch: must not exceed the image's side of {side} pixels. Received: {patch}.")
        x = keras.layers.Conv2D(self.width, patch, strides=patch)(images)
        return keras.layers.Reshape((-1, self.width))(x)

    def _forecaster(self, spec: DataSpec) -> keras.Model:
        lookback, channels = spec.input.shape
        assert lookback is not None
        assert channels is not None
        patch = self.patch or min(_STEPS, lookback)
        if patch > lookback:
            raise ConfigError(f"model.patch: must not exceed data.lookback={lookback}. Received: {patch}.")
        horizon = forecast_steps(spec)
        rows = _overlapping(lookback, patch)
        inputs = keras.Input(spec.input.shape)
        x, mean, deviation = InstanceNorm()(inputs)
        x = keras.ops.take(keras.ops.transpose(x, (0, 2, 1)), rows, axis=-1)
        x = keras.layers.Dense(self.width)(keras.ops.reshape(x, (-1, *rows.shape)))
        x = keras.layers.Dropout(self.dropout)(keras.layers.Flatten()(self._encode(x)))
        x = keras.ops.reshape(keras.layers.Dense(horizon)(x), (-1, channels, horizon))
        outputs = keras.ops.transpose(x, (0, 2, 1)) * deviation + mean
        outputs = forecast_channels(outputs, spec, channels)
        return keras.Model(inputs, outputs, name="transformer")


def _overlapping(lookback: int, patch: int) -> np.ndarray:
    """The steps of each patch, (patches, patch); they overlap by half, and the last repeats the last step."""
    stride = max(1, patch // 2)
    starts = np.arange(0, lookback - patch + stride + 1, stride)
    return np.asarray(np.minimum(starts[:, None] + np.arange(patch), lookback - 1))
