from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import optuna
import pytest
from driver import scripted, start, summary
from optuna_engine import ask, run, score, started
from postgres import postgres

from automl.engines.base import Done
from automl.engines.optuna import OptunaSearch, database
from automl.errors import AutomlError
from automl.records import TrialState
from automl.space import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def shared(tmp_path: Path) -> dict[str, Any]:
    """The settings of drivers that share a study."""
    return {"storage": f"sqlite:///{tmp_path / 'studies.db'}", "study": "ours"}


@pytest.fixture
def server() -> Iterator[str]:
    with postgres() as address:
        yield address


def states(engine: OptunaSearch) -> list[str]:
    return [trial.state.name for trial in engine._study.trials]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_drivers_share_numbers_and_results_and_no_point(
    tmp_path: Path, shared: dict[str, Any], kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "postgresql":
        shared["storage"] = request.getfixturevalue("server")
    first, second = (started(tmp_path / name, startup_trials=4, **shared) for name in ("a", "b"))
    asked = [ask(engine) for engine in (first, second, first, second, first)]
    assert [one.number for one in asked] == [0, 1, 2, 3, 4]
    assert len({one.params["model.x"] for one in asked}) == 5
    for one, engine in zip(asked, (first, second) * 2, strict=False):
        assert not engine.report(one.number, 1, 0.5)
        engine.tell(one.number, TrialState.COMPLETE, [score(one.params)])
    assert states(second) == ["COMPLETE"] * 4 + ["RUNNING"]
    first.close()
    assert states(second) == ["COMPLETE"] * 4 + ["FAIL"]
    third = started(tmp_path / "c", **shared)
    assert ask(third).number == 5
    for engine in (second, third):
        engine.close()


@pytest.mark.parametrize(("sampler", "ends"), [("grid", True), ("qmc", False)])
def test_drivers_take_from_one_sequence(tmp_path: Path, shared: dict[str, Any], sampler: str, ends: bool) -> None:
    space = parse({"model": {"x": {"low": 0.0, "high": 1.0}}})
    engines = [started(tmp_path / name, space=space, sampler=sampler, grid_points=8, **shared) for name in ("a", "b")]
    asked = [ask(engines[index % 2]).params["model.x"] for index in range(8)]
    assert len({int(x * 7.999) for x in asked}) == 8  # one of each eighth
    assert all(isinstance(engine.ask(), Done) == ends for engine in engines)
    for engine in engines:
        engine.close()


def test_trials_of_a_driver_that_died_are_failed_and_come_back_with_it(
    tmp_path: Path, shared: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, other = (started(tmp_path / name, startup_trials=1, **shared) for name in ("a", "b"))
    found = [ask(dead), ask(dead)]
    dead.report(found[0].number, 1, 0.5)
    for engine in (dead, other):
        assert engine._pulse is not None
        engine._pulse.close()
    back = started(tmp_path / "a", **shared)
    assert back._attach(found) == set()
    assert back.report(found[0].number, 2, 0.6) is False
    storage: Any = other._study._storage
    monkeypatch.setattr(storage._backend, "_get_stale_trial_ids", lambda _: [2])  # trial 1
    ask(other)
    assert states(other) == ["RUNNING", "FAIL", "RUNNING"]
    for one in found:
        back.report(one.number, 3, 0.7)
        back.tell(one.number, TrialState.COMPLETE, [0.7])
    assert states(other) == ["COMPLETE", "FAIL", "RUNNING", "COMPLETE"]
    told = other._study.trials
    assert [told[0].intermediate_values, told[3].intermediate_values] == [{1: 0.5, 2: 0.6, 3: 0.7}, {3: 0.7}]
    assert told[3].params == told[1].params
    assert ask(back).params["model.x"] not in {trial.params["model.x"] for trial in told}
    other.close()
    back.close()


def test_what_is_searched_otherwise_is_not_shared(tmp_path: Path, shared: dict[str, Any]) -> None:
    started(tmp_path / "a", **shared).close()
    with pytest.raises(AutomlError, match=r"search.study: 'ours' in sqlite:///.* is to maximize. Choose another sea"):
        started(tmp_path / "b", directions=("minimize",), **shared)
    narrow = parse({"model": {"x": {"low": 0.0, "high": 0.5}}})
    with pytest.raises(AutomlError, match=r"searches another space: model.kind is {\"choices\": .*Received: not sear"):
        started(tmp_path / "b", space=narrow, **shared)
    theirs = optuna.create_study(storage=shared["storage"], study_name="theirs")
    theirs.tell(theirs.ask(), 1.0)
    with pytest.raises(AutomlError, match=r"'theirs' in .* has trials of another program. Choose another search.stu"):
        started(tmp_path / "b", directions=("minimize",), storage=shared["storage"], study="theirs")


def test_a_database_that_is_lost_ends_no_search(
    tmp_path: Path, shared: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = started(tmp_path, startup_trials=2, **shared)
    run(engine, 4)
    running = ask(engine)
    engine.report(running.number, 1, 0.5)
    broken = OSError("server closed the connection")
    monkeypatch.setattr(engine._study._storage, "get_all_trials", lambda *_, **__: (_ for _ in ()).throw(broken))
    assert [ask(engine).number for _ in range(2)] == [5, 6]
    engine.report(running.number, 2, 0.6)
    for number in (running.number, 5, 6):
        engine.tell(number, TrialState.COMPLETE, [0.6])
    assert len(engine._study.trials) == 7
    assert engine._study.trials[4].intermediate_values == {1: 0.5, 2: 0.6}
    assert engine.note.endswith("lost and the search went on in memory: server closed the connection.")
    engine.close()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nonsense://x", r"a study is not kept in 'nonsense'. Available: mysql, postgresql, sqlite. Received: nonse"),
        ("postgres", r"expected an address. Name a database, such as postgresql://.* Received: 'postgres'"),
        ("sqlite://", r"the address names no file"),
        ("sqlite:////nowhere/at/all.db", r"/nowhere/at/all.db lies in a folder that does not exist"),
        (f"sqlite:///{__file__}", r"test_optuna_database.py is not an SQLite database"),
        ("postgresql+psycopg://me:secret@127.0.0.1:1/x", r"postgresql\+psycopg://\*\*\*@127.0.0.1:1/x cannot be open"),
        ("postgres://127.0.0.1:1/x?user=me&password=secret", r"x\?user=me&password=\*\*\* cannot be opened: .*refused"),
    ],
)
def test_an_address_that_is_none_or_answers_not_is_told_without_its_password(
    tmp_path: Path, address: str, message: str
) -> None:
    with pytest.raises(AutomlError, match=rf"^search.storage: .*{message}") as caught:
        started(tmp_path, storage=address)
    assert "secret" not in str(caught.value)


def test_a_database_needs_the_package_that_speaks_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "find_spec", lambda _: None)
    with pytest.raises(
        AutomlError, match=r"mysql needs the package 'pymysql'. Install the extra: pip install 'automl\[m"
    ):
        started(tmp_path, storage="mysql://localhost/x")


@pytest.mark.slow
def test_two_commands_share_a_study_through_postgresql(tmp_path: Path, server: str) -> None:
    words = ["model.x={low:0.0,high:1.0}", "search.study=ours", "search.trials=4", "search.startup_trials=2"]
    storage = f"search.storage='{server}'"
    commands = [start(tmp_path, *scripted(*words, storage, name=name)) for name in ("one", "two")]
    for command in commands:
        output = command.communicate(timeout=240)
        assert command.returncode == 0, output
    study = optuna.load_study(study_name="ours", storage=server.replace("postgresql:", "postgresql+psycopg:"))
    trials = study.get_trials()
    told: list[dict[str, Any]] = [trial for name in ("one", "two") for trial in summary(tmp_path, name)["trials"]]
    assert sorted(json.dumps(trial["params"]) for trial in told) == sorted(json.dumps(trial.params) for trial in trials)
    assert len({trial.params["model.x"] for trial in trials}) == 8
    assert [trial.number for trial in trials] == list(range(8))
    assert {trial.state.name for trial in trials} <= {"COMPLETE", "PRUNED"}
