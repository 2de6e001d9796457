"""Environments of Gymnasium."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import gymnasium
from gymnasium.spaces import Box, Discrete

from automl.bounds import Between, Needed, Text
from automl.data.arrays.samples import SUFFIXES
from automl.data.cache import digest
from automl.data.dataset import Dataset, Loader
from automl.data.environments.part import EnvironmentPart, said
from automl.data.spec import DataSpec, TensorSpec
from automl.errors import ConfigError, DataError, nearest
from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Iterator

    from automl.data.samples import Note, Samples

_PART_SEEDS = 1_000_000
# As most of Gymnasium's own environments have.
_STEPS = 1000
# With more actions to choose from, none is tried often enough.
_MOST_ACTIONS = 10_000


@dataclass
class Gymnasium(Loader):
    """A registered environment; its parts are the same environment with seeds that no other part has.

    Attributes:
        name: The name under which results are reported.
        env: The environment's id, such as ``CartPole-v1``, or ``my_envs:MyEnv-v0`` with the module that registers it.
        task: ``control``.
        arguments: What the environment is made with.
        bins: How many values each action in a box is brought to, for agents that choose; null leaves boxes as they are.
        max_steps: Steps after which an episode is cut off; by default the environment's own limit, else 1,000.
        episodes: Greedy episodes of the final evaluation.
    """

    name: Text
    env: Needed | None = None
    task: Text = "control"
    arguments: dict[str, Any] = field(default_factory=dict)
    bins: Annotated[int, Between(2, 65_536)] | None = None
    max_steps: Annotated[int, Between(1, 100_000_000)] | None = None
    episodes: Annotated[int, Between(1, 100_000)] = 100

    def open(self, cache: Path, seed: int) -> Dataset:
        """See ``Loader.open``; nothing is cached."""
        del cache
        sample = self._make()
        parts = [
            EnvironmentPart(self._make, self.episodes, (seed + 1) * 3 * _PART_SEEDS + part * _PART_SEEDS)
            for part in range(3)
        ]
        spec = self._spec(sample, seed)
        sample.close()
        return Dataset(spec, *parts)

    @override
    def samples(self, path: str, spec: DataSpec, note: Note) -> Iterator[Samples]:
        if Path(path).suffix.lower() in SUFFIXES:
            return super().samples(path, spec, note)
        raise DataError(
            "predict: an agent acts on what it observes, step by step, and reads no tables or images. Ask it from"
            " Python, automl.load(<study>).predict(<observations>), or where it is served; or give observations in a"
            f" .npy or .npz file. Received: {path}."
        )

    def _spec(self, env: gymnasium.Env[Any, Any], seed: int) -> DataSpec:
        observations, actions = env.observation_space, env.action_space
        if not isinstance(observations, Box) or 0 in observations.shape:
            raise DataError(f"data.env: observations must be numbers of a fixed shape. {self.env} has: {observations}.")
        details: dict[str, Any] = {"env": self.env, "actions": None}
        if isinstance(actions, Discrete):
            details["actions"] = self._choices(int(actions.n))
        elif isinstance(actions, Box):
            details["action_low"], details["action_high"] = actions.low.tolist(), actions.high.tolist()
        else:
            raise DataError(f"data.env: actions must be discrete or in a box. {self.env} has: {actions}.")
        details["max_steps"] = _limit(env)
        return DataSpec(
            name=self.name,
            task="control",
            inputs=TensorSpec(observations.shape, str(observations.dtype)),
            target=None,
            fingerprint=digest(self.env, self.arguments, self.bins, self.max_steps, seed, gymnasium.__version__),
            details=details,
            warnings=(
                (f"{self.env} has no limit of steps; episodes end after {_STEPS:,}, or after data.max_steps=<n>.",)
                if isinstance(env, _Limited)
                else ()
            ),
        )

    def _choices(self, count: int) -> int:
        if count < 2:
            raise DataError(f"data.env: there is nothing to choose among {count} action. Received: {self.env}.")
        if count > _MOST_ACTIONS:
            what = f"data.bins: {self.bins} values in each direction" if self.bins else f"data.env: {self.env}"
            raise ConfigError(f"{what} are {count:,} actions; at most {_MOST_ACTIONS:,} can be learned. Choose fewer.")
        return count

    def _make(self, **more: Any) -> gymnasium.Env[Any, Any]:
        """One environment as agents see it: vectors or images in, a number or a box out, episodes that end."""
        env = self._made(more)
        try:
            if not isinstance(env.observation_space, Box):
                env = gymnasium.wrappers.FlattenObservation(env)
            if self.bins is not None and isinstance(env.action_space, Box):
                env = gymnasium.wrappers.DiscretizeAction(env, self.bins)
        except Exception as error:  # of spaces without a fixed size, and of boxes without ends
            raise DataError(
                f"data.env: {self.env} cannot be brought to numbers: {said(error)}. Observations:"
                f" {env.observation_space}; actions: {env.action_space}."
            ) from error
        if isinstance(env.action_space, Discrete) and env.action_space.start != 0:
            env = _counted_from_zero(env, env.action_space)
        return env if _limit(env) else _Limited(env, _STEPS)

    def _made(self, more: dict[str, Any]) -> gymnasium.Env[Any, Any]:
        if self.env is None:
            raise ConfigError("data.env: the id of an environment is needed, such as CartPole-v1. Received: null.")
        try:
            limit = {"max_episode_steps": self.max_steps} if self.max_steps else {}
            return gymnasium.make(self.env, **{**self.arguments, **limit, **more})
        except gymnasium.error.DependencyNotInstalled as error:
            raise DataError(f"data.env: {self.env} needs more than is installed: {error}") from error
        except gymnasium.error.UnregisteredEnv as error:
            hint = nearest(self.env, gymnasium.registry)
            raise DataError(
                f"data.env: there is no environment '{self.env}'. {hint.partition(' Available')[0]} One of your own"
                " is named with its module: my_envs:MyEnv-v0."
            ) from error
        except Exception as error:  # environments are anybody's code
            given = f" with data.arguments={self.arguments}" if self.arguments else ""
            raise DataError(f"data.env: {self.env} cannot be made{given}: {said(error)}") from error


class _Limited(gymnasium.wrappers.TimeLimit[Any, Any]):
    """The limit of an environment that has none of its own."""


def _limit(env: gymnasium.Env[Any, Any]) -> int | None:
    return env.spec.max_episode_steps if env.spec else None


def _counted_from_zero(env: gymnasium.Env[Any, Any], space: Discrete) -> gymnasium.Env[Any, Any]:
    """Agents choose among 0, 1, ...; the environment may begin elsewhere."""
    return gymnasium.wrappers.TransformAction(env, lambda action: action + space.start, Discrete(int(space.n)))
