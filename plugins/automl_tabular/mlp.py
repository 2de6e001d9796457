"""Multilayer perceptrons for tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import keras
import numpy as np

from automl.plugin import Above, AtMost, Between, Dropout, Units, override
from automl.training import KerasPlugin, Objective, Supervised, head
from automl_tabular import members
from automl_tabular.columns import categories, robust_scale
from automl_tabular.layers import DensePeriodic, Periodic, PiecewiseLinear
from automl_tabular.members import Adapter, MemberDense
from automl_tabular.scaled import InputScale, ParametricActivation, ScaledDense

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.data import DataSpec

_EMBEDDED = 2048
"""Numbers that the embeddings of all numeric columns may have in all: what follows costs as much for every member."""


@dataclass
class MLP(KerasPlugin):
    """Dense layers over embedded columns (Gorishniy et al. 2021, 2022), the tricks of RealMLP and TabM as switches.

    With no layers, one member and ``numeric: plain`` it is linear regression, or logistic regression. ``scaling``,
    ``front_scale``, ``parametrization``, ``activation``, ``parametric``, ``one_hot`` and ``numeric: pbld`` are those of
    RealMLP (Holzmüller et al. 2024); ``members`` are TabM's (Gorishniy et al. 2025).

    Attributes:
        layers: Hidden layers, or residual blocks of two layers each; 0 for none.
        width: Units of a layer.
        residual: Pre-normalized residual blocks as in the tabular ResNet of Gorishniy et al. (2021).
        normalization: Of the hidden layers: ``none``, ``batch`` or ``layer``.
        dropout: Share of hidden units that is dropped.
        numeric: How numbers enter: ``plain``; ``piecewise``-linear or ``periodic`` embeddings (Gorishniy et al. 2022);
            ``pbld``, periodic ones with phases and the number itself beside them.
        numeric_width: Length of the embedding of one number; less where a table has so many that together they would
            take more than 2,048.
        bins: Bins of the piecewise-linear embedding, frequencies of the periodic ones; at most 64.
        sigma: Deviation of the frequencies of the periodic embeddings at the start.
        scaling: ``robust`` scales numbers by median and quartiles and clips them smoothly; piecewise-linear embeddings
            need neither, and have the scaled numbers beside them.
        front_scale: Whether every input of the first layer has a learned factor.
        parametrization: ``ntk`` (neural tangent kernel) divides what a layer computes by the root of its inputs and not
            what its weights begin as, so that layers of every width learn alike.
        activation: Of the hidden layers.
        parametric: Whether every hidden unit learns how far to follow the activation.
        one_hot: Columns of up to so many categories are one-hot; others have embeddings.
        members: Networks in one that share their hidden layers; predictions are their mean.
    """

    layers: Annotated[int, Between(0, 256)]
    width: Units = 256
    residual: bool = False
    normalization: Literal["none", "batch", "layer"] = "none"
    dropout: Dropout = 0.0
    numeric: Literal["plain", "piecewise", "periodic", "pbld"] = "piecewise"
    numeric_width: Annotated[int, Between(1, 4096)] = 12
    bins: Annotated[int, Between(2, 64)] = 48
    sigma: Annotated[float, Above(0), AtMost(1000)] = 0.1
    scaling: Literal["none", "robust"] = "robust"
    front_scale: bool = True
    parametrization: Literal["standard", "ntk"] = "ntk"
    activation: Literal["relu", "selu", "mish", "silu"] = "mish"
    parametric: bool = True
    one_hot: Annotated[int, Between(0, 256)] = 9
    members: Annotated[int, Between(1, 64)] = 1

    @override
    def build(self, spec: DataSpec) -> keras.Model:
        assert isinstance(spec.inputs, dict)
        inputs = {name: keras.Input(one.shape, dtype=one.dtype, name=name) for name, one in spec.inputs.items()}
        x, sections = self._columns(inputs, spec)
        if self.front_scale:
            x = InputScale()(x)
        if self.members > 1:
            x = Adapter(self.members, sections)(x)
        if self.residual and self.layers:
            x = self._dense(self.width)(x)
        for _ in range(self.layers):
            x = self._block(x) if self.residual else self._layer(x)
        if self.residual and self.layers:
            x = self._activate()(self._normalize()(x))
        return keras.Model(inputs, self._head(x, spec), name="mlp")

    @override
    def objective(self, spec: DataSpec, settings: Supervised) -> Objective:
        found = super().objective(spec, settings)
        return members.each(found) if self.members > 1 else found

    @override
    def predictor(self, outputs: Any, spec: DataSpec) -> Any:
        predictions = super().predictor(outputs, spec)
        return members.mean(predictions) if self.members > 1 else predictions

    def _columns(self, inputs: dict[str, Any], spec: DataSpec) -> tuple[Any, Sequence[int]]:
        """All columns side by side, and how many numbers each of them takes."""
        parts, sections = [], []
        if "numeric" in inputs:
            features = inputs["numeric"].shape[1]
            parts.append(self._numbers(inputs["numeric"], spec))
            sections += [parts[0].shape[1] // features] * features
        if "categorical" in inputs:
            coded, lengths = categories(inputs["categorical"], spec, self.one_hot)
            parts, sections = parts + coded, sections + lengths
        return keras.layers.Concatenate()(parts) if len(parts) > 1 else parts[0], sections

    def _numbers(self, x: Any, spec: DataSpec) -> Any:
        width = min(self.numeric_width, max(2, _EMBEDDED // x.shape[1]))
        scaled = robust_scale(spec)(x) if self.scaling == "robust" else x
        match self.numeric:
            case "plain":
                return scaled
            case "piecewise":
                x = keras.layers.ReLU()(PiecewiseLinear(_edges(spec, self.bins), width)(x))
                if self.scaling == "robust":
                    x = keras.layers.Concatenate()([x, keras.layers.Reshape((-1, 1))(scaled)])
            case "periodic":
                x = keras.layers.ReLU()(Periodic(self.bins, self.sigma, width)(scaled))
            case "pbld":
                x = DensePeriodic(self.bins, self.sigma, max(2, width))(scaled)
        return keras.layers.Flatten()(x)

    def _layer(self, x: Any) -> Any:
        x = self._normalize()(self._dense(self.width)(x))
        return keras.layers.Dropout(self.dropout)(self._activate()(x))

    def _block(self, x: Any) -> Any:
        y = self._dense(2 * self.width)(self._normalize()(x))
        y = keras.layers.Dropout(self.dropout)(self._activate()(y))
        return keras.layers.Add()([x, self._dense(self.width)(y)])

    def _dense(self, units: int) -> keras.layers.Layer:
        if self.parametrization == "ntk":
            return ScaledDense(units)
        return keras.layers.Dense(units, kernel_initializer="he_normal")

    def _activate(self) -> keras.layers.Layer:
        if self.parametric:
            return ParametricActivation(self.activation)
        return keras.layers.Activation(self.activation)

    def _normalize(self) -> keras.layers.Layer:
        match self.normalization:
            case "batch":
                return keras.layers.BatchNormalization(momentum=0.9)
            case "layer":
                return keras.layers.LayerNormalization()
        return keras.layers.Identity()

    def _head(self, x: Any, spec: DataSpec) -> Any:
        """The task's own outputs, for each member where there are several."""
        layer, scaled = head(spec), self.parametrization == "ntk"
        if self.members == 1 and not scaled:
            return layer(x)
        _, *shape = layer.compute_output_shape((None, x.shape[-1]))
        units = math.prod(shape)
        if self.members > 1:
            x, shape = MemberDense(units, scaled=scaled, dtype="float32")(x), [self.members, *shape]
        else:
            x = ScaledDense(units, start=0.0, dtype="float32")(x)
        if list(x.shape[1:]) != shape:
            x = keras.layers.Reshape(shape, dtype="float32")(x)
        for one in getattr(layer, "layers", ())[1:]:  # what the task's own head does behind its dense layer
            x = x if isinstance(one, keras.layers.Reshape) else one(x)
        return x


def _edges(spec: DataSpec, bins: int) -> np.ndarray:
    """Quantiles of each feature that part it into so many bins; equal ones make empty bins, which are passed over."""
    quantiles = np.array(spec.statistics["quantiles"])
    return quantiles[:, np.linspace(0, quantiles.shape[1] - 1, bins + 1).round().astype(int)]
