"""Environments of Gymnasium."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from automl.data.cache import digest
from automl.data.dataset import Dataset, Loader, Part
from automl.data.spec import DataSpec, TensorSpec
from automl.errors import ConfigError, DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import tensorflow as tf

_RECORDED = 256
_RANDOM_EPISODES = 20
_PART_SEEDS = 1_000_000


@dataclass
class Gymnasium(Loader):
    """A registered environment; its parts are the same environment with seeds that no other part has.

    Attributes:
        name: The name under which results are reported.
        env: The environment's id, such as ``CartPole-v1``.
        task: ``control``.
        arguments: What the environment is made with.
        bins: How many values each action in a box is brought to, for agents that choose; null leaves boxes as they are.
        episodes: Greedy episodes of the final evaluation.
    """

    name: str
    env: str | None = None
    task: str = "control"
    arguments: dict[str, Any] = field(default_factory=dict)
    bins: int | None = None
    episodes: int = 100

    def open(self, cache: Path, seed: int) -> Dataset:
        """See ``Loader.open``; nothing is cached."""
        del cache
        if self.bins is not None and self.bins < 2:
            raise ConfigError(f"data.bins: expected at least 2. Received: {self.bins}.")
        if self.episodes < 1:
            raise ConfigError(f"data.episodes: expected at least 1. Received: {self.episodes}.")
        sample = self._make()
        parts = [
            EnvironmentPart(self._make, self.episodes, (seed + 1) * 3 * _PART_SEEDS + part * _PART_SEEDS)
            for part in range(3)
        ]
        spec = self._spec(sample, seed)
        sample.close()
        return Dataset(spec, *parts)

    def _spec(self, env: gymnasium.Env[Any, Any], seed: int) -> DataSpec:
        observations, actions = env.observation_space, env.action_space
        assert isinstance(observations, Box)
        details: dict[str, Any] = {"env": self.env, "actions": None}
        if isinstance(actions, Discrete):
            details["actions"] = int(actions.n)
        elif isinstance(actions, Box):
            details["action_low"], details["action_high"] = actions.low.tolist(), actions.high.tolist()
        else:
            raise DataError(f"data.env: actions must be discrete or in a box. {self.env} has: {actions}.")
        details["max_steps"] = env.spec.max_episode_steps if env.spec else None
        return DataSpec(
            name=self.name,
            task="control",
            inputs=TensorSpec(observations.shape, str(observations.dtype)),
            target=None,
            fingerprint=digest(self.env, self.arguments, self.bins, seed, gymnasium.__version__),
            details=details,
        )

    def _make(self, **more: Any) -> gymnasium.Env[Any, Any]:
        if self.env is None:
            raise ConfigError("data.env: the id of an environment is needed, such as CartPole-v1. Received: null.")
        try:
            env = gymnasium.make(self.env, **{**self.arguments, **more})
        except gymnasium.error.DependencyNotInstalled as error:
            raise DataError(f"data.env: {self.env} needs more than is installed: {error}") from error
        except gymnasium.error.UnregisteredEnv as error:
            hint = nearest(self.env, gymnasium.registry)
            raise DataError(
                f"data.env: there is no environment '{self.env}'. {hint.partition(' Available')[0]}"
            ) from error
        except (gymnasium.error.Error, ModuleNotFoundError, TypeError) as error:
            raise DataError(f"data.env: {self.env} cannot be made: {error}") from error
        if not isinstance(env.observation_space, Box):
            env = gymnasium.wrappers.FlattenObservation(env)
        if self.bins is not None and isinstance(env.action_space, Box):
            env = gymnasium.wrappers.DiscretizeAction(env, self.bins)
        return env


class EnvironmentPart(Part):
    """An environment with seeds of its own; the samples are observations of a random policy.

    Args:
        make: Makes one environment; keywords such as ``render_mode`` are handed on.
        episodes: How many an evaluation takes.
        seed: The first of this part's seeds.
    """

    def __init__(self, make: Callable[..., gymnasium.Env[Any, Any]], episodes: int, seed: int) -> None:
        self.make = make
        self.episodes = episodes
        self.seed = seed

    def __len__(self) -> int:
        return self.episodes

    def environments(self, count: int) -> SyncVectorEnv:
        """So many environments side by side; each begins anew in the step that ends its episode."""
        return SyncVectorEnv([self.make] * count, autoreset_mode=AutoresetMode.SAME_STEP)

    def returns(self, act: Callable[[np.ndarray], np.ndarray], episodes: int, seed: int | None = None) -> np.ndarray:
        """Returns (undiscounted sums of rewards) of so many episodes, played side by side.

        Args:
            act: From observations (n, ...) to actions (n, ...).
            episodes: How many.
            seed: Of the first episode; the next have the next. By default the part's own.
        """
        first = self.seed if seed is None else seed
        environments = self.environments(episodes)
        observations, _ = environments.reset(seed=[first + number for number in range(episodes)])
        total, running = np.zeros(episodes), np.ones(episodes, bool)
        while running.any():
            observations, rewards, ended, cut, _ = environments.step(act(observations))
            total += np.where(running, rewards, 0.0)
            running &= ~(ended | cut)
        environments.close()
        return total

    def random_return(self) -> float:
        """Mean return of a policy that draws its actions."""
        with contextlib.closing(self.make()) as env:
            space = gymnasium.vector.utils.batch_space(env.action_space, _RANDOM_EPISODES)
        space.seed(self.seed % 2**31)
        return float(self.returns(lambda _: space.sample(), _RANDOM_EPISODES).mean())

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Observations of a random policy, and the rewards that followed them."""
        with contextlib.closing(self.make()) as env:
            env.action_space.seed(self.seed % 2**31)
            observation, _ = env.reset(seed=self.seed)
            observations, rewards = [], []
            for _ in range(_RECORDED):
                following, reward, ended, cut, _ = env.step(env.action_space.sample())
                observations.append(observation)
                rewards.append(float(reward))
                observation = env.reset()[0] if ended or cut else following
        return np.stack(observations), np.array(rewards, np.float32)

    def examples(self, count: int) -> np.ndarray:
        """See ``Part.examples``."""
        return self.arrays()[0][:count]

    def batches(self, batch_size: int) -> tf.data.Dataset:
        """The samples of ``arrays`` in batches."""
        import tensorflow as tf

        return tf.data.Dataset.from_tensor_slices(self.arrays()).batch(batch_size)

    def epochs(self, batch_size: int, *, seed: int, first: int = 0) -> tf.data.Dataset:
        """Not for environments: an agent makes its own samples.

        Raises:
            TypeError: Always.
        """
        del batch_size, seed, first
        raise TypeError("An environment has no epochs of samples; use environments().")
