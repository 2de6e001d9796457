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

HOW: dict[str, Any] = {"trials": 8, "steps": 4, "fault": "nan", "fault_below": 0.2}


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
        study, _ = resume_study(study)
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
