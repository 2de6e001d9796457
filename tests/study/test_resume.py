"""Studies that were killed or interrupted go on as if nothing had happened."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from inline_study import resume_study

from automl.records import StudyState, TrialState
from automl.study.journal import JOURNAL, replay

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.records import StudyRecord
    from automl.study import Study

HOW: dict[str, Any] = {"trials": 10, "steps": 5, "fault": "nan", "fault_below": 0.2}


class Killed(BaseException):
    """The process ends here, without another word."""


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], None]:
    """Ends processes once they have written so many events more."""
    left: list[float] = [0.0]
    write = os.write

    def limited(file: int, data: Any) -> int:
        if left[0] <= 0:
            raise Killed
        left[0] -= 1
        return write(file, data)

    def arrange(events: int | None) -> None:
        left[0] = float("inf") if events is None else events

    monkeypatch.setattr("automl.study.journal.file.os.write", limited)
    monkeypatch.setattr("automl.checkpoint.SECONDS", 0.0)
    return arrange


def table(record: StudyRecord) -> list[Any]:
    """What trials came to."""
    return [
        (one.number, dict(one.params), one.outcome, one.value, one.best_step, list(one.history), one.asked)
        for one in record.trials
    ]


def resumed(study: Any, **how: Any) -> Any:
    return resume_study(study, **how)[0]


def run_killed(study: Study) -> bool:
    """Whether the process got to the end."""
    try:
        study.run()
    except Killed:
        return False
    return True


@pytest.mark.parametrize("events", [4, 9])
def test_a_study_that_is_killed_again_and_again_comes_to_the_same(make_study: Any, kill: Any, events: int) -> None:
    kill(None)
    whole, _ = make_study(**HOW)
    whole.run()
    assert {one.state for one in whole.record.trials} == {TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED}
    study, _ = make_study(**HOW)
    kill(5)  # in pre-flight, and in the first trial
    lives = 1
    while not run_killed(study):
        kill(None)
        study = resumed(study)
        kill(events)
        lives += 1
    assert lives > 4
    assert table(study.record) == table(whole.record)
    assert study.record.state is StudyState.FINISHED
    assert study.record.evaluation.test == whole.record.evaluation.test
    assert study.record.evaluation.done == whole.record.evaluation.done
    assert study.record.notes == whole.record.notes
    assert repr(replay(study.record.folder / JOURNAL)) == repr(study.record)
    kept = [one.number for one in study.record.trials if (one.folder / "plugin").is_dir()]
    assert kept == [study.record.best.number]
    assert not list(study.record.folder.rglob("checkpoint.npz"))


def test_what_the_user_interrupted_goes_on_where_it_was(make_study: Any, kill: Any) -> None:
    kill(None)
    whole, _ = make_study(**HOW)
    whole.run()
    study, listener = make_study(**HOW)
    reports = iter(range(1000))

    def interrupt() -> None:
        study.interrupts.count = int(next(reports) >= 2)

    listener.on_report = interrupt
    study.run()
    (trial,) = study.record.trials
    assert study.record.state is StudyState.INTERRUPTED
    assert (trial.outcome, trial.step, trial.message) == ("complete", 3, "Stopped early: the study was interrupted.")
    assert study.record.evaluation is not None
    study = resumed(study)
    assert study.record.best is None
    study.run()
    assert table(study.record) == table(whole.record)
    assert study.record.message == whole.record.message
    assert study.record.evaluation.trial == whole.record.evaluation.trial


def test_an_engine_that_proposes_otherwise_is_replaced_by_one_that_learns(make_study: Any, kill: Any) -> None:
    kill(None)
    study, _ = make_study(**HOW)
    kill(24)
    assert not run_killed(study)
    kill(None)
    before = [
        (one.params, one.outcome, one.value) for one in study.record.trials if one.state is not TrialState.RUNNING
    ]
    study = resumed(study)
    make = study.make_engine
    told: list[Any] = []

    def other(space: Any) -> Any:
        engine = make(space)
        engine._study.sampler = type(engine._study.sampler)(seed=99)
        learn = engine.learn

        def remember(trial: Any) -> None:
            told.append(trial.params)
            learn(trial)

        engine.learn = remember
        return engine

    study.make_engine = other
    study.run()
    assert told[: len(before)] == [params for params, *_ in before]
    assert [(one.params, one.outcome, one.value) for one in study.record.trials[: len(before)]] == before
    assert len(study.record.trials) == 10
    assert study.record.state is StudyState.FINISHED
    (note,) = [note for note in study.record.notes if "engine" in note]
    assert note.startswith("the search engine cannot go on where it was, and begins anew with what is known. Trial 0")
    kill(None)
    study = resumed(study, trials=11)
    study.make_engine = other
    study.run()
    assert len(study.record.trials) == 11
    assert len([note for note in study.record.notes if "engine" in note]) == 1
