"""Networks that act and that judge, and the one that acts in NumPy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from automl_rl.heads import Deviations

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl_rl.heads import Head
    from automl_rl.moments import Moments

_EPSILON = 1e-8
_FURTHEST = 10.0
_POLICY_GAIN = 0.01
"""Nearly equal chances at the start, whatever is seen (Andrychowicz et al. 2021)."""


@keras.saving.register_keras_serializable(package="automl_rl")
class Standardise(keras.layers.Layer):  # type: ignore[misc]
    """Brings observations to mean 0 and deviation 1 by moments that it is given; cuts what is further than 10."""

    def build(self, shape: Any) -> None:
        """Start with moments that change nothing."""
        self._mean = self.add_weight(shape=shape[1:], initializer="zeros", trainable=False, name="mean")
        self._variance = self.add_weight(shape=shape[1:], initializer="ones", trainable=False, name="variance")

    def call(self, inputs: Any) -> Any:
        """(batch, ...) to the same shape."""
        ops = keras.ops
        return ops.clip((inputs - self._mean) * ops.rsqrt(self._variance + _EPSILON), -_FURTHEST, _FURTHEST)

    def take(self, moments: Moments) -> None:
        """Go by these moments from now on."""
        self._mean.assign(moments.mean)
        self._variance.assign(moments.variance)


def actor_critic(
    shape: tuple[int | None, ...], head: Head, body: tuple[int, int, str], *, standardise: bool
) -> keras.Model:
    """A network from observations to the parameters of a policy and the values of states, (batch,).

    The two share nothing but the convolutions of Mnih et al. (2015) where observations are images. Weights start
    orthogonal (Saxe et al. 2014).

    Args:
        shape: Of an observation.
        head: What the policy's parameters stand for.
        body: Hidden layers, units of each, activation.
        standardise: Whether observations that are no images are standardised.
    """
    inputs = keras.Input(shape, name="inputs")
    x = _convolved(inputs) if len(shape) == 3 else Standardise(name="standardise")(inputs) if standardise else inputs
    x = keras.layers.Flatten(name="flat")(x)
    policy = head.parameters(_perceptron(x, body, head.size, _POLICY_GAIN, "policy"))
    value = _perceptron(x, body, 1, 1.0, "value")
    return keras.Model(inputs, [policy, keras.layers.Reshape((), name="value")(value)], name="actor_critic")


def _perceptron(x: Any, body: tuple[int, int, str], outputs: int, gain: float, name: str) -> Any:
    layers, width, activation = body
    for layer in range(layers):
        start = keras.initializers.Orthogonal(math.sqrt(2.0))
        x = keras.layers.Dense(width, activation, kernel_initializer=start, name=f"{name}_{layer}")(x)
    start = keras.initializers.Orthogonal(gain)
    return keras.layers.Dense(outputs, kernel_initializer=start, name=f"{name}_out")(x)


def _convolved(x: Any) -> Any:
    x = keras.layers.Rescaling(1.0 / 255.0)(x)
    for filters, kernel, strides in ((32, 8, 4), (64, 4, 2), (64, 3, 1)):
        start = keras.initializers.Orthogonal(math.sqrt(2.0))
        x = keras.layers.Conv2D(filters, kernel, strides, "same", activation="relu", kernel_initializer=start)(x)
    return x


class Actor:
    """The policy's half of a network, fast on a handful of observations.

    Dense layers are computed in NumPy, which takes a tenth of the time of a call into the graph; a network with
    convolutions goes through the graph.

    Args:
        network: As ``actor_critic`` makes it.
    """

    def __init__(self, network: keras.Model) -> None:
        self._policy = keras.Model(network.input, network.output[0])
        self._graph = tf.function(self._policy, autograph=False, reduce_retracing=True)
        self.refresh()

    def refresh(self) -> None:
        """Take over the network's weights as they are now."""
        layers = [layer for layer in self._policy.layers if not isinstance(layer, keras.layers.InputLayer)]
        known = all(type(layer) in _COMPUTED for layer in layers)
        self._steps = [_COMPUTED[type(layer)](layer) for layer in layers] if known else None

    def __call__(self, observations: np.ndarray) -> np.ndarray:
        """Parameters of the policy for observations (n, ...)."""
        x = np.asarray(observations, np.float32)
        if self._steps is None:
            parameters: np.ndarray = self._graph(tf.constant(x)).numpy()
            return parameters
        for step in self._steps:
            x = step(x)
        return x


def _dense(layer: Any) -> Callable[[np.ndarray], np.ndarray]:
    kernel, bias = layer.get_weights()
    activate = _ACTIVATIONS[layer.activation.__name__]
    return lambda x: activate(x @ kernel + bias)


def _standardised(layer: Any) -> Callable[[np.ndarray], np.ndarray]:
    mean, variance = layer.get_weights()
    scale = 1.0 / np.sqrt(variance + np.float32(_EPSILON))
    return lambda x: ((x - mean) * scale).clip(-_FURTHEST, _FURTHEST)


def _with_deviations(layer: Any) -> Callable[[np.ndarray], np.ndarray]:
    (logarithms,) = layer.get_weights()
    return lambda x: np.concatenate([x, np.broadcast_to(logarithms, x.shape)], axis=-1)


_ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0.0),
    "tanh": np.tanh,
}
_COMPUTED: dict[type, Callable[[Any], Callable[[np.ndarray], np.ndarray]]] = {
    keras.layers.Dense: _dense,
    keras.layers.Flatten: lambda _: lambda x: x.reshape(len(x), -1),
    Deviations: _with_deviations,
    Standardise: _standardised,
}
