"""Environments that are brought back to where they were."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("gymnasium", reason="the extra rl is not installed")

import gymnasium

from automl_rl.environments import Environments


def part(env: str) -> Any:
    return SimpleNamespace(make=partial(gymnasium.make, env), seed=11)


@pytest.mark.parametrize("env", ["CartPole-v1", "Acrobot-v1", "MountainCar-v0", "Pendulum-v1"])
def test_environments_go_on_as_if_they_had_never_stopped(env: str) -> None:
    rng = np.random.default_rng(0)
    one, other = Environments(part(env), 3), Environments(part(env), 3)
    box = env.startswith("Pendulum")
    actions = rng.uniform(-2, 2, (260, 3, 1)).astype(np.float32) if box else rng.integers(0, 2, (260, 3))
    for action in actions[:130]:
        one.step(action)
    other.set_state(one.get_state())
    np.testing.assert_array_equal(one.seen, other.seen)
    for action in actions[130:]:
        for mine, its in zip(one.step(action), other.step(action), strict=True):
            np.testing.assert_array_equal(mine, its)


def test_every_episode_has_a_seed_of_its_own() -> None:
    environments = Environments(part("CartPole-v1"), 2)
    first = {tuple(row) for row in environments.seen.tolist()}
    for _ in range(300):
        _, _, _, ended = environments.step(np.zeros(2, int))
        first |= {tuple(row) for row in environments.seen[ended].tolist()}
    again = Environments(part("CartPole-v1"), 2)
    assert {tuple(row) for row in again.seen.tolist()} <= first
    assert len(first) > 50


def test_an_environment_that_does_not_repeat_itself_is_told() -> None:
    class Drifting(gymnasium.Env[Any, Any]):
        observation_space = gymnasium.spaces.Box(-9e9, 9e9, (1,))
        action_space = gymnasium.spaces.Discrete(2)
        drift = 0.0

        def reset(self, *, seed: Any = None, options: Any = None) -> Any:
            return self._seen(), {}

        def step(self, action: Any) -> Any:
            return self._seen(), 0.0, False, False, {}

        def _seen(self) -> np.ndarray:
            Drifting.drift += 1.0
            return np.array([Drifting.drift], np.float32)

    odd: Any = SimpleNamespace(make=Drifting, seed=0)
    one, other = Environments(odd, 2), Environments(odd, 2)
    one.step(np.zeros(2, int))
    with pytest.warns(UserWarning, match="does not repeat itself from a seed; its episodes begin anew"):
        other.set_state(one.get_state())
    other.step(np.zeros(2, int))
