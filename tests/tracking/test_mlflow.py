"""A scripted study, recorded and read back through MLflow's own client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from automl.data.spec import DataSpec, TensorSpec
from automl.errors import ConfigError
from automl.records import Evaluation, Observer, StudyRecord, StudyState, TrialRecord, TrialState
from automl.tasks import task
from automl.tracking import make_tracker
from automl.tracking.mlflow import MLflowSettings, MLflowTracker, database_uri
from automl.tracking.texts import describe, flatten

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONFIG: dict[str, Any] = {
    "model": {"name": "cnn", "summary": "s", "tasks": ["image_classification"], "blocks": 2},
    "training": {"name": "supervised", "learning_rate": 0.01, "clip_norm": None},
    "data": {"name": "digits", "task": "image_classification"},
}


def make_study(folder: Path) -> StudyRecord:
    study = StudyRecord(
        name="study-1",
        folder=folder / "study-1",
        config=CONFIG,
        task=task("image_classification"),
        objective="val_accuracy",
        direction="maximize",
        plugin={"name": "cnn", "distribution": "automl", "version": "0.1.0"},
        seed=7,
        slots=1,
        max_trials=3,
        git_commit="abc",
    )
    study.folder.mkdir(parents=True)
    (study.folder / "config.yaml").write_text("seed: 7\n")
    study.spec = DataSpec(
        "digits", "image_classification", TensorSpec((8, 8, 1), "uint8"), TensorSpec((), "int64"), ("0", "1"),
        sizes={"train": 10, "validation": 3, "test": 3}, fingerprint="f00d",
    )  # fmt: skip
    study.baseline = {"accuracy": 0.1}
    return study


def play(study: StudyRecord, tracker: Observer, number: int, state: TrialState, failure: str = "") -> None:
    folder = study.folder / "trials" / str(number)
    folder.mkdir(parents=True)
    trial = TrialRecord(number, {"model.blocks": 2}, CONFIG, folder)
    study.trials.append(trial)
    tracker.trial_started(study, trial)
    for step in (1, 2):
        trial.step, trial.metrics = step, {"loss": 1.0 / step, "val_accuracy": 0.4 * step}
        tracker.trial_reported(study, trial)
    trial.state, trial.failure = state, failure
    if state is TrialState.COMPLETE:
        trial.value, trial.best_step = 0.8, 2
    if failure:
        trial.message = "The loss is not finite."
        (folder / "traceback.txt").write_text("Traceback")
    tracker.trial_ended(study, trial)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, StudyRecord, Mapping[str, Any]]:
    experiments = tmp_path_factory.mktemp("experiments")
    study = make_study(experiments)
    tracker = MLflowTracker(MLflowSettings(), experiments)
    tracker.study_started(study)
    tracker.preflight_ended(study)
    play(study, tracker, 0, TrialState.COMPLETE)
    play(study, tracker, 1, TrialState.PRUNED)
    play(study, tracker, 2, TrialState.FAILED, "nan")
    evaluation = study.folder / "evaluation"
    for place in ("figures/learning_curves.png", "plugin/fields.json", "model/MLmodel", "classes.csv"):
        (evaluation / place).parent.mkdir(parents=True, exist_ok=True)
        (evaluation / place).write_text("x")
    study.evaluation = Evaluation(0, {"accuracy": 0.8}, {"accuracy": 0.75}, {"accuracy": 0.1}, evaluation)
    (study.folder / "best.yaml").write_text("seed: 7\n")
    study.state = StudyState.FINISHED
    tracker.study_ended(study)
    tracker.close()
    from mlflow.tracking import MlflowClient

    client = MlflowClient(database_uri(experiments))
    experiment = client.get_experiment_by_name("digits")
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    return client, study, runs


def test_a_study_is_a_parent_run_with_a_child_per_trial(recorded: Any) -> None:
    _, _, runs = recorded
    assert set(runs) == {"study-1", "trial 0", "trial 1", "trial 2"}
    parent = runs["study-1"].info.run_id
    assert all(runs[f"trial {n}"].data.tags["mlflow.parentRunId"] == parent for n in range(3))


def test_states_are_kept_apart(recorded: Any) -> None:
    _, _, runs = recorded
    found = [(runs[f"trial {n}"].info.status, runs[f"trial {n}"].data.tags["automl.state"]) for n in range(3)]
    assert found == [("FINISHED", "complete"), ("KILLED", "pruned"), ("FAILED", "failed")]
    assert runs["trial 2"].data.tags["automl.failure"] == "nan"
    assert runs["trial 2"].data.tags["automl.message"] == "The loss is not finite."
    assert runs["study-1"].info.status == "FINISHED"


def test_parameters_metrics_and_origin_are_recorded(recorded: Any) -> None:
    client, _, runs = recorded
    child = runs["trial 0"]
    assert child.data.params == {
        "model.name": "cnn", "model.blocks": "2", "training.learning_rate": "0.01", "data.name": "digits",
    }  # fmt: skip
    history = client.get_metric_history(child.info.run_id, "val_accuracy")
    assert [(point.step, point.value) for point in history] == [(1, 0.4), (2, 0.8)]
    assert child.data.metrics["objective"] == 0.8
    tags = child.data.tags
    assert (tags["automl.seed"], tags["automl.plugin"], tags["automl.data.fingerprint"]) == (
        "7",
        "automl 0.1.0",
        "f00d",
    )
    assert tags["mlflow.source.git.commit"] == "abc"
    assert child.inputs.dataset_inputs[0].dataset.digest == "f00d"


def test_the_parent_has_scores_artifacts_and_the_model(recorded: Any) -> None:
    client, study, runs = recorded
    parent = runs["study-1"]
    metrics = parent.data.metrics
    assert (metrics["test.accuracy"], metrics["baseline.accuracy"], metrics["trials.pruned"]) == (0.75, 0.1, 1.0)
    names = {item.path for item in client.list_artifacts(parent.info.run_id)}
    assert names >= {"best.yaml", "config.yaml", "figures", "plugin", "classes.csv"}
    models = client.search_logged_models([parent.info.experiment_id])
    assert [(model.name, model.status.name) for model in models] == [(study.name, "READY")]
    assert "| test | 0.7500 |" in parent.data.tags["mlflow.note.content"]


def test_a_store_that_fails_is_told_and_ends_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database, it only looks like one from afar")
    study = make_study(tmp_path)
    tracker = MLflowTracker(MLflowSettings(), tmp_path)
    tracker.study_started(study)
    tracker.preflight_ended(study)
    play(study, tracker, 0, TrialState.COMPLETE)
    tracker.close()
    assert "automl: MLflow could not record everything" in capsys.readouterr().err


def test_only_known_trackers_and_keys_are_taken(tmp_path: Path) -> None:
    assert type(make_tracker({"name": "none"}, tmp_path)) is Observer
    with pytest.raises(ConfigError, match=r"Unknown tracking 'mlfow'. Did you mean: mlflow"):
        make_tracker({"name": "mlfow"}, tmp_path)
    with pytest.raises(ConfigError, match=r"tracking.url: there is no such field. Did you mean: uri"):
        make_tracker({"name": "mlflow", "url": "x"}, tmp_path)


def test_leaves_are_flattened_and_nulls_left_out() -> None:
    assert "training.clip_norm" not in flatten(CONFIG)
    assert flatten({"model": {"a": {"b": [1, 2]}}}) == {"model.a.b": [1, 2]}


def test_a_study_without_a_result_is_described_all_the_same(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    study.message = "search.timeout is over."
    assert "search.timeout is over." in describe(study)
