"""The engine of several families: each is searched by its own, and a killed study goes on with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from automl.engines.base import Asked, Diverged, Done, Known, Learned, Problem, Proposal, Reported, Told
from automl.engines.families import FamilySearch
from automl.engines.optuna import OptunaSearch
from automl.records import TrialState
from automl.space import FamilySpace, parse

if TYPE_CHECKING:
    from pathlib import Path

CONFIG: dict[str, Any] = {
    "data": {"name": "d"},
    "families": {
        "a": {"model": {"name": "a", "x": {"low": 0.0, "high": 1.0}}, "training": {}},
        "b": {"model": {"name": "b", "x": {"choices": [1, 2]}}, "training": {}},
    },
}


@pytest.fixture
def make(tmp_path: Path) -> Any:
    space = parse(CONFIG)
    assert isinstance(space, FamilySpace)

    def started(name: str) -> OptunaSearch:
        engine = OptunaSearch(sampler="grid" if name == "b" else "tpe")
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        engine.start(Problem(space.spaces[name], ("maximize",), 1, name, folder, 5))
        return engine

    return lambda: FamilySearch(started, ["a", "b"])


def test_families_are_asked_by_name_and_numbered_together(make: Any) -> None:
    engine = make()
    found = [engine.ask_family(name) for name in ("b", "a", "b")]
    assert [one.number for one in found] == [0, 1, 2]
    assert [one.params["model.name"] for one in found] == ["b", "a", "b"]
    assert {found[0].params["families.b.model.x"], found[2].params["families.b.model.x"]} == {1, 2}
    assert isinstance(engine.ask_family("b"), Done)
    engine.report(1, 1, 0.5)
    engine.tell(1, TrialState.COMPLETE, (0.5,))
    engine.learn(Known({"model.name": "a", "families.a.model.x": 0.5}, TrialState.COMPLETE, (0.7,)))
    assert isinstance(engine.ask(), Proposal)


def test_it_goes_on_where_a_killed_process_left_it(make: Any) -> None:
    first = make()
    calls: list[Any] = []
    for name in ("b", "a", "a"):
        proposal = first.ask_family(name)
        first.report(proposal.number, 1, 0.1)
        first.tell(proposal.number, TrialState.COMPLETE, (0.1,))
        told = (Reported(proposal.number, 1, 0.1), Told(proposal.number, TrialState.COMPLETE, (0.1,)))
        calls += [Asked(proposal), *told]
    known = Known({"model.name": "a", "families.a.model.x": 0.25}, TrialState.COMPLETE, (0.9,))
    first.learn(known)
    again = make()
    again.restore([*calls, Learned(known)])
    assert again.ask_family("a") == first.ask_family("a")
    with pytest.raises(Diverged):
        make().restore([Asked(Proposal(0, {"model.name": "a", "families.a.model.x": 0.123}))])
