from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from automl.engines.base import Problem
from automl.engines.optuna import OptunaSearch
from automl.errors import PluginError, StorageError
from automl.records import TrialState
from automl.space import parse

if TYPE_CHECKING:
    from pathlib import Path

    from automl.space import Space

SPACE = parse(
    {
        "model": {
            "x": {"low": 0.0, "high": 1.0},
            "n": {"low": 1, "high": 9, "step": 2},
            "kind": {"choices": ["a", "b", [1, 2]]},
        },
        "training": {
            "optimizer": {"choices": ["adam", "sgd"]},
            "momentum": {"low": 0.5, "high": 0.9, "when": {"training.optimizer": "sgd"}},
        },
    }
)


def started(folder: Path, seed: int = 0, space: Space = SPACE, steps: int | None = 9, **fields: Any) -> OptunaSearch:
    engine = OptunaSearch(**fields)
    engine.start(Problem(space, ("maximize",), seed, "study", folder, steps))
    return engine


def run(engine: OptunaSearch, trials: int) -> list[dict[str, Any]]:
    asked = []
    for _ in range(trials):
        found = engine.ask()
        engine.tell(found.number, TrialState.COMPLETE, [-abs(found.params["model.x"] - 0.7)])
        asked.append(dict(found.params))
    return asked


def test_samples_keep_to_the_space_and_its_conditions(tmp_path: Path) -> None:
    for params in run(started(tmp_path, sampler="random"), 40):
        assert 0.0 <= params["model.x"] <= 1.0
        assert params["model.n"] in (1, 3, 5, 7, 9)
        assert params["model.kind"] in ("a", "b", [1, 2])
        assert ("training.momentum" in params) == (params["training.optimizer"] == "sgd")


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_seed_fixes_what_is_asked(tmp_path: Path, sampler: str) -> None:
    folders = [tmp_path / str(number) for number in range(3)]
    for folder in folders:
        folder.mkdir()
    first, again, other = (
        run(started(folder, seed, sampler=sampler), 15) for folder, seed in zip(folders, (1, 1, 2), strict=True)
    )
    assert first == again
    assert first != other


def test_tpe_learns(tmp_path: Path) -> None:
    asked = run(started(tmp_path), 40)
    late = [abs(params["model.x"] - 0.7) for params in asked[-15:]]
    assert sum(late) / len(late) < 0.15  # uniform sampling gives 0.29


def test_the_median_pruner_waits_for_its_start_up_and_warm_up(tmp_path: Path) -> None:
    engine = started(tmp_path, startup_trials=2, warmup_steps=2)
    for _ in range(2):
        number = engine.ask().number
        assert not any(engine.report(number, step, 0.9) for step in range(1, 6))
        engine.tell(number, TrialState.COMPLETE, [0.9])
    number = engine.ask().number
    assert [engine.report(number, step, 0.1) for step in range(1, 5)] == [False, True, True, True]


def test_no_pruner_never_prunes(tmp_path: Path) -> None:
    engine = started(tmp_path, pruner="none")
    number = engine.ask().number
    assert not any(engine.report(number, step, -1e9) for step in range(1, 50))


def test_hyperband_prunes_some_of_many(tmp_path: Path) -> None:
    engine = started(tmp_path, pruner="hyperband", warmup_steps=1)
    pruned = 0
    for trial in range(20):
        number = engine.ask().number
        if any(engine.report(number, step, float(trial % 5)) for step in range(1, 10)):
            engine.tell(number, TrialState.PRUNED)
            pruned += 1
        else:
            engine.tell(number, TrialState.COMPLETE, [float(trial % 5)])
    assert 0 < pruned < 20


def test_a_failure_is_not_told_as_pruned(tmp_path: Path) -> None:
    engine = started(tmp_path)
    number = engine.ask().number
    engine.report(number, 1, 0.5)
    engine.tell(number, TrialState.FAILED)
    journal = (tmp_path / "journal.log").read_text()
    states = [line for line in journal.splitlines() if '"state":3' in line]  # optuna's TrialState.FAIL
    assert states
    assert '"state":2' not in journal  # PRUNED


def test_a_study_can_be_shared_through_a_database(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'studies.db'}"
    first, second = started(tmp_path, storage=address), started(tmp_path, seed=1, storage=address)
    assert [first.ask().number, second.ask().number, first.ask().number] == [0, 1, 2]


def test_a_storage_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"search.storage: nonsense://x cannot be opened"):
        started(tmp_path, storage="nonsense://x")


def test_the_gaussian_process_needs_its_extra(tmp_path: Path) -> None:
    try:
        import torch  # noqa: F401
    except ImportError:
        with pytest.raises(PluginError, match=r"search.sampler=gp needs the package 'torch'.*automl\[gp\]"):
            started(tmp_path, sampler="gp")
    else:
        small = parse({"model": {"x": {"low": 0.0, "high": 1.0}}})
        assert len(run(started(tmp_path, space=small, sampler="gp", startup_trials=3), 6)) == 6


@pytest.mark.parametrize("fault", ["removed", "replaced"])
def test_a_journal_that_is_lost_costs_nothing_but_itself(tmp_path: Path, fault: str) -> None:
    engine = started(tmp_path, startup_trials=2)
    run(engine, 4)
    number = engine.ask().number
    engine.report(number, 1, 0.5)
    (tmp_path / "journal.log").unlink()
    if fault == "replaced":
        (tmp_path / "journal.log").write_text("{")
    assert [engine.ask().number for _ in range(2)] == [5, 6]
    engine.report(number, 2, 0.6)
    for running in (number, 5, 6):
        engine.tell(running, TrialState.COMPLETE, [0.6])
    known = engine._study.trials
    assert len(known) == 7
    assert [trial.intermediate_values for trial in known if trial.intermediate_values] == [{1: 0.5, 2: 0.6}]
    assert engine.note.startswith("The search's storage was lost and the search went on in memory:")
