"""Gradient steps of deep Q-learning, as many as wanted in one call into the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:
    import keras

    from automl_rl.replay import Replay, Transition


@dataclass(frozen=True)
class Rules:
    """How targets are made.

    Attributes:
        double: The online network chooses the next action, the target network values it (van Hasselt et al. 2016).
        low: The first atom of a distribution.
        high: Its last atom.
        target_every: Gradient steps after which the target network is renewed.
        batch_size: Transitions in a gradient step.
    """

    double: bool
    low: float
    high: float
    target_every: int
    batch_size: int


class QLearning:
    """Improves a network that maps observations to (batch, actions, atoms): values, or logits of distributions.

    Args:
        network: The online network.
        target: One of the same kind; takes over the online network's weights from time to time.
        optimizer: Keras optimizer.
        replay: Where transitions are drawn from.
        rules: How targets are made.
    """

    def __init__(self, network: keras.Model, target: keras.Model, optimizer: Any, replay: Replay, rules: Rules) -> None:
        self._network = network
        self._target = target
        self._optimizer = optimizer
        self._replay = replay
        self._rules = rules
        self._taken = tf.Variable(0, trainable=False)
        self._optimizer.build(network.trainable_variables)
        target.set_weights(network.get_weights())
        self._learn = tf.function(self._steps, autograph=False)

    def learn(self, steps: int, beta: float) -> float:
        """Take gradient steps; the mean loss over them."""
        return float(self._learn(tf.constant(steps), tf.constant(beta, tf.float32)))

    def state(self) -> dict[str, Any]:
        """What gradient steps change, as ``automl.training.Learner.state`` has it."""
        return {
            "networks": [self._network, self._target],
            "optimizer": self._optimizer,
            "taken": self._taken,
            "replay": self._replay,
        }

    def _steps(self, steps: tf.Tensor, beta: tf.Tensor) -> tf.Tensor:
        def body(count: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return count + 1, total + self._step(beta)

        start = (tf.constant(0), tf.constant(0.0))
        _, total = tf.while_loop(lambda count, _: count < steps, body, start, parallel_iterations=1)
        return total / tf.cast(steps, tf.float32)

    def _step(self, beta: tf.Tensor) -> tf.Tensor:
        rows, batch, weights = self._replay.draw(self._rules.batch_size, beta)
        targets = self._targets(batch)
        with tf.GradientTape() as tape:
            outputs = self._network(tf.cast(batch.observation, tf.float32), training=True)
            chosen = tf.gather(outputs, batch.action, axis=1, batch_dims=1)
            losses, errors = self._losses(chosen, targets)
            loss = tf.reduce_mean(losses * weights)
        variables = self._network.trainable_variables
        self._optimizer.apply(tape.gradient(loss, variables), variables)
        self._replay.revalue(rows, errors)
        self._renew()
        return loss

    def _targets(self, batch: Transition) -> tf.Tensor:
        """What chosen actions should be worth: values (batch, 1), or distributions (batch, atoms)."""
        next_observation = tf.cast(batch.next_observation, tf.float32)
        outputs = self._target(next_observation, training=True)
        judge = self._network(next_observation, training=True) if self._rules.double else outputs
        actions = tf.argmax(values(judge, self._rules.low, self._rules.high), axis=1)
        best = tf.gather(outputs, actions, axis=1, batch_dims=1)
        reward, discount = batch.reward[:, tf.newaxis], batch.discount[:, tf.newaxis]
        if outputs.shape[-1] == 1:
            return reward + discount * best
        return project(tf.nn.softmax(best), reward, discount, self._rules.low, self._rules.high)

    def _losses(self, chosen: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss and priority of each transition: Huber of the error, or cross-entropy of the distribution."""
        if chosen.shape[-1] == 1:
            error = (targets - chosen)[:, 0]
            size = tf.abs(error)
            return tf.where(size < 1.0, 0.5 * tf.square(error), size - 0.5), error
        losses = -tf.reduce_sum(targets * tf.nn.log_softmax(chosen), axis=-1)
        return losses, losses

    def _renew(self) -> None:
        """Let the target network take over the weights when it is time."""
        taken = self._taken.assign_add(1)

        def copy() -> tf.Operation:
            pairs = zip(self._target.variables, self._network.variables, strict=True)
            return tf.group(*(mine.value.assign(its.value) for mine, its in pairs))

        tf.cond(taken % self._rules.target_every == 0, copy, tf.no_op)


def values(outputs: tf.Tensor, low: float, high: float) -> tf.Tensor:
    """Action values (batch, actions) of a network's outputs (batch, actions, atoms)."""
    atoms = outputs.shape[-1]
    if atoms == 1:
        return outputs[..., 0]
    return tf.reduce_sum(tf.nn.softmax(outputs) * tf.linspace(low, high, atoms), axis=-1)


def project(chances: tf.Tensor, reward: tf.Tensor, discount: tf.Tensor, low: float, high: float) -> tf.Tensor:
    """Distributions after a step, laid on the atoms again (Bellemare et al. 2017, algorithm 1).

    Args:
        chances: Of the atoms in the state that followed, (batch, atoms).
        reward: (batch, 1).
        discount: (batch, 1).
        low: The first atom.
        high: The last atom.
    """
    atoms = chances.shape[-1]
    support = tf.linspace(low, high, atoms)
    moved = tf.clip_by_value(reward + discount * support, low, high)
    gap = (high - low) / (atoms - 1)
    share = tf.clip_by_value(1.0 - tf.abs(moved[:, :, tf.newaxis] - support) / gap, 0.0, 1.0)
    return tf.einsum("ba,bas->bs", chances, share)
