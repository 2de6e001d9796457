"""A multilayer perceptron: the smallest whole plugin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import keras

from automl.training import KerasPlugin, head

if TYPE_CHECKING:
    from automl.data import DataSpec


@dataclass
class Perceptron(KerasPlugin):
    """Dense layers over the flattened image (Rumelhart et al. 1986).

    Attributes:
        units: Width of the hidden layers.
        layers: How many there are.
        activation: Of the hidden layers.
    """

    units: int
    layers: int
    activation: Literal["relu", "tanh"] = "relu"

    def build(self, spec: DataSpec) -> keras.Model:
        """See ``KerasPlugin.build``."""
        inputs = keras.Input(spec.input.shape)
        x = keras.layers.Flatten()(inputs)
        for _ in range(self.layers):
            x = keras.layers.Dense(self.units, self.activation)(x)
        return keras.Model(inputs, head(spec)(x))
