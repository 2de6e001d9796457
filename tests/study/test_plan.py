"""How long trials are where there is a time limit."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from by_hand import add, put, started

from automl.plugin import CHECKPOINT
from automl.records import Family, StudyRecord, TrialRecord, TrialState
from automl.space import parse
from automl.study.budget import Budget
from automl.study.journal.apply import begun
from automl.study.loop.plan import Plan, with_epochs, with_share

if TYPE_CHECKING:
    from pathlib import Path

SPACE = parse({"model": {"name": "cnn"}, "training": {"epochs": 30}, "data": {"name": "d"}})


@pytest.fixture
def record(tmp_path: Path) -> StudyRecord:
    now = time.time()
    found = begun(started(time=now, deadline=now + 400.0, slots=2), tmp_path)
    put(found, settled={"training.epochs": 30}, families={"cnn": Family(pace=10.0)}, reserve=20.0)
    return found


def plan_of(record: StudyRecord) -> Plan:
    study: Any = SimpleNamespace(record=record, budget=Budget(record.deadline, record.reserve))
    return Plan(study, SPACE)


def ended(record: StudyRecord, epochs: int, value: float, **fields: Any) -> TrialRecord:
    folder = record.folder / str(len(record.trials))
    folder.mkdir()
    (folder / CHECKPOINT).touch()
    history = [{"step": float(step), "seconds": 10.0} for step in range(1, epochs + 1)]
    usual = {"state": TrialState.COMPLETE, "partial": True, "planned": True, "step": epochs, "steps": epochs}
    about = {**usual, "seconds": 12.0 * epochs, "history": history, **fields}
    trial = TrialRecord(len(record.trials), {}, {"model": {"name": "cnn"}}, folder, value=value, **about)
    add(record, trial)
    return trial


def test_several_configurations_are_to_end(record: StudyRecord) -> None:
    plan = plan_of(record)
    assert plan.epochs("cnn") == 3  # 0.4 of 380 s on two slots would let a dozen end after one: it is time for less
    assert not plan.is_whole("cnn")
    put(record, families={"cnn": Family(pace=1.0)})
    assert plan.epochs("cnn") == 19
    put(record, families={"cnn": Family(pace=0.1)})
    assert plan.epochs("cnn") == 30
    assert plan.is_whole("cnn")


def test_epochs_that_were_asked_for_are_kept_to(record: StudyRecord) -> None:
    put(record, settled={})
    assert plan_of(record).epochs("cnn") is None
    put(record, settled={"training.epochs": 30}, deadline=None)
    assert plan_of(record).epochs("cnn") is None


def test_no_trial_begins_that_could_not_end(record: StudyRecord) -> None:
    put(record, deadline=time.time() + 30.0)
    assert plan_of(record).epochs("cnn") == 1  # the first is worth trying, whatever comes of it
    ended(record, 3, 0.9)
    assert plan_of(record).epochs("cnn") == 0


def test_the_best_goes_on_once_the_first_part_of_the_time_is_over(record: StudyRecord) -> None:
    ended(record, 3, 0.9)
    best = ended(record, 3, 0.95)
    assert plan_of(record).promotion() is None
    put(record, started=time.time() - 160.0, deadline=time.time() + 240.0)
    promotion = plan_of(record).promotion()
    assert promotion is not None
    assert promotion.trial is best
    assert 20 <= promotion.epochs <= 25
    ended(record, 20, 0.97, origin="promoted", start_from=best.number, planned=False)
    promotion = plan_of(record).promotion()
    assert promotion is not None
    assert promotion.trial.number == 0
    put(record, deadline=time.time() + 40.0)
    assert plan_of(record).promotion() is None


def test_where_no_epoch_would_end_a_share_of_the_samples_is_learned_from(record: StudyRecord) -> None:
    assert plan_of(record).share("cnn") == 1.0
    put(record, deadline=time.time() + 40.0)
    assert plan_of(record).share("cnn") == pytest.approx(0.29, abs=0.01)  # 13 of 15 s an epoch, for three of them
    ended(record, 3, 0.9)
    assert plan_of(record).share("cnn") == 1.0
    sections = {"training": {"epochs": 30, "share": 1.0}}
    assert with_share(sections, 0.1) == {"training": {"epochs": 30, "share": 0.1}}
    assert with_share({"training": {"trees": 5}}, 0.1) == {"training": {"trees": 5}}


def test_sections_take_other_epochs() -> None:
    sections = {"model": {"name": "cnn"}, "training": {"epochs": 30, "rate": 0.1}}
    assert with_epochs(sections, 4) == {"model": {"name": "cnn"}, "training": {"epochs": 4, "rate": 0.1}}
