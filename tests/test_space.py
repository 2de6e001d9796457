from __future__ import annotations

from typing import Any

import pytest

from automl.errors import SpaceError
from automl.space import Choice, Float, Int, parse


def space_of(**model: Any) -> Any:
    return parse({"model": model, "training": {"optimizer": {"choices": ["adam", "sgd"]}}, "search": {"low": 1}})


def test_leaves_become_parameters_of_their_kind() -> None:
    space = space_of(
        blocks={"low": 1, "high": 3},
        rate={"low": 1e-4, "high": 1e-2, "log": True},
        width={"low": 16, "high": 64, "step": 16},
        kind={"choices": ["a", None, [1, 2]]},
        depth=3,
        nested={"dropout": {"low": 0, "high": 0.5}},
    )
    assert space.parameters["model.blocks"] == Int("model.blocks", 1, 3)
    assert space.parameters["model.rate"] == Float("model.rate", 1e-4, 1e-2, log=True)
    assert space.parameters["model.width"] == Int("model.width", 16, 64, step=16)
    assert space.parameters["model.kind"] == Choice("model.kind", ("a", None, [1, 2]))
    assert space.parameters["model.nested.dropout"] == Float("model.nested.dropout", 0.0, 0.5)
    assert space.fixed["model.depth"] == 3
    assert len(space) == 6


@pytest.mark.parametrize(
    ("leaf", "message"),
    [
        ({"low": 5, "high": 2}, "model.a: low must not exceed high. Received: low=5, high=2."),
        ({"low": 0.0, "high": 1, "log": True}, "model.a: log needs low above 0. Received: low=0.0"),
        ({"low": 1}, "model.a: a range needs both low and high. Received: low=1."),
        ({"choices": []}, "model.a.choices: at least one choice is needed. Received: an empty list."),
        ({"choices": "abc"}, "model.a.choices: expected a list. Received: 'abc'."),
        ({"choices": [1, 2, 1]}, "model.a.choices: every choice once. Received: 1 twice."),
        ({"low": 1, "high": 10, "step": 4}, "low=1, high=10, step=4; the nearest high that fits is 9."),
        ({"low": 0.0, "high": 1.0, "step": 0.3}, "the nearest high that fits is 0.8999999999999999."),
        ({"low": 1, "high": 4, "step": 1, "log": True}, "model.a: log and step exclude each other."),
        ({"low": 1, "high": 4, "step": 0}, "model.a.step: expected a number above 0. Received: 0."),
        ({"low": "x", "high": 4}, "model.a.low: expected a number. Received: 'x'."),
        ({"low": True, "high": 4}, "model.a.low: expected a number. Received: True."),
        ({"low": 0, "high": float("inf")}, "model.a.high: expected a finite number. Received: inf."),
        ({"low": 1, "high": 4, "lgo": True}, "model.a: a space has no key 'lgo'. Did you mean: low, log?"),
        ({"low": 1, "high": 4, "when": {"training.optimzer": "sgd"}}, "Did you mean: training.optimizer?"),
        ({"low": 1, "high": 4, "when": "sgd"}, "model.a.when: expected a mapping of paths to values."),
    ],
)
def test_a_bad_space_is_refused_with_path_rule_and_what_was_received(leaf: Any, message: str) -> None:
    with pytest.raises(SpaceError) as error:
        space_of(a=leaf)
    assert message in str(error.value)


def test_what_was_written_last_decides_the_kind() -> None:
    merged = {"choices": [16, 32], "low": 8, "high": 64}
    assert isinstance(space_of(a=merged).parameters["model.a"], Int)


def test_conditions_are_resolved_before_what_they_govern() -> None:
    space = parse(
        {
            "model": {"a": {"low": 0.0, "high": 1.0, "when": {"model.b": [2, 3]}}, "b": {"choices": [1, 2, 3]}},
        }
    )
    assert list(space.parameters) == ["model.b", "model.a"]
    values: dict[str, Any] = {}
    for parameter in space.active(values):
        values[parameter.path] = {"model.b": 1}.get(parameter.path, 0.5)
    assert values == {"model.b": 1}
    assert space.configure(values) == {"model": {"b": 1}}
    assert space.configure({"model.b": 2, "model.a": 0.5}) == {"model": {"a": 0.5, "b": 2}}


def test_a_circle_of_conditions_is_refused() -> None:
    first = {"low": 0, "high": 1, "when": {"model.b": 1}}
    second = {"low": 0, "high": 1, "when": {"model.a": 1}}
    with pytest.raises(SpaceError, match=r"in a circle: model.a, model.b"):
        parse({"model": {"a": first, "b": second}})


def test_middle_is_a_plain_configuration() -> None:
    space = space_of(
        blocks={"low": 1, "high": 3},
        rate={"low": 1e-4, "high": 1e-2, "log": True},
        width={"low": 16, "high": 64, "step": 16},
    )
    middle = space.middle()
    assert middle["model.blocks"] == 2
    assert middle["model.rate"] == pytest.approx(1e-3)
    assert middle["model.width"] == 32
    assert middle["training.optimizer"] == "adam"
    assert space.configure(middle)["training"] == {"optimizer": "adam"}
