from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl.config.sections import face_of
from automl.data.tables.sklearn_table import SklearnTable
from automl.errors import ConfigError
from automl.fields import construct
from automl.plugin import Decision, Trial
from automl.space import is_space
from automl.tasks import load_task
from automl.testing.data import tiny
from automl_classical.boosting import Boosting
from automl_classical.rounds import Rounds
from automl_classical.trees.booster import Booster

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset

QUICK = {"epochs": 3, "trees": 5, "learning_rate": 0.3}


def trial(folder: Path, data: Dataset, **training: Any) -> Trial:
    info = load_task(data.spec.task).info
    return Trial({"training": QUICK | training}, folder, seed=1, objective=info.objective, direction=info.direction)


@pytest.mark.parametrize("task", ["tabular_classification", "tabular_regression"])
def test_the_model_says_what_was_reported_and_so_does_its_saved_model(tmp_path: Path, task: str) -> None:
    from automl.jobs.serving_code import call, load

    data = tiny(task, tmp_path)
    plugin, metric = Boosting(min_samples_leaf=5), load_task(task).info.metric
    result = plugin.fit(data, trial(tmp_path, data))
    found = load_task(task).score(plugin, data, data.validation)[metric]
    assert found == pytest.approx(result.metrics[f"val_{metric}"], rel=1e-6)
    inputs = data.test.arrays()[0]
    inputs["colour"][:3] = "never met"
    inputs["size"][3:6] = np.nan
    plugin.export(tmp_path / "saved")
    np.testing.assert_allclose(call(load(str(tmp_path / "saved")), inputs), plugin.predict(inputs), rtol=1e-5)


def test_of_three_classes_each_has_trees_of_its_own(tmp_path: Path) -> None:
    data = SklearnTable("iris", None, "target", table="iris").open(tmp_path, 0)
    booster = Booster(Boosting(min_samples_leaf=5), data, Rounds.of(QUICK), trial(tmp_path, data))
    first, second = booster.epoch(1), booster.epoch(2)
    assert len(booster.forest.trees) == 2 * 5 * 3
    assert second["loss"] < first["loss"]
    assert second["val_accuracy"] > 0.8


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_losses_of_values_are_learned(tmp_path: Path, loss: str) -> None:
    data = tiny("tabular_regression", tmp_path)
    running = trial(tmp_path, data, loss=loss, epochs=8)
    Boosting(min_samples_leaf=5).fit(data, running)
    assert running.history[-1]["loss"] < 0.5 * running.history[0]["loss"]
    assert running.history[-1]["val_rmse"] < running.history[0]["val_rmse"]


def test_a_quantile_is_exceeded_as_often_as_it_says(tmp_path: Path) -> None:
    data = tiny("tabular_regression", tmp_path)
    plugin = Boosting(min_samples_leaf=10)
    plugin.fit(data, trial(tmp_path, data, loss="quantile", quantile=0.9, epochs=8))
    inputs, target = data.train.arrays()
    assert np.mean(plugin.predict(inputs)[:, 0] >= target) == pytest.approx(0.9, abs=0.08)


def test_balanced_classes_are_met_more_often(tmp_path: Path) -> None:
    data = SklearnTable("breast_cancer", None, "target", table="breast_cancer").open(tmp_path, 0)
    called = []
    for weighing in ("none", "balanced"):
        plugin = Boosting(max_leaf_nodes=2)
        plugin.fit(data, trial(tmp_path, data, class_weight=weighing, epochs=1, learning_rate=0.05))
        called.append(plugin.predict(data.train.arrays()[0])[:, data.spec.classes.index("malignant")].mean())
    assert called[1] > called[0] + 0.03


def test_rows_are_drawn_for_each_round(tmp_path: Path) -> None:
    data = tiny("tabular_regression", tmp_path)
    histories = []
    for share in (0.5, 0.5, 1.0):
        running = trial(tmp_path, data)
        Boosting(min_samples_leaf=5, subsample=share).fit(data, running)
        histories.append([row["val_rmse"] for row in running.history])
    assert histories[0] == histories[1] != histories[2]


def test_the_trees_of_the_best_report_are_kept(tmp_path: Path) -> None:
    data = tiny("tabular_regression", tmp_path)
    running = trial(tmp_path, data, epochs=40, learning_rate=1.0, patience=2)
    plugin = Boosting(min_samples_leaf=1, l2_regularization=0.0)
    result = plugin.fit(data, running)
    assert result.best_step < result.steps == result.best_step + 2 < 40
    layer = plugin.served.get_layer("trees")
    assert layer.trees == result.best_step * 5


def test_a_checkpoint_is_made_of_the_trees_alone(tmp_path: Path) -> None:
    data = tiny("tabular_classification", tmp_path)
    one, other = (
        Booster(Boosting(min_samples_leaf=5), data, Rounds.of(QUICK), trial(tmp_path, data)) for _ in range(2)
    )
    one.epoch(1)
    other.set_state([array.copy() for array in one.get_state()])
    assert one.epoch(2) == other.epoch(2)
    for mine, its in zip(one.get_state(), other.get_state(), strict=True):
        np.testing.assert_array_equal(mine, its)


def test_a_stop_leaves_a_model(tmp_path: Path) -> None:
    data = tiny("tabular_classification", tmp_path)
    running = trial(tmp_path, data)
    running.answer = lambda *_: Decision.STOP
    plugin = Boosting()
    assert plugin.fit(data, running).steps == 1
    assert np.isfinite(plugin.predict(data.test.arrays()[0])).all()


@pytest.mark.parametrize(
    ("task", "loss", "own"),
    [("tabular_classification", "focal", "auto, cross_entropy"), ("tabular_regression", "cauchy", "auto, mse, mae")],
)
def test_a_loss_that_trees_do_not_minimize_is_refused(tmp_path: Path, task: str, loss: str, own: str) -> None:
    data = tiny(task, tmp_path)
    with pytest.raises(ConfigError, match=rf"training.loss: boosted trees minimize {own}.* Received: '{loss}'"):
        Boosting().prepare(data.spec, {"loss": loss})


@pytest.mark.parametrize(("field", "value"), [("max_leaf_nodes", 1), ("max_features", 0.0), ("engine", "xgboost")])
def test_what_does_not_fit_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=rf"model.{field}: expected .* Received: '?{value}"):
        construct(Boosting, {field: value}, "model")


def test_faces_and_fields_have_the_same_defaults() -> None:
    model, training = face_of("model", "boosting"), face_of("training", "rounds")
    default = model["default"]
    assert fixed(model, Boosting()) == {name: getattr(Boosting(), name) for name in fixed(model, Boosting())}
    assert fixed(training, Rounds()) == {name: getattr(Rounds(), name) for name in fixed(training, Rounds())}
    for name, value in default.items():
        section = Rounds() if name.startswith("training.") else Boosting()
        assert getattr(section, name.removeprefix("training.")) == value


def fixed(face: Mapping[str, Any], fields: Any) -> dict[str, Any]:
    """The leaves of a face that are values of fields."""
    return {name: value for name, value in face.items() if hasattr(fields, name) and not is_space(value)}
