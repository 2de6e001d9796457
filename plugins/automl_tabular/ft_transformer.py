"""Attention over the columns of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import keras

from automl.errors import ConfigError
from automl.plugin import Between, Depth, Dropout, Units, override
from automl.training import KerasPlugin, head
from automl_tabular.columns import category_sizes, robust_scale
from automl_tabular.tokens import AnswerToken, CategoryTokens, Compress, NumberTokens, ReGLU, uniform

if TYPE_CHECKING:
    from automl.data import DataSpec

_FEED_FORWARD = 4 / 3
"""Of the width: what a gated layer of as many weights as an ungated one of twice the width has."""


@dataclass
class FTTransformer(KerasPlugin):
    """FT-Transformer: every column is a token, and blocks of attention relate them (Gorishniy et al. 2021).

    Blocks are normalized before attention and feed-forward layers, the very first attention excepted; of the last block
    the answering token alone is computed.

    Attributes:
        layers: Blocks.
        width: Length of a token; a multiple of ``heads``.
        heads: Of attention.
        attention_dropout: Share of the attention that is dropped.
        dropout: Share of the units of the feed-forward layers that is dropped.
        residual_dropout: Share of what a layer adds to its input that is dropped.
        scaling: ``robust`` scales numbers by median and quartiles and clips them smoothly.
        compression: Columns beyond so many are attended to as that many sums of them, so that the cost grows with the
            number of columns and not with its square.
    """

    layers: Depth = 2
    width: Units = 64
    heads: Annotated[int, Between(1, 256)] = 4
    attention_dropout: Dropout = 0.2
    dropout: Dropout = 0.1
    residual_dropout: Dropout = 0.0
    scaling: Literal["none", "robust"] = "robust"
    compression: Annotated[int, Between(1, 1024)] = 32

    @override
    def build(self, spec: DataSpec) -> keras.Model:
        if self.width % self.heads:
            raise ConfigError(
                f"model.width: expected a multiple of model.heads={self.heads}. Received: {self.width}."
                f" Choose {max(1, self.width // self.heads) * self.heads}, or other heads."
            )
        assert isinstance(spec.inputs, dict)
        inputs = {name: keras.Input(one.shape, dtype=one.dtype, name=name) for name, one in spec.inputs.items()}
        x = AnswerToken()(self._tokens(inputs, spec))
        for number in range(self.layers):
            x = self._block(x, first=number == 0, last=number == self.layers - 1)
        answer = keras.layers.ReLU()(keras.layers.LayerNormalization()(x[:, 0]))
        return keras.Model(inputs, head(spec)(answer), name="ft_transformer")

    def _tokens(self, inputs: dict[str, Any], spec: DataSpec) -> Any:
        """One token a column, (batch, columns, width)."""
        parts = []
        if "numeric" in inputs:
            numbers = robust_scale(spec)(inputs["numeric"]) if self.scaling == "robust" else inputs["numeric"]
            parts.append(NumberTokens(self.width)(numbers))
        if "categorical" in inputs:
            parts.append(CategoryTokens(category_sizes(spec), self.width)(inputs["categorical"]))
        return keras.layers.Concatenate(axis=1)(parts) if len(parts) > 1 else parts[0]

    def _block(self, x: Any, *, first: bool, last: bool) -> Any:
        y = x if first else keras.layers.LayerNormalization()(x)
        asking, x = (y[:, :1], x[:, :1]) if last else (y, x)
        x = keras.layers.Add()([x, keras.layers.Dropout(self.residual_dropout)(self._attention(asking, y))])
        y = keras.layers.LayerNormalization()(x)
        y = keras.layers.Dropout(self.dropout)(ReGLU()(_dense(2 * round(_FEED_FORWARD * self.width), y)))
        y = _dense(self.width, y)
        return keras.layers.Add()([x, keras.layers.Dropout(self.residual_dropout)(y)])

    def _attention(self, asking: Any, tokens: Any) -> Any:
        long = tokens.shape[1] > self.compression + 1
        keys, values = (Compress(self.compression)(tokens) if long else tokens for _ in range(2))
        layer = keras.layers.MultiHeadAttention(
            self.heads,
            self.width // self.heads,
            dropout=self.attention_dropout,
            kernel_initializer=uniform(self.width),
        )
        return layer(asking, values, keys)


def _dense(units: int, x: Any) -> Any:
    return keras.layers.Dense(units, kernel_initializer=uniform(x.shape[-1]))(x)
