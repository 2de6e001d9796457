"""Records that tests write by hand, which nothing but a journal does otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from automl.study.journal.events import StudyStarted
from automl.tasks import task_info

if TYPE_CHECKING:
    from automl.records import StudyRecord, TrialRecord


def started(**fields: Any) -> StudyStarted:
    """The start of a study, with what is not told as it usually is."""
    usual = {
        "name": "study",
        "config": {"model": {"name": "cnn"}, "data": {"name": "digits"}, "search": {}},
        "task": task_info("image_classification"),
        "objective": "val_accuracy",
        "direction": "maximize",
        "plugin": {"name": "cnn", "distribution": "automl", "version": "0.1"},
        "seed": 1,
        "slots": 1,
        "max_trials": 3,
    }
    return StudyStarted(**{**usual, **fields})


def put(record: StudyRecord | TrialRecord, **values: Any) -> None:
    """Write into a record."""
    for name, value in values.items():
        assert hasattr(record, name), name
        object.__setattr__(record, name, value)


def add(study: StudyRecord, trial: TrialRecord) -> None:
    """One more trial."""
    cast("list[TrialRecord]", study.trials).append(trial)
