"""Environments that an agent learns in, which can be brought back to where they were."""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SEEDS = 1_000_000
"""How many seeds a part has before those of the next begin."""


class Episodes(gymnasium.Wrapper[Any, Any, Any, Any]):
    """An environment each of whose episodes is a function of its number and of the actions taken in it.

    The simulator behind an environment can be neither copied nor written in general; that it repeats itself from a seed
    is what Gymnasium asks of every one.

    Args:
        env: The environment.
        seed: Of an episode by its number.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], seed: Callable[[int], int]) -> None:
        super().__init__(env)
        self._seed = seed
        self._next = 0
        self._actions: list[Any] = []

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin the next episode, by its own seed."""
        del seed
        self._actions = []
        self._next += 1
        return self.env.reset(seed=self._seed(self._next - 1), options=options)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Take a step and remember it."""
        self._actions.append(np.array(action))
        return self.env.step(action)

    def get_state(self) -> dict[str, Any]:
        """The episode's number and its actions so far."""
        return {"episode": self._next - 1, "actions": np.array(self._actions)}

    def repeat(self, state: Mapping[str, Any]) -> Any:
        """Play an episode again up to where it was; the observation there."""
        self._next = state["episode"]
        observation, _ = self.reset()
        for action in state["actions"]:
            observation, *_ = self.step(action)
        return observation


class Environments:
    """Environments side by side; each begins its next episode in the step that ends one.

    Args:
        part: An environment part.
        count: How many.

    Attributes:
        seen: The latest observations (count, ...).
    """

    def __init__(self, part: Any, count: int) -> None:
        def make(number: int) -> Episodes:
            return Episodes(part.make(), lambda episode: part.seed + (episode * count + number) % _SEEDS)

        self._vector = SyncVectorEnv(
            [partial(make, number) for number in range(count)], autoreset_mode=AutoresetMode.SAME_STEP
        )
        self.seen, _ = self._vector.reset()

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Take a step in each.

        Returns:
            The observations that followed, before any new episode began; rewards; which states are terminal; which
            episodes ended, be it cut off. Each has a row an environment.
        """
        seen, rewards, terminal, cut, about = self._vector.step(actions)
        self.seen, last = seen, seen
        if "final_obs" in about:
            last = seen.copy()
            for number in np.flatnonzero(about["_final_obs"]):
                last[number] = about["final_obs"][number]
        return last, rewards, terminal, terminal | cut

    def get_state(self) -> dict[str, Any]:
        """The episodes that are being played, and what is seen in them."""
        return {"episodes": [env.get_state() for env in self._episodes], "seen": self.seen}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Play the episodes again up to where they were."""
        pairs = zip(self._episodes, state["episodes"], strict=True)
        self.seen = np.stack([env.repeat(one) for env, one in pairs]).astype(self.seen.dtype)
        if not np.array_equal(self.seen, state["seen"]):
            warnings.warn("The environment does not repeat itself from a seed; its episodes begin anew.", stacklevel=2)
            self.seen, _ = self._vector.reset()

    def close(self) -> None:
        """Close all."""
        self._vector.close()

    @property
    def _episodes(self) -> Sequence[Episodes]:
        episodes: Sequence[Any] = self._vector.envs
        return episodes
