"""Acting: greedily in the graph, and by turns with learning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from automl.plugin import beat
from automl_rl.networks import Expectation
from automl_rl.replay import Steps, Transition

if TYPE_CHECKING:
    from collections.abc import Mapping

    import keras

    from automl_rl.environments import Environments
    from automl_rl.learner import QLearning
    from automl_rl.replay import Replay

_BETA = 0.4
"""The exponent of importance weights at the start (Hessel et al. 2018, table 1); it rises to 1."""


class Greedy:
    """The actions that a network values most, in one call into the graph.

    Args:
        network: From observations to (batch, actions, atoms).
        low: The first atom.
        high: The last atom.
        training: Whether noisy layers are to be noisy.
    """

    def __init__(self, network: keras.Model, low: float, high: float, *, training: bool = False) -> None:
        expect = Expectation(low, high)

        def act(observations: tf.Tensor) -> tf.Tensor:
            outputs = network(tf.cast(observations, tf.float32), training=training)
            return tf.argmax(expect(outputs), axis=1)

        self._act = tf.function(act, autograph=False, reduce_retracing=True)

    def __call__(self, observations: np.ndarray) -> np.ndarray:
        """Actions (n,) for observations (n, ...)."""
        actions: np.ndarray = self._act(tf.constant(observations)).numpy()
        return actions


@dataclass(frozen=True)
class Turns:
    """When an agent acts at random, and when it learns.

    Attributes:
        steps: Environment steps in all.
        warmup: Environment steps before learning begins.
        every: Environment steps between stretches of learning.
        gradient_steps: Gradient steps in a stretch.
        exploration: Share of all steps over which the chance of a random action falls from 1.
        epsilon: The chance that is left then.
        noisy: Whether the network explores by itself once learning has begun.
    """

    steps: int
    warmup: int
    every: int
    gradient_steps: int
    exploration: float
    epsilon: float
    noisy: bool

    def chance(self, taken: int) -> float:
        """The chance of a random action after so many steps."""
        if self.noisy:
            return 1.0 if taken < self.warmup else 0.0
        way = taken / max(1.0, self.exploration * self.steps)
        return max(self.epsilon, 1.0 - way * (1.0 - self.epsilon))


class Play:
    """Acting and learning by turns, over environments side by side.

    Args:
        environments: Where.
        act: The agent's own actions.
        learning: What improves them.
        replay: What it draws from.
        returns: Adds up the steps of each environment.
        turns: When.
        actions: How many there are to choose from.
        seed: Fixes the random actions.
    """

    def __init__(
        self,
        environments: Environments,
        act: Greedy,
        learning: QLearning,
        replay: Replay,
        returns: list[Steps],
        turns: Turns,
        actions: int,
        seed: int,
    ) -> None:
        self._environments = environments
        self._act = act
        self._learning = learning
        self._replay = replay
        self._steps = returns
        self._turns = turns
        self._actions = actions
        self._random = np.random.default_rng(seed)
        self._sums = np.zeros(len(returns))
        self._fresh: list[Transition] = []
        self._taken = 0
        self._learned = 0

    def until(self, most: int) -> dict[str, float]:
        """Play until so many steps are taken in all; mean loss and mean return of the episodes that ended."""
        losses, returns = [], []
        while self._taken < most:
            returns += self._step()
            if self._taken >= self._learned + self._turns.every:
                self._learned = self._taken
                self._replay.add(self._fresh)
                self._fresh = []
                if self._taken >= self._turns.warmup:
                    beta = _BETA + (1.0 - _BETA) * self._taken / self._turns.steps
                    beat()
                    losses.append(self._learning.learn(self._turns.gradient_steps, beta))
        metrics = {
            "loss": float(np.mean(losses)) if losses else 0.0,
            "epsilon": self._turns.chance(self._taken),
            "steps": float(self._taken),
        }
        return metrics | ({"return": float(np.mean(returns))} if returns else {})

    def close(self) -> None:
        """Close the environments."""
        self._environments.close()

    def get_state(self) -> dict[str, Any]:
        """Where it stands in its episodes, and what is not in the replay yet."""
        return {
            "environments": self._environments.get_state(),
            "steps": [steps.get_state() for steps in self._steps],
            "random": self._random.bit_generator.state,
            "sums": self._sums.copy(),
            "fresh": [np.asarray(column) for column in zip(*self._fresh, strict=True)],
            "taken": self._taken,
            "learned": self._learned,
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Be as ``get_state`` told."""
        self._environments.set_state(state["environments"])
        for steps, one in zip(self._steps, state["steps"], strict=True):
            steps.set_state(one)
        self._random.bit_generator.state = state["random"]
        self._sums = state["sums"]
        self._fresh = [Transition(*row) for row in zip(*state["fresh"], strict=True)]
        self._taken, self._learned = state["taken"], state["learned"]

    def _step(self) -> list[float]:
        """One step in every environment; the returns of the episodes that it ended."""
        seen = self._environments.seen
        drawn = self._random.random(len(seen)) < self._turns.chance(self._taken)
        actions = self._random.integers(self._actions, size=len(seen))
        if not drawn.all():
            actions = np.where(drawn, actions, self._act(seen))
        next_observation, rewards, terminal, ended = self._environments.step(actions)
        for number, steps in enumerate(self._steps):
            self._fresh += steps.add(
                seen[number], actions[number], float(rewards[number]), next_observation[number],
                terminal=bool(terminal[number]), ended=bool(ended[number]),
            )  # fmt: skip
        self._taken += len(seen)
        self._sums += rewards
        returns: list[float] = self._sums[ended].tolist()
        self._sums[ended] = 0.0
        return returns
