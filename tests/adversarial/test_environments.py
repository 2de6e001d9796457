"""What a person feeds as an environment: it works, or one sentence says what to change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("gymnasium", reason="the extra rl is not installed")

import gymnasium
from gymnasium import spaces

from automl.data.environments.gymnasium import Gymnasium
from automl.errors import AutomlError
from automl.fields import construct

if TYPE_CHECKING:
    from collections.abc import Iterator

VECTOR = spaces.Box(-1.0, 1.0, (3,), np.float32)


class Odd(gymnasium.Env[Any, Any]):
    """An environment that does what it is told to, however odd."""

    def __init__(
        self, observations: Any = VECTOR, actions: Any = None, length: int | None = 5, fault: str = ""
    ) -> None:
        self.observation_space = observations
        self.action_space = actions or spaces.Discrete(2)
        self.length, self.fault, self.steps = length, fault, 0
        if fault == "make":
            raise RuntimeError("no licence")

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.steps = 0
        if self.fault == "reset":
            raise ValueError("no reset")
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> Any:
        assert self.action_space.contains(action), f"{action} is no action"
        self.steps += 1
        if self.fault == "step":
            raise ZeroDivisionError("in the\nmiddle")
        seen = np.zeros(7, np.float32) if self.fault == "shape" else self.observation_space.sample()
        reward = {"nan": np.nan, "text": "much", "infinite": np.inf}.get(self.fault, 1.0)
        return seen, reward, self.length is not None and self.steps >= self.length, False, {}


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    gymnasium.register("Odd-v0", Odd, disable_env_checker=True)  # type: ignore[arg-type]
    yield
    gymnasium.registry.pop("Odd-v0")


def opened(env: str | None = "Odd-v0", **fields: Any) -> Any:
    loader = construct(Gymnasium, {"name": "환경", "env": env, "episodes": 2, **fields}, "data")
    return loader.open(Path("unused"), 0)


@pytest.mark.parametrize(
    ("arguments", "fields", "shape", "actions"),
    [
        ({}, {}, (3,), 2),
        ({"observations": spaces.Discrete(4)}, {}, (4,), 2),
        ({"observations": spaces.MultiBinary(4)}, {}, (4,), 2),
        ({"observations": spaces.Dict(a=VECTOR, b=spaces.Discrete(2))}, {}, (5,), 2),
        ({"observations": spaces.Tuple([VECTOR, VECTOR])}, {}, (6,), 2),
        ({"observations": spaces.Box(0, 255, (8, 8, 3), np.uint8)}, {}, (8, 8, 3), 2),
        ({"actions": spaces.Discrete(3, start=5)}, {}, (3,), 3),
        ({"actions": spaces.Box(-1.0, 1.0, (2,))}, {"bins": 3}, (3,), 9),
        ({"actions": spaces.Box(-1.0, 1.0, (2,))}, {}, (3,), None),
    ],
)
def test_spaces_that_work(
    arguments: dict[str, Any], fields: dict[str, Any], shape: tuple[int, ...], actions: int | None
) -> None:
    data = opened(arguments=arguments, **fields)
    assert data.spec.input.shape == shape
    assert data.spec.details["actions"] == actions
    assert data.validation.random_return() == 5.0
    assert data.train.arrays()[0].shape == (256, *shape)


@pytest.mark.parametrize(
    ("arguments", "fields", "message"),
    [
        ({"observations": spaces.Graph(VECTOR, None)}, {}, "observations must be numbers of a fixed shape"),
        ({"observations": spaces.Sequence(VECTOR)}, {}, "observations must be numbers of a fixed shape"),
        ({"observations": spaces.Box(-1.0, 1.0, (0,))}, {}, "observations must be numbers of a fixed shape"),
        ({"actions": spaces.Dict(a=VECTOR)}, {}, "actions must be discrete or in a box. Odd-v0 has: Dict("),
        ({"actions": spaces.MultiDiscrete([2, 3])}, {}, "actions must be discrete or in a box. Odd-v0 has: Multi"),
        ({"actions": spaces.Discrete(1)}, {}, "there is nothing to choose among 1 action. Received: Odd-v0."),
        ({"actions": spaces.Discrete(10**6)}, {}, "data.env: Odd-v0 are 1,000,000 actions; at most 10,000"),
        (
            {"actions": spaces.Box(-1.0, 1.0, (6,))},
            {"bins": 50},
            "50 values in each direction are 15,625,000",
        ),
        ({"actions": spaces.Box(-np.inf, 1.0, (2,))}, {"bins": 3}, "cannot be brought to numbers: "),
        (
            {"fault": "make"},
            {},
            "cannot be made with data.arguments={'fault': 'make'}: RuntimeError: no licence (",
        ),
        ({"wheels": 3}, {}, "cannot be made with data.arguments={'wheels': 3}: TypeError: "),
        ({}, {"max_steps": 0}, "data.max_steps: expected an integer of at least 1 or null. Received: 0."),
        ({}, {"bins": 1}, "data.bins: expected an integer of at least 2 or null. Received: 1."),
    ],
)
def test_environments_that_are_refused(arguments: dict[str, Any], fields: dict[str, Any], message: str) -> None:
    with pytest.raises(AutomlError) as error:
        opened(arguments=arguments, **fields)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("reset", "data.env: the environment broke off in reset: ValueError: no reset (test_environments.py:"),
        ("step", "data.env: the environment broke off in step: ZeroDivisionError: in the (test_environments.py:"),
        ("shape", "data.env: the environment broke off in step: ValueError: "),
        ("text", "data.env: the environment broke off in step: "),
        ("nan", "data.env: the environment gave a reward of nan in step 1; it must be a number."),
        ("infinite", "data.env: the environment gave a reward of inf in step 1; it must be a number."),
    ],
)
def test_environments_that_break_off(fault: str, message: str) -> None:
    with pytest.raises(AutomlError) as error:
        opened(arguments={"fault": fault}).validation.random_return()
    assert message in str(error.value)


def test_an_environment_that_never_ends_an_episode_is_cut_off_with_a_word() -> None:
    data = opened(arguments={"length": None})
    assert data.validation.random_return() == 1000.0
    assert data.spec.warnings == (
        "Odd-v0 has no limit of steps; episodes end after 1,000, or after data.max_steps=<n>.",
    )
    limited = opened(arguments={"length": None}, max_steps=7)
    assert limited.validation.random_return() == 7.0
    assert limited.spec.warnings == ()
    assert limited.spec.details["max_steps"] == 7


def test_a_limit_takes_the_place_of_the_environments_own() -> None:
    assert opened("CartPole-v1").spec.details["max_steps"] == 500
    assert opened("CartPole-v1").spec.warnings == ()
    assert opened("CartPole-v1", max_steps=600).spec.details["max_steps"] == 600


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("good", "gymnasium.register('Mine-v0', 'gymnasium.envs.classic_control:CartPoleEnv')", ""),
        ("broken", "gymnasium.register(", "cannot be made: SyntaxError: "),
        ("raises", "raise OSError('no display')", "cannot be made: OSError: no display (feeds_raises.py:2)"),
        ("without", "", "there is no environment 'feeds_without:Mine-v0'."),
    ],
)
def test_a_module_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str, message: str
) -> None:
    (tmp_path / f"feeds_{name}.py").write_text(f"import gymnasium\n{source}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    env = f"feeds_{name}:Mine-v0"
    if not message:
        assert opened(env).spec.details["actions"] == 2
        gymnasium.registry.pop("Mine-v0")
        return
    with pytest.raises(AutomlError) as error:
        opened(env)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("env", "message"),
    [
        (None, "data.env: the id of an environment is needed, such as CartPole-v1. Received: null."),
        ("CartPol-v1", "Did you mean: CartPole-v1"),
        ("CartPole-v99", "there is no environment 'CartPole-v99'."),
        ("no_module:X-v0", "cannot be made: ModuleNotFoundError: No module named 'no_module'"),
        ("카트폴", "there is no environment '카트폴'"),
        ("", "data.env: "),
        ("a b:c d", "data.env: "),
    ],
)
def test_ids_that_name_nothing(env: str | None, message: str) -> None:
    with pytest.raises(AutomlError) as error:
        opened(env)
    assert message in str(error.value)
