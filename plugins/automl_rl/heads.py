"""How a policy's outputs become actions: a choice among some, or values in a box."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from automl.data import DataSpec

_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


class Head(Protocol):
    """A distribution over actions, made of a network's outputs, called parameters.

    Attributes:
        size: Outputs of the policy's last dense layer.
    """

    size: int

    def parameters(self, outputs: Any) -> Any:
        """Keras outputs (batch, size) to parameters."""

    def log_probability(self, parameters: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
        """Of drawn actions, (batch,)."""

    def entropy(self, parameters: tf.Tensor) -> tf.Tensor:
        """Of each distribution, (batch,)."""

    def draw(self, parameters: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Actions as the policy knows them, one for each row of parameters."""

    def get_state(self) -> Any:
        """What the next draw depends on besides the parameters and the generator."""

    def set_state(self, state: Any) -> None:
        """Be as ``get_state`` told."""

    def played(self, actions: np.ndarray) -> np.ndarray:
        """Actions as the environment takes them."""

    def best(self, parameters: np.ndarray) -> np.ndarray:
        """The most probable actions, as the environment takes them."""

    def answer(self, parameters: Any) -> Any:
        """The most probable actions as a Keras output."""


class Categorical:
    """One of some actions; the parameters are logits.

    Args:
        actions: How many there are.
    """

    def __init__(self, actions: int) -> None:
        self.size = actions

    def parameters(self, outputs: Any) -> Any:
        """The logits as they are."""
        return outputs

    def log_probability(self, parameters: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
        """Of chosen actions (batch,)."""
        chosen = tf.one_hot(actions, self.size)
        return tf.reduce_sum(tf.nn.log_softmax(parameters) * chosen, axis=-1)

    def entropy(self, parameters: tf.Tensor) -> tf.Tensor:
        """In nats."""
        return -tf.reduce_sum(tf.nn.softmax(parameters) * tf.nn.log_softmax(parameters), axis=-1)

    def draw(self, parameters: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Action numbers (n,), drawn by Gumbel noise on the logits."""
        noise = -np.log(random.standard_exponential(parameters.shape, np.float32))
        actions: np.ndarray = (parameters + noise).argmax(axis=-1)
        return actions

    def get_state(self) -> None:
        """Nothing: each draw stands alone."""

    def set_state(self, state: None) -> None:
        """Nothing to take."""

    def played(self, actions: np.ndarray) -> np.ndarray:
        """The numbers as they are."""
        return actions

    def best(self, parameters: np.ndarray) -> np.ndarray:
        """The number of the largest logit."""
        actions: np.ndarray = parameters.argmax(axis=-1)
        return actions

    def answer(self, parameters: Any) -> Any:
        """The number of the largest logit, (batch,)."""
        return Choice(name="actions")(parameters)


class Gaussian:
    """Values in a box, each from a normal distribution; the parameters are means and logarithms of deviations.

    The policy knows a bounded side of the box as -1 to 1, and an unbounded one as it is. What lies outside is played
    as the bound.

    Args:
        low: Least values, of the shape of an action.
        high: Greatest values.
        correlation: Of the noise in successive actions; what is drawn is as likely as without it, but leads further
            (Hollenstein et al. 2024).
    """

    def __init__(self, low: Any, high: Any, correlation: float = 0.0) -> None:
        self._low, self._high = np.asarray(low, np.float32), np.asarray(high, np.float32)
        self._correlation = np.float32(correlation)
        self.size = self._low.size
        self._noise: np.ndarray | None = None

    def parameters(self, outputs: Any) -> Any:
        """Means, and deviations that are weights of their own."""
        return Deviations(name="deviations")(outputs)

    def log_probability(self, parameters: tf.Tensor, actions: tf.Tensor) -> tf.Tensor:
        """Of drawn actions (batch, size), before they are cut to the box."""
        means, logs = tf.split(parameters, 2, axis=-1)
        each = -0.5 * tf.square((actions - means) * tf.exp(-logs)) - logs - _HALF_LOG_TWO_PI
        return tf.reduce_sum(each, axis=-1)

    def entropy(self, parameters: tf.Tensor) -> tf.Tensor:
        """In nats, the sum over the values of an action."""
        _, logs = tf.split(parameters, 2, axis=-1)
        return tf.reduce_sum(logs + 0.5 + _HALF_LOG_TWO_PI, axis=-1)

    def draw(self, parameters: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Actions (n, size), not yet cut to the box."""
        means, logs = np.split(parameters, 2, axis=-1)
        fresh = random.standard_normal(means.shape, np.float32)
        if self._noise is not None:
            fresh = self._correlation * self._noise + np.sqrt(1.0 - self._correlation**2) * fresh
        self._noise = fresh
        actions: np.ndarray = means + np.exp(logs) * fresh
        return actions

    def get_state(self) -> np.ndarray | None:
        """The latest noise, which the next one goes on from."""
        return self._noise

    def set_state(self, state: np.ndarray | None) -> None:
        """Go on from this noise."""
        self._noise = state

    def played(self, actions: np.ndarray) -> np.ndarray:
        """In the units of the box and within it."""
        within: np.ndarray = _into(self._low, self._high, actions.reshape(-1, *self._low.shape), np)
        return within

    def best(self, parameters: np.ndarray) -> np.ndarray:
        """The means in the units of the box."""
        return self.played(np.split(parameters, 2, axis=-1)[0])

    def answer(self, parameters: Any) -> Any:
        """The means in the units of the box, (batch, ...)."""
        means = Means(name="means")(parameters)
        shaped = keras.layers.Reshape(self._low.shape)(means)
        return Within(self._low.tolist(), self._high.tolist(), name="actions")(shaped)


def head_of(spec: DataSpec, correlation: float = 0.0) -> Head:
    """The head for the actions of an environment.

    Args:
        spec: Of the environment.
        correlation: Of the noise in successive actions in a box.
    """
    if spec.details["actions"] is not None:
        return Categorical(spec.details["actions"])
    return Gaussian(spec.details["action_low"], spec.details["action_high"], correlation)


def _into(low: Any, high: Any, actions: Any, ops: Any) -> Any:
    """Actions whose bounded sides reach from -1 to 1, in the units of the box.

    Args:
        low: Least values.
        high: Greatest values.
        actions: (batch, ...).
        ops: NumPy, or what computes like it.
    """
    bounded = np.isfinite(low) & np.isfinite(high)
    half = np.where(bounded, (high - low) / 2.0, 1.0)
    centre = np.where(bounded, low + half, 0.0)
    return ops.clip(actions * half.astype(np.float32) + centre.astype(np.float32), low, high)


@keras.saving.register_keras_serializable(package="automl_rl")
class Deviations(keras.layers.Layer):  # type: ignore[misc]
    """Puts logarithms of deviations, weights that do not depend on the state, beside means."""

    def build(self, shape: Any) -> None:
        """Start with deviations of 1."""
        self.logarithms = self.add_weight(shape=(shape[-1],), initializer="zeros", name="logarithms")

    def call(self, inputs: Any) -> Any:
        """(batch, size) to (batch, 2 size)."""
        return keras.ops.concatenate([inputs, keras.ops.zeros_like(inputs) + self.logarithms], axis=-1)


@keras.saving.register_keras_serializable(package="automl_rl")
class Means(keras.layers.Layer):  # type: ignore[misc]
    """Leaves the deviations out again."""

    def call(self, inputs: Any) -> Any:
        """(batch, 2 size) to (batch, size)."""
        return inputs[..., : inputs.shape[-1] // 2]


@keras.saving.register_keras_serializable(package="automl_rl")
class Choice(keras.layers.Layer):  # type: ignore[misc]
    """The number of the largest logit."""

    def call(self, inputs: Any) -> Any:
        """(batch, actions) to (batch,)."""
        return keras.ops.argmax(inputs, axis=-1)


@keras.saving.register_keras_serializable(package="automl_rl")
class Within(keras.layers.Layer):  # type: ignore[misc]
    """Actions in the units of a box and within it.

    Args:
        low: Least values, of the shape of an action.
        high: Greatest values.
    """

    def __init__(self, low: Any, high: Any, **options: Any) -> None:
        super().__init__(**options)
        self.low = low
        self.high = high

    def call(self, inputs: Any) -> Any:
        """(batch, ...) to (batch, ...)."""
        return _into(np.asarray(self.low, np.float32), np.asarray(self.high, np.float32), inputs, keras.ops)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "low": self.low, "high": self.high}
