"""Layers of RealMLP (Holzmüller et al. 2024): what is learned at rates of its own, whatever the optimizer's.

A weight that is stored divided by a factor and multiplied by it where it is used moves by the factor times the
learning rate under every optimizer whose steps do not depend on the scale of gradients, as Adam and its kin.

All factors are sixteen times those of the paper, which asks for learning rates as much higher: so the rates of other
networks serve here too, and a layer of 256 inputs learns just as an ordinary one.
"""

from __future__ import annotations

import math
from typing import Any

import keras

REFERENCE = 16.0
"""The root of the inputs of a layer that learns as an ordinary one."""


@keras.saving.register_keras_serializable(package="automl_tabular")
class ScaledDense(keras.layers.Layer):  # type: ignore[misc]
    """A dense layer in the neural tangent parametrisation: what it computes is divided by the root of its inputs.

    Args:
        units: Outputs.
        start: Deviation of its outputs at the start, given inputs of unit variance, and that of its biases.
        rate: Of the biases, as a multiple of the learning rate.
    """

    def __init__(self, units: int, start: float = 1.0, rate: float = 1.6, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        self.start = start
        self.rate = rate

    def build(self, shape: Any) -> None:
        """Make the weights."""
        self._share = REFERENCE / math.sqrt(shape[-1])
        normal = keras.initializers.RandomNormal(stddev=self.start / REFERENCE)
        biases = keras.initializers.RandomNormal(stddev=self.start / self.rate)
        self._kernel = self.add_weight(shape=(shape[-1], self.units), initializer=normal, name="kernel")
        self._bias = self.add_weight(shape=(self.units,), initializer=biases, name="bias")

    def call(self, inputs: Any) -> Any:
        """(..., features) to (..., units)."""
        return keras.ops.tensordot(inputs, self._kernel * self._share, 1) + self.rate * self._bias

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "units": self.units, "start": self.start, "rate": self.rate}


@keras.saving.register_keras_serializable(package="automl_tabular")
class InputScale(keras.layers.Layer):  # type: ignore[misc]
    """A learned factor for every input, by which a network selects among them.

    Args:
        rate: Of the factors, as a multiple of the learning rate.
    """

    def __init__(self, rate: float = 96.0, **options: Any) -> None:
        super().__init__(**options)
        self.rate = rate

    def build(self, shape: Any) -> None:
        """Make the factors, which begin as ones."""
        start = keras.initializers.Constant(1.0 / self.rate)
        self._scale = self.add_weight(shape=(shape[-1],), initializer=start, name="scale")

    def call(self, inputs: Any) -> Any:
        """(..., features) to the same."""
        return inputs * (self.rate * self._scale)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "rate": self.rate}


@keras.saving.register_keras_serializable(package="automl_tabular")
class ParametricActivation(keras.layers.Layer):  # type: ignore[misc]
    """An activation that every unit learns how far to follow: x + w (f(x) - x), w beginning as one.

    Args:
        activation: Keras's name of f.
        rate: Of w, as a multiple of the learning rate.
    """

    def __init__(self, activation: str, rate: float = 1.6, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activation
        self.rate = rate
        self._apply = keras.activations.get(activation)

    def build(self, shape: Any) -> None:
        """Make what w is away from one."""
        self._away = self.add_weight(shape=(shape[-1],), initializer="zeros", name="away")

    def call(self, inputs: Any) -> Any:
        """(..., units) to the same."""
        return inputs + (1.0 + self.rate * self._away) * (self._apply(inputs) - inputs)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "activation": self.activation, "rate": self.rate}
