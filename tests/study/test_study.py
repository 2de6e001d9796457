"""The driver's loop over scripted trials, run inline: states, budgets, failures and the end."""

from __future__ import annotations

from typing import Any

import pytest
from omegaconf import OmegaConf

from automl.errors import AutomlError, StudyError
from automl.records import StudyState, TrialState
from automl.space import parse


def test_a_study_goes_from_preflight_to_the_test_score(make_study: Any) -> None:
    study, listener = make_study(trials=4)
    study.run()
    record = study.record
    assert listener.heard[:2] == ["study_started", "preflight_ended"]
    assert listener.heard[-2:] == ["search_ended", "study finished"]
    assert record.spec is not None
    assert record.spec.sizes == {"train": 1079, "validation": 359, "test": 359}
    assert 0.05 < record.baseline["accuracy"] < 0.2
    assert len(record.trials) == 4
    best = record.best
    assert best is not None
    assert best.value == max(trial.value for trial in record.trials if trial.value is not None)
    assert record.evaluation is not None
    # The task scores what the model predicts, the first class always, and not what the model says of itself.
    assert record.evaluation.test["accuracy"] == pytest.approx(36 / 359)
    kept = [trial.number for trial in record.trials if (trial.folder / "plugin").is_dir()]
    assert kept == [best.number]


def test_the_best_configuration_has_no_space_left(make_study: Any) -> None:
    study, _ = make_study(trials=3)
    study.run()
    best = OmegaConf.to_container(OmegaConf.load(study.record.folder / "best.yaml"))
    assert isinstance(best, dict)
    assert best["model"]["x"] == study.record.best.params["model.x"]
    assert len(parse({str(key): value for key, value in best.items()})) == 0


def test_one_seed_gives_the_same_trials_and_scores(make_study: Any) -> None:
    scores = []
    for seed in (1, 1, 2):
        study, _ = make_study(seed=seed)
        study.run()
        scores.append([(trial.params["model.x"], trial.value) for trial in study.record.trials])
    assert scores[0] == scores[1]
    assert scores[0] != scores[2]


def test_pruned_and_failed_trials_are_kept_apart(make_study: Any) -> None:
    study, _ = make_study(trials=12, fault="nan", fault_below=0.25)
    study.run()
    states = {state: study.record.count(state) for state in TrialState}
    assert states[TrialState.FAILED] > 0
    assert states[TrialState.PRUNED] > 0
    assert states[TrialState.COMPLETE] > 0
    failed = next(trial for trial in study.record.trials if trial.state is TrialState.FAILED)
    assert failed.outcome == "failed: nan"
    assert failed.params["model.x"] < 0.25
    assert "TrialFailed" in (failed.folder / "traceback.txt").read_text()


def test_an_objective_that_is_not_a_number_is_a_failure(make_study: Any) -> None:
    study, _ = make_study(trials=8, fault="nan score", fault_below=0.5)
    study.run()
    outcomes = {trial.outcome for trial in study.record.trials if trial.params["model.x"] < 0.5}
    assert outcomes == {"failed: nan"}
    assert study.record.best.params["model.x"] >= 0.5


def test_out_of_memory_is_retried_once_at_half_the_batch(make_study: Any) -> None:
    study, _ = make_study(trials=1, fault="oom")
    study.run()
    (trial,) = study.record.trials
    assert trial.state is TrialState.COMPLETE
    assert trial.config["training"]["batch_size"] == 16
    assert trial.message == "Ran out of memory at batch size 32; run again at 16."


def test_five_failures_at_the_start_end_the_study(make_study: Any) -> None:
    study, listener = make_study(trials=50, fault="error")
    with pytest.raises(StudyError, match=r"No trial completed. Each of the first 5 trials failed.*scripted error"):
        study.run()
    assert len(study.record.trials) == 5
    assert listener.heard[-1] == "study failed"


def test_an_objective_that_nobody_reports_is_refused_with_what_is_reported(make_study: Any) -> None:
    study, _ = make_study(objective="val_auc")
    with pytest.raises(AutomlError, match=r"trials do not report 'val_auc'. Received: val_accuracy"):
        study.run()
    assert study.record.trials == []


def test_the_timeout_includes_the_final_evaluation(make_study: Any) -> None:
    study, _ = make_study(trials=10_000, timeout=20.0, pause=0.02)
    study.run()
    assert study.record.seconds < 20.0
    assert study.record.evaluation is not None
    assert study.record.message == "search.timeout is over."
    assert len(study.record.trials) > 3


def test_an_interrupt_ends_the_search_and_evaluates_what_is_finished(make_study: Any) -> None:
    study, listener = make_study(trials=50)
    reports = iter(range(1000))

    def interrupt() -> None:
        study.interrupts.count = int(next(reports) >= 7)

    listener.on_report = interrupt
    study.run()
    assert study.record.state is StudyState.INTERRUPTED
    assert len(study.record.trials) == 3
    assert study.record.evaluation is not None


def test_preflight_refuses_before_any_trial(make_study: Any) -> None:
    study, listener = make_study(steps="many")
    with pytest.raises(AutomlError, match=r"model.steps: expected an integer. Received: 'many'"):
        study.run()
    assert study.record.trials == []
    assert listener.heard == ["study_started", "study failed"]
