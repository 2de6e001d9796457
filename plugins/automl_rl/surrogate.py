"""Improving a policy by the clipped objective, all passes over a rollout in one call into the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    import keras

    from automl_rl.heads import Head


class Samples(NamedTuple):
    """Steps of a rollout in one row.

    Attributes:
        observation: What was seen.
        action: As the policy knows it.
        advantage: How much better than expected the action was.
        target: What the state's value should be.
    """

    observation: Any
    action: Any
    advantage: Any
    target: Any


@dataclass(frozen=True)
class Rules:
    """What is optimized (Schulman et al. 2017, equations 7 and 9).

    Attributes:
        clip: How far the probability of an action may move before it counts no more.
        clip_values: Whether values are clipped likewise.
        value: Weight of the values' loss.
        entropy: Weight of the policy's entropy.
    """

    clip: float
    clip_values: bool
    value: float
    entropy: float


class Surrogate:
    """Improves a network that gives a policy's parameters and values.

    Args:
        network: From observations to parameters and values.
        head: What the parameters stand for.
        optimizer: Keras optimizer.
        rules: What is optimized.
        jit: Whether XLA compiles it: a second or two once, and a step of a small network takes a third of the time.
    """

    def __init__(self, network: keras.Model, head: Head, optimizer: Any, rules: Rules, *, jit: bool) -> None:
        self._network = network
        self._head = head
        self.optimizer = optimizer
        self._rules = rules
        self.optimizer.build(network.trainable_variables)
        self._improve = tf.function(self._passes, autograph=False, jit_compile=jit)
        self._judge = tf.function(lambda seen: network(seen)[1], autograph=False, reduce_retracing=True)

    def values(self, observations: np.ndarray) -> np.ndarray:
        """Values of observations (n, ...), (n,)."""
        values: np.ndarray = self._judge(tf.constant(observations, tf.float32)).numpy()
        return values

    def improve(self, samples: Samples, order: np.ndarray) -> dict[str, float]:
        """Take a gradient step for each row of ``order``; means of loss, entropy and divergence over them.

        Args:
            samples: A rollout, played by the policy as it is.
            order: Which samples belong to which step, (steps, samples of a step).
        """
        found = self._improve(Samples(*map(tf.constant, samples)), tf.constant(order, tf.int32))
        return dict(zip(("loss", "entropy", "kl"), found.numpy().tolist(), strict=True))

    def _passes(self, samples: Samples, order: tf.Tensor) -> tf.Tensor:
        parameters, values = self._network(samples.observation)
        before = (self._head.log_probability(parameters, samples.action), values)

        def body(step: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            batch = [tf.gather(column, order[step]) for column in (*samples, *before)]
            return step + 1, total + self._step(Samples(*batch[:4]), batch[4], batch[5])

        count = order.shape[0]
        start = (tf.constant(0), tf.zeros(3))
        _, total = tf.while_loop(lambda step, _: step < count, body, start, parallel_iterations=1)
        return total / count

    def _step(self, batch: Samples, chance: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
        variables = self._network.trainable_variables
        with tf.GradientTape() as tape:
            parameters, values = self._network(batch.observation, training=True)
            moved = self._head.log_probability(parameters, batch.action) - chance
            entropy = tf.reduce_mean(self._head.entropy(parameters))
            loss = clipped(tf.exp(moved), standardised(batch.advantage), self._rules.clip)
            loss += self._rules.value * self._value_loss(values, value, batch.target) - self._rules.entropy * entropy
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        # Schulman (2020): an estimate of the divergence that is never negative.
        return tf.stack([loss, entropy, tf.reduce_mean(tf.exp(moved) - 1.0 - moved)])

    def _value_loss(self, values: tf.Tensor, before: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        losses = tf.square(values - target)
        if self._rules.clip_values:
            near = before + tf.clip_by_value(values - before, -self._rules.clip, self._rules.clip)
            losses = tf.maximum(losses, tf.square(near - target))
        return 0.5 * tf.reduce_mean(losses)


def clipped(ratio: tf.Tensor, advantage: tf.Tensor, clip: float) -> tf.Tensor:
    """The loss of a policy whose actions have become so many times as probable (Schulman et al. 2017, equation 7)."""
    near = tf.clip_by_value(ratio, 1.0 - clip, 1.0 + clip)
    return -tf.reduce_mean(tf.minimum(ratio * advantage, near * advantage))


def standardised(advantage: tf.Tensor) -> tf.Tensor:
    """Advantages of a step with mean 0 and deviation 1."""
    centred = advantage - tf.reduce_mean(advantage)
    return centred / (tf.math.reduce_std(advantage) + 1e-8)


def minibatches(samples: int, size: int, passes: int, random: np.random.Generator) -> np.ndarray:
    """Which samples belong to which gradient step: each pass in an order of its own, (steps, samples of a step)."""
    count = max(1, round(samples / size))
    each = samples // count
    return np.concatenate([random.permutation(samples)[: count * each].reshape(count, each) for _ in range(passes)])
