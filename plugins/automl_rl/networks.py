"""Networks that value actions, and the layers that they are made of."""

from __future__ import annotations

import math
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="automl_rl")
class NoisyDense(keras.layers.Layer):  # type: ignore[misc]
    """A dense layer with learned factorised Gaussian noise on its weights (Fortunato et al. 2018).

    Args:
        units: Outputs.
        activation: By Keras's name, or None.
        sigma: Deviation at the start, before it is scaled by the inputs; 0.5 in the paper.
    """

    def __init__(self, units: int, activation: str | None = None, sigma: float = 0.5, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        self.activation = activation
        self.sigma = sigma
        self._activate = keras.activations.get(activation)
        self._generator = keras.random.SeedGenerator()

    def build(self, shape: Any) -> None:
        """Make means and deviations."""
        inputs = shape[-1]
        limit = 1.0 / math.sqrt(inputs)
        mean, deviation = (
            keras.initializers.RandomUniform(-limit, limit),
            keras.initializers.Constant(self.sigma * limit),
        )
        self._kernel = self.add_weight(shape=(inputs, self.units), initializer=mean, name="kernel")
        self._bias = self.add_weight(shape=(self.units,), initializer=mean, name="bias")
        self._kernel_sigma = self.add_weight(shape=(inputs, self.units), initializer=deviation, name="kernel_sigma")
        self._bias_sigma = self.add_weight(shape=(self.units,), initializer=deviation, name="bias_sigma")

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """(batch, inputs) to (batch, units); the noise, one draw a call, is there while training only."""
        ops = keras.ops
        kernel, bias = self._kernel, self._bias
        if training:
            rows, columns = (_scaled(keras.random.normal((size,), seed=self._generator)) for size in kernel.shape)
            kernel = kernel + self._kernel_sigma * ops.outer(rows, columns)
            bias = bias + self._bias_sigma * columns
        return self._activate(ops.matmul(inputs, kernel) + bias)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "units": self.units, "activation": self.activation, "sigma": self.sigma}


def _scaled(noise: Any) -> Any:
    return keras.ops.sign(noise) * keras.ops.sqrt(keras.ops.abs(noise))


@keras.saving.register_keras_serializable(package="automl_rl")
class Dueling(keras.layers.Layer):  # type: ignore[misc]
    """The value of a state and the advantages of its actions, their mean taken out (Wang et al. 2016, equation 9)."""

    def call(self, inputs: Any) -> Any:
        """Values (batch, 1, atoms) and advantages (batch, actions, atoms) to (batch, actions, atoms)."""
        value, advantages = inputs
        return value + advantages - keras.ops.mean(advantages, axis=1, keepdims=True)


@keras.saving.register_keras_serializable(package="automl_rl")
class Expectation(keras.layers.Layer):  # type: ignore[misc]
    """Action values: the means of distributions over equally spaced atoms (Bellemare et al. 2017), or the values.

    Args:
        low: The first atom.
        high: The last atom.
    """

    def __init__(self, low: float, high: float, **options: Any) -> None:
        super().__init__(**options)
        self.low = low
        self.high = high

    def call(self, inputs: Any) -> Any:
        """Logits (batch, actions, atoms), or values with one atom, to (batch, actions)."""
        atoms = inputs.shape[-1]
        if atoms == 1:
            return inputs[..., 0]
        support = keras.ops.linspace(self.low, self.high, atoms)
        return keras.ops.sum(keras.ops.softmax(inputs, axis=-1) * support, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "low": self.low, "high": self.high}


def trunk(x: Any, layers: int, width: int, *, noisy: bool) -> Any:
    """Hidden layers over a vector, or over the convolutions of Mnih et al. (2015) where observations are images."""
    if len(x.shape) == 4:
        x = keras.layers.Rescaling(1.0 / 255.0)(x)
        for filters, kernel, strides in ((32, 8, 4), (64, 4, 2), (64, 3, 1)):
            x = keras.layers.Conv2D(filters, kernel, strides, activation="relu", padding="same")(x)
    x = keras.layers.Flatten()(x)
    for _ in range(layers):
        x = NoisyDense(width, "relu")(x) if noisy else _dense(width, "relu")(x)
    return x


def _dense(units: int, activation: str | None = None) -> keras.layers.Dense:
    """A dense layer with weights from U(-1/sqrt(n), 1/sqrt(n)), the common start for value networks."""
    start = keras.initializers.VarianceScaling(1.0 / 3.0, "fan_in", "uniform")
    return keras.layers.Dense(units, activation, kernel_initializer=start)


def action_values(x: Any, actions: int, atoms: int, *, dueling: bool, noisy: bool) -> Any:
    """(batch, width) to (batch, actions, atoms)."""

    def linear(count: int) -> Any:
        layer = NoisyDense(count * atoms) if noisy else _dense(count * atoms)
        return keras.layers.Reshape((count, atoms))(layer(x))

    return Dueling()([linear(1), linear(actions)]) if dueling else linear(actions)
