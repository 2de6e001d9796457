"""A scripted study, recorded and read back through MLflow's own client."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from by_hand import put
from tracking.studies import CONFIG, MemoryStore, begin, finish, make_study, play

from automl.errors import ConfigError
from automl.objectives import Objective
from automl.records import Observer, StudyRecord, TrialState
from automl.tracking import make_tracker, pages, views
from automl.tracking.address import database_uri
from automl.tracking.faults import RefusedError
from automl.tracking.operations import STUDY, Log, Register
from automl.tracking.registered import register
from automl.tracking.texts import describe, flatten

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, StudyRecord, Mapping[str, Any]]:
    experiments = tmp_path_factory.mktemp("experiments")
    study = make_study(experiments)
    tracker = begin(study)
    play(study, tracker, 0, TrialState.COMPLETE)
    play(study, tracker, 1, TrialState.PRUNED)
    play(study, tracker, 2, TrialState.FAILED, "nan")
    finish(study, tracker)
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
    assert child.data.params == {"model.blocks": "2"}
    fixed = {"model.name": "cnn", "training.learning_rate": "0.01", "data.name": "digits"}
    assert runs["study-1"].data.params.items() >= fixed.items()
    assert "model.blocks" not in runs["study-1"].data.params
    history = client.get_metric_history(child.info.run_id, "val_accuracy")
    assert [(point.step, point.value) for point in history] == [(1, 0.4), (2, 0.8)]
    best = {name: child.data.metrics[name] for name in ("objective", "val_accuracy.best", "best_epoch")}
    assert best == {"objective": 0.8, "val_accuracy.best": 0.8, "best_epoch": 2.0}
    assert "objective" not in runs["trial 1"].data.metrics
    tags = child.data.tags
    assert (tags["automl.seed"], tags["automl.plugin"], tags["automl.data.fingerprint"]) == (
        "7",
        "automl 0.1.0",
        "f00d",
    )
    assert tags["mlflow.source.git.commit"] == "abc"
    assert child.inputs.dataset_inputs[0].dataset.digest == "f00d"


def test_what_was_sent_leaves_no_spool(recorded: Any) -> None:
    _, study, _ = recorded
    assert not (study.folder / "tracking.jsonl").exists()


def test_the_parent_has_scores_artifacts_and_the_model(recorded: Any) -> None:
    client, study, runs = recorded
    parent = runs["study-1"]
    metrics = parent.data.metrics
    assert (metrics["test.accuracy"], metrics["baseline.accuracy"], metrics["trials.pruned"]) == (0.75, 0.1, 1.0)
    names = {item.path for item in client.list_artifacts(parent.info.run_id)}
    assert names >= {"best.yaml", "config.yaml", "figures", "plugin", "classes.csv"}
    assert {item.path for item in client.list_artifacts(parent.info.run_id, "plugin")} == {
        "plugin/a",
        "plugin/fields.json",
    }
    models = client.search_logged_models([parent.info.experiment_id])
    assert [(model.name, model.status.name) for model in models] == [(study.name, "READY")]
    assert "accuracy **test 0.7500**, validation 0.8000" in parent.data.tags["mlflow.note.content"]


def test_a_study_leaves_pages_that_its_run_links_to(recorded: Any) -> None:
    client, study, runs = recorded
    parent = runs["study-1"]
    place = pages.place(study.folder)
    assert place is not None
    tags = client.get_experiment(parent.info.experiment_id).tags
    assert json.loads(tags[views.TAG + place.key])["name"] == "study-1: trials by val_accuracy"
    assert json.loads(tags[views.TAG + views.STUDIES])["name"] == "Studies compared"
    assert f"[Trials]({place.trials('')[1:]})" in parent.data.tags["mlflow.note.content"]
    told = {name: parent.data.metrics[name] for name in ("objective", "test", "baseline")}
    assert told == {"objective": 0.8, "test": 0.75, "baseline": 0.1}


def test_the_alias_of_a_registered_model_moves_to_a_better_score_of_the_same_data(recorded: Any) -> None:
    client, _, runs = recorded
    first = client.get_model_version_by_alias("cnn-digits", "best")
    assert (int(first.version), first.tags["automl.score"]) == (1, "0.8")
    run = runs["study-1"].info
    model = client.create_logged_model(run.experiment_id, name="again", source_run_id=run.run_id)
    for value, fingerprint, best in ((0.79, "f00d", 1), (0.99, "other", 1), (0.81, "f00d", 4), (0.9, "", 4)):
        tags = {"automl.data.fingerprint": fingerprint}
        found = Register(STUDY, "0", "model", "cnn-digits", "accuracy", value, "maximize", tags)
        for _ in range(2):  # what was sent twice is there once
            register(client, found, model, run.run_id, f"study/{value}")
        assert int(client.get_model_version_by_alias("cnn-digits", "best").version) == best
    told = [one.description for one in client.search_model_versions("name = 'cnn-digits'")][::-1]
    assert told[1].endswith("That is no better than 0.8000 of version 1, the best until then.")
    assert told[2].endswith("Not compared with version 1: its data, or their split, are others.")
    assert len(told) == 5


def test_a_store_without_a_registry_is_told_from_one_that_is_away() -> None:
    class Client:
        error: Exception

        def get_registered_model(self, name: str) -> Any:
            raise self.error

    client = Client()
    operation = Register(STUDY, "0", "model", "cnn-digits", "accuracy", 0.5, "maximize", {})
    for text, kind in (("API request to endpoint failed with error code 404 != 200.", RefusedError), ("x", OSError)):
        client.error = OSError(text)
        with pytest.raises(kind):
            register(client, operation, None, "run", "id")


def test_the_trials_of_a_front_are_tagged_once_it_is_known(tmp_path: Path) -> None:
    study, store = make_study(tmp_path), MemoryStore(tmp_path)
    put(study, further=(Objective("parameters", "minimize"),))
    tracker = begin(study, store)
    for number, parameters in enumerate((30.0, 10.0, 20.0)):
        value, metrics = 0.8 - 0.01 * number, {"parameters": parameters}
        play(study, tracker, number, TrialState.COMPLETE, value=value, metrics=metrics)
    finish(study, tracker)
    tracker.close()
    logs = [one for one in store.told if isinstance(one, Log)]
    assert [one.run for one in logs if one.tags.get("automl.front") == "true"] == ["0", "1"]
    final = {one.run: point[1] for one in logs for point in one.points if point[0] == "parameters"}
    assert final == {"0": 30.0, "1": 10.0, "2": 20.0, "study": 30.0}
    assert "Pareto front of `val_accuracy`, `parameters`: trials 0, 1, tagged" in describe(study, "id")


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
    put(study, message="search.timeout is over.")
    assert "search.timeout is over." in describe(study, "id")
