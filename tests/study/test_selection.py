"""Which models are kept for an ensemble to be chosen from."""

from __future__ import annotations

from typing import Any

import pytest
from by_hand import add, put

from automl.records import StudyRecord, TrialRecord, TrialState
from automl.study import selection
from automl.study.selection import Selection


@pytest.fixture(autouse=True)
def _no_best(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "write_best", lambda *_: None)


def ended(record: StudyRecord, models: str, ensemble: str = "greedy") -> Selection:
    """Trials of the models of these letters, each better than the one before."""
    put(record, config={"ensemble": {"name": ensemble}, "search": {"keep_models": 2}})
    chosen = Selection(record)
    for number, model in enumerate(models):
        config: dict[str, Any] = {"model": {"name": model}}
        trial = TrialRecord(
            number, {}, config, record.folder / str(number), TrialState.COMPLETE, value=number / 100, best_step=1
        )
        (trial.folder / "plugin").mkdir(parents=True)
        add(record, trial)
        chosen.trial_ended(trial, {})
    return chosen


def kept(record: StudyRecord) -> str:
    return "".join(
        one.config["model"]["name"] + str(one.number) for one in record.trials if (one.folder / "plugin").is_dir()
    )


def test_without_an_ensemble_the_best_are_kept(study_record: StudyRecord) -> None:
    ended(study_record, "abc" * 3, "none")
    assert kept(study_record) == "b7c8"


def test_with_one_the_best_of_each_family_are_kept_before_others(
    study_record: StudyRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "_POOL", 4)
    found = ended(study_record, "abacccc")
    assert kept(study_record) == "b1a2c5c6"
    assert [one.number for one in found.candidates()] == [6, 5, 2, 1]


def test_a_full_disk_takes_the_choices_before_it_takes_what_is_kept_anyway(
    study_record: StudyRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "_POOL", 8)
    found = ended(study_record, "a" * 8)
    left = [kept(study_record)]
    while found.shrink():
        left.append(kept(study_record))
    assert left == ["a0a1a2a3a4a5a6a7", "a4a5a6a7", "a6a7", "a7"]
