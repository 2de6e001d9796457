"""The joint space of several families."""

from __future__ import annotations

import random
from typing import Any

import pytest

from automl.space import FAMILY, FamilySpace, parse
from automl.space.families import apart, together

CONFIG: dict[str, Any] = {
    "model": {"name": "auto"},
    "training": {"name": "unused"},
    "data": {"name": "표", "task": None},
    "families": {
        "tree": {"model": {"name": "tree", "depth": {"low": 1, "high": 4}}, "training": {"epochs": "auto"}},
        "net-1": {
            "model": {
                "name": "net-1",
                "depth": {"low": 2, "high": 9},
                "kind": {"choices": ["a", "b"]},
                "width": {"low": 8, "high": 64, "when": {"model.kind": "b"}},
                "pooling": {"choices": ["mean", "max"], "when": {"data.task": "text"}},
            },
            "training": {"epochs": 30, "rate": {"low": 1e-4, "high": 1e-2, "log": True}},
        },
    },
}


@pytest.fixture
def space() -> FamilySpace:
    found = parse(CONFIG)
    assert isinstance(found, FamilySpace)
    return found


def test_a_family_is_a_choice_and_its_space_hangs_under_it(space: FamilySpace) -> None:
    rng = random.Random(0)
    seen = set()
    for _ in range(40):
        params = space.sample(rng)
        family, own = apart(params)
        assert set(own) == {one.path for one in space.spaces[family].active(own)}
        seen.add(tuple(sorted(own)))
    assert seen == {
        ("model.depth",),
        ("model.depth", "model.kind", "training.rate"),
        ("model.depth", "model.kind", "model.width", "training.rate"),
    }


def test_it_makes_configurations_of_one_family(space: FamilySpace) -> None:
    params = together("tree", {"model.depth": 3})
    assert params == {FAMILY: "tree", "families.tree.model.depth": 3}
    assert space.configure(params) == {
        "model": {"name": "tree", "depth": 3},
        "training": {"epochs": "auto"},
        "data": {"name": "표", "task": None},
    }
    assert space.middle() == {FAMILY: "tree", "families.tree.model.depth": 2}


def test_what_becomes_known_is_known_to_all(space: FamilySpace) -> None:
    assert space.depends_on("data.task")
    settled = space.given("data.task", "text").settled({"families.tree.training.epochs": 12})
    assert settled.configure(together("tree", {"model.depth": 1}))["training"] == {"epochs": 12}
    assert "families.net-1.model.pooling" in {
        one.path for one in settled.active({FAMILY: "net-1", "families.net-1.model.kind": "a"})
    }
    assert list(settled.without({"tree"}).spaces) == ["net-1"]
