"""Recurrent networks for texts, sequences and forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import keras

from automl.plugin import Count, Depth, Dropout, Units, override
from automl.training import KerasPlugin, head
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

_CELLS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple_rnn": keras.layers.SimpleRNN}


@dataclass
class LSTM(KerasPlugin):
    """Stacked recurrent layers (Hochreiter and Schmidhuber 1997), bidirectional for texts (Graves et al. 2005).

    A forecast reads each channel for itself, in segments, and gives all steps of the horizon at once, with reversible
    instance normalization (Lin et al. 2023, SegRNN; Kim et al. 2022).

    Attributes:
        cell: ``lstm``, ``gru`` (Cho et al. 2014) or ``simple_rnn`` (Elman 1990).
        layers: Recurrent layers.
        units: Units of a layer, in each direction.
        bidirectional: Whether a second layer reads backward; forecasts read forward only.
        dropout: Share of inputs, of layers and of the pooled state that is dropped.
        recurrent_dropout: Share of the recurrent state that is dropped (Gal and Ghahramani 2016).
        pooling: How states become one vector: ``last``, ``mean``, ``max`` or ``attention`` (Yang et al. 2016).
        embedding: Length of token vectors.
        token_dropout: Share of tokens that is hidden while training (Iyyer et al. 2015).
        segment: Steps of a series that are read at once in a forecast; the whole lookback where that is shorter.
    """

    cell: Literal["lstm", "gru", "simple_rnn"] = "lstm"
    layers: Depth = 1
    units: Units = 64
    bidirectional: bool = True
    dropout: Dropout = 0.0
    recurrent_dropout: Dropout = 0.0
    pooling: Literal["last", "mean", "max", "attention"] = "attention"
    embedding: Units = 64
    token_dropout: Dropout = 0.0
    segment: Count = 24

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
            x = keras.layers.Embedding(spec.details["tokens"], self.embedding, mask_zero=True)(x)
        else:
            x = keras.layers.Masking()(inputs)
        x = keras.layers.SpatialDropout1D(self.dropout)(x)
        x = self._recurrent(x, bidirectional=self.bidirectional)
        x = keras.layers.Dropout(self.dropout)(Pool(self.pooling)(x))
        return keras.Model(inputs, head(spec)(x), name="lstm")

    def _recurrent(self, x: Any, *, bidirectional: bool) -> Any:
        for number in range(self.layers):
            if number:
                x = keras.layers.SpatialDropout1D(self.dropout)(x)
            layer = _CELLS[self.cell](self.units, return_sequences=True, recurrent_dropout=self.recurrent_dropout)
            x = (keras.layers.Bidirectional(layer) if bidirectional else layer)(x)
        return x

    def _forecaster(self, spec: DataSpec) -> keras.Model:
        lookback, channels = spec.input.shape
        assert lookback is not None
        assert channels is not None
        segment = min(self.segment, lookback)  # a space does not know how long windows are
        horizon, count = forecast_steps(spec), lookback // segment
        inputs = keras.Input(spec.input.shape)
        x, mean, deviation = InstanceNorm()(inputs)
        x = keras.ops.transpose(x[:, -count * segment :], (0, 2, 1))
        x = keras.layers.Dense(self.units, activation="relu")(keras.ops.reshape(x, (-1, count, segment)))
        x = self._recurrent(keras.layers.Dropout(self.dropout)(x), bidirectional=False)
        x = keras.layers.Dropout(self.dropout)(Pool(self.pooling)(x))
        x = keras.ops.reshape(keras.layers.Dense(horizon)(x), (-1, channels, horizon))
        outputs = keras.ops.transpose(x, (0, 2, 1)) * deviation + mean
        return keras.Model(inputs, forecast_channels(outputs, spec, channels), name="lstm")
