"""Multilayer perceptrons for tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import keras
import numpy as np

from automl.plugin import Above, AtMost, Between, Dropout, Units, override
from automl.training import KerasPlugin, head
from automl_tabular.layers import Periodic, PiecewiseLinear

if TYPE_CHECKING:
    from automl.data import DataSpec


@dataclass
class MLP(KerasPlugin):
    """Dense layers over embedded columns, plain or residual (Gorishniy et al. 2021, 2022).

    With no layers and ``numeric: plain`` it is linear regression, or logistic regression.

    Attributes:
        layers: Hidden layers, or residual blocks of two layers each; 0 for none.
        width: Units of a layer.
        residual: Pre-normalized residual blocks as in the tabular ResNet of Gorishniy et al. (2021).
        normalization: Of the hidden layers: ``none``, ``batch`` or ``layer``.
        dropout: Share of hidden units that is dropped.
        numeric: How numbers enter: ``plain``; ``piecewise``-linear or ``periodic`` embeddings (Gorishniy et al. 2022).
        numeric_width: Length of the embedding of one number.
        bins: Bins of the piecewise-linear embedding; at most 64.
        sigma: Deviation of the frequencies of the periodic embedding at the start.
    """

    layers: Annotated[int, Between(0, 256)]
    width: Units = 256
    residual: bool = False
    normalization: Literal["none", "batch", "layer"] = "none"
    dropout: Dropout = 0.0
    numeric: Literal["plain", "piecewise", "periodic"] = "piecewise"
    numeric_width: Annotated[int, Between(1, 4096)] = 12
    bins: Annotated[int, Between(2, 64)] = 32
    sigma: Annotated[float, Above(0), AtMost(1000)] = 0.1

    @override
    def build(self, spec: DataSpec) -> keras.Model:
        assert isinstance(spec.inputs, dict)
        inputs = {name: keras.Input(one.shape, dtype=one.dtype, name=name) for name, one in spec.inputs.items()}
        parts = []
        if "numeric" in inputs:
            parts.append(self._numbers(inputs["numeric"], spec))
        if "categorical" in inputs:
            parts += _categories(inputs["categorical"], spec)
        x = keras.layers.Concatenate()(parts) if len(parts) > 1 else parts[0]
        if self.residual and self.layers:
            x = keras.layers.Dense(self.width)(x)
        for _ in range(self.layers):
            x = self._block(x) if self.residual else self._layer(x)
        if self.residual and self.layers:
            x = keras.layers.ReLU()(self._normalize()(x))
        return keras.Model(inputs, head(spec)(x), name="mlp")

    def _numbers(self, x: Any, spec: DataSpec) -> Any:
        if self.numeric == "plain":
            return x
        if self.numeric == "periodic":
            x = Periodic(self.bins, self.sigma, self.numeric_width)(x)
        else:
            x = PiecewiseLinear(_edges(spec, self.bins), self.numeric_width)(x)
        return keras.layers.Flatten()(keras.layers.ReLU()(x))

    def _layer(self, x: Any) -> Any:
        x = self._normalize()(keras.layers.Dense(self.width, kernel_initializer="he_normal")(x))
        return keras.layers.Dropout(self.dropout)(keras.layers.ReLU()(x))

    def _block(self, x: Any) -> Any:
        y = keras.layers.Dense(2 * self.width, kernel_initializer="he_normal")(self._normalize()(x))
        y = keras.layers.Dropout(self.dropout)(keras.layers.ReLU()(y))
        return keras.layers.Add()([x, keras.layers.Dense(self.width)(y)])

    def _normalize(self) -> keras.layers.Layer:
        match self.normalization:
            case "batch":
                return keras.layers.BatchNormalization(momentum=0.9)
            case "layer":
                return keras.layers.LayerNormalization()
        return keras.layers.Identity()


def _categories(codes: Any, spec: DataSpec) -> list[Any]:
    """One embedding a column; its length grows slowly with the number of categories (as in fast.ai's tables)."""
    sizes = [
        len(spec.statistics["vocabularies"][name]) + 1
        for name, kind in spec.details["columns"]
        if kind == "categorical"
    ]
    return [
        keras.layers.Embedding(size, min(64, round(1.6 * size**0.56)))(codes[:, number])
        for number, size in enumerate(sizes)
    ]


def _edges(spec: DataSpec, bins: int) -> np.ndarray:
    """Quantiles of each feature that part it into so many bins; equal ones make empty bins, which are passed over."""
    quantiles = np.array(spec.statistics["quantiles"])
    return quantiles[:, np.linspace(0, quantiles.shape[1] - 1, bins + 1).round().astype(int)]
