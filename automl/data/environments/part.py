"""A part of an environment: its episodes, under seeds of its own."""

from __future__ import annotations

import contextlib
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from automl.data.dataset import Part
from automl.errors import AutomlError, DataError
from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import tensorflow as tf

_RECORDED = 256
_RANDOM_EPISODES = 20
_REHEARSED = 2


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

    def few(self, count: int) -> EnvironmentPart:
        """See ``Part.few``; the samples are episodes."""
        return EnvironmentPart(self.make, min(count, self.episodes, _REHEARSED), self.seed)

    def environments(self, count: int) -> SyncVectorEnv:
        """So many environments side by side; each begins anew in the step that ends its episode."""
        return SyncVectorEnv([self.make] * count, autoreset_mode=AutoresetMode.SAME_STEP)

    def returns(self, act: Callable[[np.ndarray], np.ndarray], episodes: int, seed: int | None = None) -> np.ndarray:
        """Returns (undiscounted sums of rewards) of so many episodes, played side by side.

        Args:
            act: From observations (n, ...) to actions (n, ...).
            episodes: How many.
            seed: Of the first episode; the next have the next. By default the part's own.

        Raises:
            DataError: The environment breaks off, or gives a reward that is no number.
        """
        first = self.seed if seed is None else seed
        environments = self.environments(episodes)
        with _blamed("reset"):
            observations, _ = environments.reset(seed=[first + number for number in range(episodes)])
        total, running = np.zeros(episodes), np.ones(episodes, bool)
        step = 0
        while running.any():
            step += 1
            actions = act(observations)
            with _blamed("step"):
                observations, rewards, ended, cut, _ = environments.step(actions)
            _check_rewards(rewards, step)
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
        with contextlib.closing(self.make()) as env, _blamed("step"):
            env.action_space.seed(self.seed % 2**31)
            observation, _ = env.reset(seed=self.seed)
            observations, rewards = [], []
            for _ in range(_RECORDED):
                following, reward, ended, cut, _ = env.step(env.action_space.sample())
                observations.append(observation)
                rewards.append(float(reward))
                observation = env.reset()[0] if ended or cut else following
        return np.stack(observations), np.array(rewards, np.float32)

    @override
    def examples(self, count: int) -> np.ndarray:
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


def said(error: Exception) -> str:
    """What an exception of the user's own code says, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    first = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}{where}" if first else f"{type(error).__name__}{where}"


@contextlib.contextmanager
def _blamed(what: str) -> Iterator[None]:
    """Whatever an environment raises is told as the environment's."""
    try:
        yield
    except AutomlError:
        raise
    except Exception as error:
        raise DataError(f"data.env: the environment broke off in {what}: {said(error)}") from error


def _check_rewards(rewards: np.ndarray, step: int) -> None:
    if not np.isfinite(rewards).all():
        wrong = rewards[~np.isfinite(rewards)][0]
        raise DataError(f"data.env: the environment gave a reward of {wrong} in step {step}; it must be a number.")
