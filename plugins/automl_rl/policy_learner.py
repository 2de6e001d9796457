"""A policy that learns by playing: rollouts and improvements by turns."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from automl.plugin import beat
from automl.training import Learner, Schedule
from automl_rl.actor_critic import Actor, Standardise
from automl_rl.environments import Environments
from automl_rl.heads import head_of
from automl_rl.moments import Moments, RewardScale
from automl_rl.rollout import Play, advantages
from automl_rl.surrogate import Rules, Samples, Surrogate, minibatches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.data import Dataset
    from automl.training import Control
    from automl_rl.ppo import PPO
    from automl_rl.rollout import Rollout

_FURTHEST_REWARD = 10.0
_WORTH_COMPILING = 8000
"""Gradient steps of a small network after which the time that XLA takes to compile them has come back."""


class PolicyLearner(Learner):
    """Learns in epochs of equal numbers of environment steps.

    Args:
        plugin: The hyperparameters.
        data: The environment.
        seed: Fixes initial weights, drawn actions and minibatches.
        settings: How long to learn, and how fast.

    Attributes:
        network: What is learned.
    """

    def __init__(self, plugin: PPO, data: Dataset, seed: int, settings: Control) -> None:
        keras.utils.set_random_seed(seed)
        part: Any = data.train
        self._plugin, self._settings = plugin, settings
        self._plan = plan(settings, plugin.rollout)
        self._validation: Any = data.validation
        self._random = np.random.default_rng(seed)
        self._head = head_of(data.spec, plugin.correlation)
        self.network = plugin.build(data.spec)
        self._actor = Actor(self.network)
        self._play = Play(Environments(part, settings.environments), self._head, self._random)
        self._surrogate = self._improver()
        self._scale = RewardScale(settings.environments, plugin.gamma)
        self._moments = Moments()
        self._standardise(part.arrays()[0])

    def epoch(self, number: int) -> dict[str, float]:
        """Learn for an equal share of the steps, and play greedy episodes on validation seeds."""
        began = time.perf_counter()
        rollouts, steps = self._plan
        share = rollouts * steps * self._settings.environments
        self._play.returns.clear()
        improved = [self._improve(steps) for _ in range(rollouts)]
        metrics = {name: float(np.mean([one[name] for one in improved])) for name in improved[0]}
        metrics |= {"steps": float(number * share), "steps_per_second": share / (time.perf_counter() - began)}
        if self._play.returns:
            metrics["return"] = float(np.mean(self._play.returns))
        self._actor.refresh()
        returns = self._validation.returns(self.act, self._settings.episodes)
        return metrics | {"val_return": float(returns.mean())}

    def act(self, observations: np.ndarray) -> np.ndarray:
        """The most probable actions for observations (n, ...), as the environment takes them."""
        return self._head.best(self._actor(observations))

    def state(self) -> Mapping[str, Any]:
        """The network, what improves it, and the play with its environments."""
        return {
            "network": self.network,
            "optimizer": self._surrogate.optimizer,
            "random": self._random,
            "head": self._head,
            "play": self._play,
            "scale": self._scale,
            "moments": self._moments,
        }

    def weights(self) -> Sequence[np.ndarray]:
        """Those of the network, the moments of observations among them."""
        weights: list[np.ndarray] = self.network.get_weights()
        return weights

    def restore(self, weights: Sequence[np.ndarray]) -> None:
        """Put them back."""
        self.network.set_weights(weights)

    def close(self) -> None:
        """Close the environments."""
        self._play.close()

    def _improver(self) -> Surrogate:
        plugin, settings = self._plugin, self._settings
        rollouts, steps = self._plan
        samples = steps * settings.environments
        total = settings.epochs * rollouts * len(self._order(samples, np.random.default_rng(0)))
        optimizer = keras.optimizers.Adam(Schedule(settings, total), global_clipnorm=settings.clip_norm, epsilon=1e-5)
        rules = Rules(plugin.clip, plugin.clip_values, plugin.value_weight, plugin.entropy)
        jit = total > _WORTH_COMPILING and len(self.network.input.shape) != 4
        return Surrogate(self.network, self._head, optimizer, rules, jit=jit)

    def _order(self, samples: int, random: np.random.Generator) -> np.ndarray:
        return minibatches(samples, self._settings.batch_size, self._plugin.passes, random)

    def _improve(self, steps: int) -> dict[str, float]:
        """Play so many steps in every environment and learn from them."""
        beat()
        self._actor.refresh()
        samples = self._samples(self._play(self._actor, steps))
        found = self._surrogate.improve(samples, self._order(len(samples.action), self._random))
        self._standardise(samples.observation)
        return found

    def _samples(self, rollout: Rollout) -> Samples:
        """The steps of a rollout in one row, judged by the network as it is."""
        rewards = rollout.rewards
        if self._plugin.normalise_rewards:
            rewards = np.clip(self._scale(rewards, rollout.ended), -_FURTHEST_REWARD, _FURTHEST_REWARD)
        rows = rollout.observations.shape[:2]
        seen = rollout.observations.reshape(-1, *rollout.observations.shape[2:])
        values = self._surrogate.values(seen).reshape(rows)
        next_values, values = rollout.next_values(self._surrogate.values, values), values[:-1]
        found = advantages(rollout, rewards, values, next_values, self._plugin.gamma, self._plugin.gae_lambda)
        targets = found + values
        actions = rollout.actions.reshape(-1, *rollout.actions.shape[2:])
        used = seen[: found.size].astype(np.float32)
        return Samples(used, actions, found.ravel().astype(np.float32), targets.ravel().astype(np.float32))

    def _standardise(self, observations: np.ndarray) -> None:
        """Take in what was seen; what the network goes by stays as it was while a rollout is played and learned."""
        for layer in self.network.layers:
            if isinstance(layer, Standardise):
                self._moments.update(observations)
                layer.take(self._moments)


def plan(settings: Control, most: int) -> tuple[int, int]:
    """Equal rollouts in an epoch, and steps of each in every environment.

    Args:
        settings: Steps in all, epochs, environments.
        most: About how many steps over all environments are to be in a rollout.
    """
    share = settings.steps // settings.epochs
    rollouts = max(1, round(share / most))
    return rollouts, max(1, share // (rollouts * settings.environments))
