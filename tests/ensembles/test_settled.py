"""Models whose answers were settled on validation: calibrated, or with a threshold, of any family, wherever opened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import keras
import numpy as np
import pandas as pd
import pytest

from automl.data.tables.sklearn_table import SklearnTable
from automl.ensembles import Ensemble, Member, Settled, open_plugin, settle, settle_folder, with_details
from automl.ensembles.settled import Answers
from automl.ensembles.temperature import Temperature, scaled
from automl.jobs.served import pack
from automl.jobs.serving_code import answer
from automl.jobs.serving_code import load as load_served
from automl.plugin import Trial
from automl.tasks.classes import class_scores
from automl_tabular.mlp import MLP

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return SklearnTable("iris", task="tabular_classification", target="target").open(tmp_path_factory.mktemp("c"), 1)


@pytest.fixture(scope="module")
def plugin(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> MLP:
    plugin = MLP(layers=1, width=8, numeric="plain")
    plugin.fit(data, Trial({"training": {"epochs": 2}}, tmp_path_factory.mktemp("t"), 1, "val_accuracy", "maximize"))
    return plugin


HOT = Answers(Temperature(3.0), {}, ("Calibrated.",))


def test_three_classes_are_calibrated_and_it_is_told_what_that_gains(plugin: MLP, data: Dataset) -> None:
    inputs, target = data.validation.arrays()
    predictions = plugin.predict(inputs)
    found = settle(data.spec, target, predictions, "val_accuracy", calibrate=True)
    assert isinstance(found.adjustment, Temperature)
    assert found.details == {}
    before, after = (
        class_scores(target, one, ["log_loss"])["log_loss"] for one in (predictions, found.adjustment(predictions))
    )
    assert after < before
    assert f"the log loss from {before:.4g} to {after:.4g}" in found.told[0]
    assert not settle(data.spec, target, predictions, "val_accuracy", calibrate=False)


def test_a_saved_model_of_any_kind_is_settled_in_its_folder(plugin: MLP, data: Dataset, tmp_path: Path) -> None:
    inputs, _ = data.validation.arrays()
    for name, one in (("plain", plugin), ("bag", Ensemble([Member("mlp", plugin), Member("mlp", plugin)]))):
        one.save(tmp_path / name)
        settle_folder(tmp_path / name, "mlp", data.spec, HOT)
        loaded = open_plugin("mlp", tmp_path / name)
        assert isinstance(loaded, Settled)
        assert loaded.answers == HOT
        np.testing.assert_allclose(loaded.predict(inputs), scaled(plugin.predict(inputs), 3.0), atol=1e-6)
        loaded.save(tmp_path / "again" / name)
        again = open_plugin("mlp", tmp_path / "again" / name)
        np.testing.assert_array_equal(again.predict(inputs), loaded.predict(inputs))
        assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith(".")) == []
    nested = Ensemble([Member("mlp", open_plugin("mlp", tmp_path / "plain"))])
    nested.save(tmp_path / "nested")
    np.testing.assert_array_equal(open_plugin("mlp", tmp_path / "nested").predict(inputs), nested.predict(inputs))


def test_what_is_served_and_exported_answers_alike(plugin: MLP, data: Dataset, tmp_path: Path) -> None:
    settled = Settled("mlp", plugin, data.spec, HOT)
    inputs, _ = data.validation.arrays()
    expected = settled.predict(inputs)
    assert pack(settled, data, tmp_path) == []
    served = load_served(str(tmp_path / "model" / "artifacts" / "saved_model"))
    found = answer(served, inputs, list(data.spec.classes))
    np.testing.assert_allclose(found["probabilities"].tolist(), expected, atol=1e-5)
    assert not list(tmp_path.glob(".model-*"))
    path = tmp_path / "model.keras"
    settled.served.save(path)
    zeros = {one.name: np.zeros((1, *one.shape[1:]), np.float32) for one in settled.served.inputs}
    np.testing.assert_allclose(
        keras.saving.load_model(path, compile=False)(zeros), scaled(np.asarray(plugin.served(zeros)), 3.0), atol=1e-6
    )


def test_labels_follow_the_threshold_where_they_are_served(
    plugin: MLP, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    details = {"threshold": {"class": 1, "value": 0.25}}
    answers = Answers(None, details, ("Settled.",))
    Settled("mlp", plugin, with_details(data.spec, answers), answers).save(tmp_path / "saved")
    assert json.loads((tmp_path / "saved" / "spec.json").read_text())["details"]["threshold"]["value"] == 0.25
    shares = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8]])
    monkeypatch.setattr("automl.jobs.serving_code.call", lambda *_: shares)
    found = answer(None, None, ["no", "yes"], details)
    assert isinstance(found, pd.DataFrame)
    assert found["label"].tolist() == ["no", "yes", "yes"]
    assert found["probability"].tolist() == [0.9, 0.3, 0.8]
