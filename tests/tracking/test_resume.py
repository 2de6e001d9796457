"""A study that another process goes on with goes on in MLflow, in the same runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from by_hand import put
from tracking.studies import begin, evaluate, finish, make_study, play, start_trial

from automl.records import Observer, StudyState, TrialRecord, TrialState
from automl.tracking.address import database_uri

if TYPE_CHECKING:
    from pathlib import Path

    from automl.records import StudyRecord


def report(study: StudyRecord, tracker: Observer, trial: TrialRecord, step: int, loss: float) -> None:
    metrics = {"loss": loss, "val_accuracy": 0.1 * step}
    history = [entry for entry in trial.history if entry["step"] < step]
    put(trial, step=step, metrics=metrics, history=[*history, {"step": float(step), **metrics}])
    put(trial, seen=max(trial.seen, step))
    tracker.trial_reported(study, trial)


def resume(study: StudyRecord, *trials: TrialRecord) -> Any:
    """Another process, which has these trials run again."""
    put(study, resumed=1.0, state=StudyState.RUNNING)
    tracker = begin(study)
    for trial in trials:
        put(trial, state=TrialState.RUNNING, failure="", message="", resumed=1.0)
        tracker.trial_started(study, trial)
    return tracker


def test_a_study_that_is_resumed_goes_on_in_its_runs(tmp_path: Path) -> None:
    from mlflow.tracking import MlflowClient

    study = make_study(tmp_path)
    put(study, id="1f0c")
    first = begin(study)
    play(study, first, 0, TrialState.COMPLETE)
    trial = start_trial(study, first, 1)
    for step in (3, 4):
        report(study, first, trial, step, 1.0)
    put(trial, state=TrialState.FAILED, failure="interrupted", message="The study was killed.")
    put(study, state=StudyState.INTERRUPTED)
    first.close()

    # It was killed before its tracker heard of the end of a trial, and of the last step of another.
    untold = start_trial(study, Observer(), 2)
    for step in (1, 2):
        report(study, Observer(), untold, step, 1.0)
    put(untold, state=TrialState.COMPLETE, value=0.7, best_step=2)
    report(study, Observer(), trial, 5, 1.0)

    second = resume(study, trial)
    report(study, second, trial, 4, 2.0)
    second.close()
    third = resume(study, trial)
    for step in (4, 5, 6):
        report(study, third, trial, step, 3.0)
    put(trial, state=TrialState.COMPLETE, value=0.6, best_step=6)
    third.trial_ended(study, trial)
    finish(study, third)
    third.close()
    evaluate(study)

    client = MlflowClient(database_uri(tmp_path))
    found = client.search_runs([client.get_experiment_by_name("digits").experiment_id])
    runs = {run.info.run_name: run for run in found}
    assert sorted(runs) == ["study-1", "trial 0", "trial 1", "trial 2"]
    assert len(found) == 4
    assert {run.info.status for run in found} == {"FINISHED"}
    assert {run.data.tags["automl.state"] for run in found} == {"finished", "complete"}
    assert all("automl.failure" not in run.data.tags for run in found)
    for name, losses in (("trial 1", [1.0, 0.5, 1.0, 1.0, 1.0, 3.0]), ("trial 2", [1.0, 1.0])):
        points = client.get_metric_history(runs[name].info.run_id, "loss")
        assert [(point.step, point.value) for point in points] == list(enumerate(losses, start=1))
        assert runs[name].data.params["model.blocks"] == "2"
    assert runs["trial 2"].data.metrics["objective"] == 0.7
    assert len(client.get_metric_history(runs["study-1"].info.run_id, "baseline.val_accuracy")) == 1
    assert len(runs["trial 1"].inputs.dataset_inputs) == 1
