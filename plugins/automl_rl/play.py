"""Acting: greedily in the graph, and by turns with learning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from automl_rl.networks import Expectation
from automl_rl.replay import Steps

if TYPE_CHECKING:
    import keras

    from automl.data import Dataset
    from automl.training import Control
    from automl_rl.dqn import DQN
    from automl_rl.learner import Learner
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


class Play:
    """Acting and learning by turns, over environments side by side."""

    def __init__(
        self,
        plugin: DQN,
        data: Dataset,
        seed: int,
        settings: Control,
        network: keras.Model,
        learner: tuple[Learner, Replay],
    ) -> None:
        self._plugin = plugin
        self._settings = settings
        self._learner, self._replay = learner
        self._act = Greedy(network, plugin.low, plugin.high, training=plugin.noisy)
        self._random = np.random.default_rng(seed)
        part: Any = data.train
        self._environments = part.environments(settings.environments)
        self._seen, _ = self._environments.reset(seed=[part.seed + seed + n for n in range(settings.environments)])
        self._actions = data.spec.details["actions"]
        self._steps = [Steps(plugin.steps, plugin.gamma) for _ in range(settings.environments)]
        self._sums = np.zeros(settings.environments)
        self._fresh: list[Any] = []
        self._taken = 0
        self._learned = 0

    def until(self, most: int) -> dict[str, float]:
        """Play until so many steps are taken in all; mean loss and mean return of the episodes that ended."""
        losses, returns = [], []
        while self._taken < most:
            returns += self._step()
            if self._taken >= self._learned + self._plugin.train_every:
                self._learned = self._taken
                self._replay.add(self._fresh)
                self._fresh = []
                if self._taken >= self._plugin.warmup:
                    share = self._taken / self._settings.steps
                    losses.append(self._learner.learn(self._plugin.gradient_steps, _BETA + (1.0 - _BETA) * share))
        told = {"loss": float(np.mean(losses)) if losses else 0.0, "epsilon": self._epsilon(), "steps": self._taken}
        return told | ({"return": float(np.mean(returns))} if returns else {})

    def close(self) -> None:
        """Close the environments."""
        self._environments.close()

    def _epsilon(self) -> float:
        """The chance of a random action; noisy layers explore by themselves once learning has begun."""
        if self._plugin.noisy:
            return 1.0 if self._taken < self._plugin.warmup else 0.0
        way = self._taken / max(1.0, self._plugin.exploration * self._settings.steps)
        return max(self._plugin.epsilon, 1.0 - way * (1.0 - self._plugin.epsilon))

    def _step(self) -> list[float]:
        """One step in every environment; the returns of the episodes that it ended."""
        count = len(self._seen)
        drawn = self._random.random(count) < self._epsilon()
        actions = self._random.integers(self._actions, size=count)
        if not drawn.all():
            actions = np.where(drawn, actions, self._act(self._seen))
        following, rewards, terminal, cut, about = self._environments.step(actions)
        ended = terminal | cut
        for number in range(count):
            last = about["final_obs"][number] if ended[number] else following[number]
            self._fresh += self._steps[number].add(
                self._seen[number], actions[number], float(rewards[number]), last,
                terminal=bool(terminal[number]), ended=bool(ended[number]),
            )  # fmt: skip
        self._seen = following
        self._taken += count
        self._sums += rewards
        returns: list[float] = self._sums[ended].tolist()
        self._sums[ended] = 0.0
        return returns
