"""What a study leaves in MLflow for a person to open; what the pages show is seen in ``tests/commands/test_ui.py``."""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any

from by_hand import put
from tracking.studies import CONFIG, make_study, play

from automl.objectives import Objective
from automl.records import Observer, TrialState
from automl.tracking import views
from automl.tracking.pages import Place

if TYPE_CHECKING:
    from pathlib import Path

    from automl.tracking.operations import View


def shown(view: View) -> dict[str, Any]:
    """The state of a view as MLflow's pages read it."""
    packed = json.loads(views.encode(view, "run-1"))["state"]
    found: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(packed.removeprefix("deflate;"))))
    return found


def test_a_view_has_the_trials_of_one_study_by_objective_and_what_was_searched(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    play(study, Observer(), 0, TrialState.COMPLETE)
    play(study, Observer(), 1, TrialState.COMPLETE)
    put(study.trials[1], params={"model.blocks": 1, "training.momentum": 0.9})
    put(study, further=(Objective("parameters", "minimize"), Objective("val_f1", "maximize")))
    view = views.trials(study, "2ffa41eeed744b1a")
    state = shown(view)
    assert (view.key, view.name) == ("2ffa41ee", "study-1: trials by val_accuracy")
    assert state["searchFilter"] == "tags.mlflow.parentRunId = 'run-1'"
    assert (state["orderByKey"], state["orderByAsc"]) == ("metrics.`objective`", False)
    assert state["selectedColumns"] == [
        "metrics.`objective`", "metrics.`parameters`", "metrics.`val_f1.best`", "tags.`automl.state`",
        "attributes.`Duration`", "params.`model.blocks`", "params.`training.momentum`",
    ]  # fmt: skip
    cards = {card["type"]: card for card in state["compareRunCharts"]}
    assert cards["PARALLEL"]["selectedParams"] == ["model.blocks"], "MLflow leaves a run out that lacks one of them"
    assert cards["LINE"]["metricKey"] == "val_accuracy"
    rooms = {room["uuid"]: room["name"] for room in state["compareRunSections"] if room["display"]}
    assert list(rooms.values()) == ["Learning curves", "Search", "Objective by parameter"]
    assert {card["metricSectionId"] for card in state["compareRunCharts"]} == set(rooms)


def test_less_is_first_where_less_is_better_and_studies_are_compared_by_their_test_score(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    put(study, objective="val_log_loss", direction="minimize")
    state = shown(views.studies(study))
    assert (state["orderByKey"], state["orderByAsc"]) == ("metrics.`test`", True)
    assert state["searchFilter"] == "tags.`automl.kind` = 'study'"


def test_a_hundred_parameters_fit_into_a_tag(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    play(study, Observer(), 0, TrialState.COMPLETE)
    put(study.trials[0], params={f"model.part{n}.hyperparameter_{n * 7919}": n for n in range(100)}, config=CONFIG)
    assert len(views.encode(views.trials(study, "id"), "f" * 32)) < 5000


def test_an_address_has_no_password() -> None:
    place = Place("https://me:secret@host:8443/mlflow/", "3", "2ffa41ee")
    assert place.server == "https://host:8443/mlflow"
    page = "https://host:8443/mlflow/#/experiments/3/runs?workflowType=machine_learning&viewStateShareKey=2ffa41ee"
    assert place.trials(place.server) == page
    assert place.charts(place.server) == f"{page}&compareRunsMode=CHART"
    assert Place("sqlite:////tmp/mlflow.db", "3", "k").server is None
