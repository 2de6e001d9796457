from __future__ import annotations

from typing import TYPE_CHECKING, Any

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna_engine import ask, run, started

from automl.engines.base import Known
from automl.errors import ConfigError, StorageError
from automl.records import TrialState

if TYPE_CHECKING:
    from pathlib import Path


def test_failed_and_pruned_trials_are_told_apart_in_a_journal_that_optuna_reads(tmp_path: Path) -> None:
    engine = started(tmp_path, startup_trials=1, warmup_steps=0)
    run(engine, 4)
    for state in (TrialState.FAILED, TrialState.PRUNED):
        number = ask(engine).number
        engine.report(number, 1, 0.5)
        engine.tell(number, state)
    engine.learn(Known(ask(engine).params, TrialState.COMPLETE, (0.3,), {1: 0.1, 2: 0.3}))
    storage = JournalStorage(JournalFileBackend(str(tmp_path / "journal.log")))
    read = optuna.load_study(study_name="study", storage=storage)
    assert [trial.state.name for trial in read.trials] == ["COMPLETE"] * 4 + ["FAIL", "PRUNED", "RUNNING", "COMPLETE"]
    assert read.trials[7].intermediate_values == {1: 0.1, 2: 0.3}
    assert [trial.params for trial in read.trials] == [trial.params for trial in engine._study.trials]


def test_an_engine_begins_anew_where_another_left_a_journal(tmp_path: Path) -> None:
    assert run(started(tmp_path), 12) == run(started(tmp_path), 12)


def test_what_is_learned_is_learned_from(tmp_path: Path) -> None:
    engine = started(tmp_path, startup_trials=10)
    params = dict(ask(started(tmp_path / "other", sampler="random")).params)
    for index in range(30):
        x = index / 29
        engine.learn(Known({**params, "model.x": x}, TrialState.COMPLETE, (-abs(x - 0.7),)))
    asked = [ask(engine) for _ in range(5)]
    assert sum(abs(one.params["model.x"] - 0.7) for one in asked) / 5 < 0.15
    assert [one.number for one in asked] == [30, 31, 32, 33, 34]
    for outside in ({**params, "model.x": 3.0}, {**params, "model.y": 1}):
        engine.learn(Known(outside, TrialState.COMPLETE, (9.0,)))
    assert len(engine._study.trials) == 35


@pytest.mark.parametrize("sampler", ["tpe", "cmaes", "nsga2"])
@pytest.mark.parametrize("fault", ["removed", "replaced"])
def test_a_journal_that_is_lost_costs_nothing_but_itself(tmp_path: Path, fault: str, sampler: str) -> None:
    fields: dict[str, Any] = {"sampler": sampler, "startup_trials": 2, "population": 4}
    whole, engine = started(tmp_path / "whole", **fields), started(tmp_path / "lost", **fields)
    assert run(whole, 8) == run(engine, 8)
    (tmp_path / "lost" / "journal.log").unlink()
    if fault == "replaced":
        (tmp_path / "lost" / "journal.log").write_text("{")
    assert run(whole, 12) == run(engine, 12)
    assert not whole.note
    assert engine.note.startswith("The search's storage was lost and the search went on in memory: journal.log: it ")


def test_a_journal_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal.log").mkdir()
    with pytest.raises(StorageError, match=r"The search's journal cannot be written in .*: Is a directory"):
        started(tmp_path)


def test_a_name_in_a_database_needs_the_database(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Set search.storage, too. Received: ours"):
        started(tmp_path, study="ours")
