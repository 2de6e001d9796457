"""When the best configuration is fitted again."""

from __future__ import annotations

import time
from typing import Any

import pytest
from by_hand import add, put

from automl.data.spec import DataSpec, TensorSpec
from automl.records import StudyRecord, TrialRecord, TrialState
from automl.study.loop.refitting import against, configured, reserve, seconds

Change = "Callable[[StudyRecord, TrialRecord], None]"


@pytest.fixture
def trial(study_record: StudyRecord) -> TrialRecord:
    """The one trial of a study of labelled samples: 10 of 20 epochs were best, in 20 s."""
    sizes = {"train": 600, "validation": 200, "test": 200}
    spec = DataSpec("digits", "image_classification", TensorSpec((8, 8, 1), "uint8"), TensorSpec((), "int64"))
    put(spec, sizes=sizes)  # type: ignore[arg-type]
    found = TrialRecord(0, {}, study_record.config, study_record.folder / "0", TrialState.COMPLETE, value=0.9)
    put(found, step=20, best_step=10, seconds=30.0)
    add(study_record, found)
    put(study_record, spec=spec, config={**study_record.config, "refit": "auto"})
    return found


def why(record: StudyRecord, left: float = float("inf"), **paths: str) -> str:
    return against(record, left, paths)


def test_its_time_is_that_of_more_samples_and_fewer_epochs(study_record: StudyRecord, trial: TrialRecord) -> None:
    assert seconds(study_record) == pytest.approx(3.0 + 30.0 * 800 / 600 * 10 / 20)
    assert why(study_record) == ""


def test_where_it_takes_long_it_takes_a_fifth_of_the_study_at_most(
    study_record: StudyRecord, trial: TrialRecord
) -> None:
    put(trial, seconds=300.0)
    assert why(study_record) == "it takes about 203 s, more than a fifth of the study"
    put(study_record, started=time.time() - 1100.0)
    assert why(study_record) == ""
    put(study_record, started=time.time(), deadline=time.time() + 500.0)
    assert why(study_record, 400.0) == ""
    assert why(study_record, 90.0) == "it takes about 203 s, and search.timeout leaves 90 s"


def test_time_is_kept_back_for_it_where_it_is_asked_for_or_costs_next_to_nothing(
    study_record: StudyRecord, trial: TrialRecord
) -> None:
    needed = seconds(study_record)
    assert reserve(study_record, None) == 0.0
    assert reserve(study_record, 20 * needed) == needed
    assert reserve(study_record, 19 * needed) == 0.0
    put(study_record, config={**study_record.config, "refit": True})
    assert reserve(study_record, 19 * needed) == needed
    put(study_record, config={**study_record.config, "refit": False})
    assert reserve(study_record, 20 * needed) == 0.0


def test_schedules_end_with_the_epochs_that_were_best(trial: TrialRecord) -> None:
    put(trial, config={"model": {"name": "cnn"}, "training": {"epochs": 20, "patience": 3}})
    assert configured(trial) == {"model": {"name": "cnn"}, "training": {"epochs": 10, "patience": 3}}
    put(trial, config={"training": {"name": "lloyd", "steps": 20}})
    assert configured(trial) == trial.config


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda record, _: put(record, config={**record.config, "refit": False}), "refit=false"),
        (lambda _, trial: put(trial, start_from=3), "trial 0 went on from another one"),
        (lambda _, trial: put(trial, best_step=0), "trial 0 has no best epoch"),
        (
            lambda _, trial: put(trial, config={**trial.config, "model": {"name": "cnn", "weights": "runs:/1"}}),
            "its model began with earlier weights",
        ),
        (
            lambda record, _: put(record.spec, sizes={"train": 950, "validation": 50}),
            "the validation part is 5% of the samples",
        ),
        (
            lambda record, _: put(record.spec, folds=5),
            "it is cross-validated, and its models have learned from all samples",
        ),
        (
            lambda record, _: put(record.spec, sizes={}),
            "models of the task image_classification are not fitted to labelled samples",
        ),
    ],
)
def test_what_speaks_against_it(study_record: StudyRecord, trial: TrialRecord, change: Any, reason: str) -> None:
    change(study_record, trial)
    assert why(study_record) == reason


def test_what_is_asked_for_is_done_however_little_it_is_worth(study_record: StudyRecord, trial: TrialRecord) -> None:
    put(study_record, config={**study_record.config, "refit": True})
    put(study_record.spec, sizes={"train": 950, "validation": 50})  # type: ignore[arg-type]
    put(trial, seconds=3000.0)
    assert why(study_record) == ""
