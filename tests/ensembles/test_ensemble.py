"""Models that answer as one: the weighted mean, kept, loaded and exported whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest

from automl.data.tables.sklearn_table import SklearnTable
from automl.ensembles import Ensemble, Member, open_plugin
from automl.errors import PluginError
from automl.jobs.served import pack
from automl.jobs.serving_code import answer
from automl.jobs.serving_code import load as load_served
from automl.plugin import ModelPlugin, Trial
from automl.training.predictor import Predictor
from automl_tabular.mlp import MLP

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset


class Constant(ModelPlugin):
    """Predicts one value."""

    def __init__(self, value: float, **told: float) -> None:
        self.value = value
        self.told = told

    def prepare(self, spec: Any, training: Any) -> int:
        raise NotImplementedError

    def fit(self, data: Any, trial: Any) -> Any:
        raise NotImplementedError

    def predict(self, inputs: Any) -> np.ndarray:
        return np.full((len(inputs), 2), self.value, np.float32)

    def evaluate(self, part: Any) -> dict[str, float]:
        return self.told

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True)

    @classmethod
    def load(cls, folder: Path) -> Any:
        raise NotImplementedError


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    loader = SklearnTable("iris", task="tabular_classification", target="target")
    return loader.open(tmp_path_factory.mktemp("cache"), 1)


@pytest.fixture(scope="module")
def pair(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Ensemble:
    """Two networks of different seeds, which disagree."""
    members = []
    for seed, weight in ((1, 3.0), (2, 1.0)):
        plugin = MLP(layers=1, width=8, numeric="plain")
        folder = tmp_path_factory.mktemp("trial")
        plugin.fit(data, Trial({"training": {"epochs": 1}}, folder, seed, "val_accuracy", "maximize"))
        members.append(Member("mlp", plugin, weight))
    return Ensemble(members)


def test_predictions_are_the_weighted_mean_in_the_members_type() -> None:
    found = Ensemble([Member("a", Constant(1.0), 3), Member("b", Constant(5.0), 1)]).predict(np.zeros(4))
    assert found.dtype == np.float32
    assert found.tolist() == [[2.0, 2.0]] * 4


def test_what_all_members_tell_of_a_part_is_told_as_their_mean() -> None:
    members = [Member("a", Constant(1.0, bound=1.0, own=7.0)), Member("b", Constant(1.0, bound=3.0))]
    assert Ensemble(members).evaluate(None) == {"bound": 2.0}  # type: ignore[arg-type]


def test_it_is_nothing_that_could_be_trained(data: Dataset, tmp_path: Path) -> None:
    ensemble = Ensemble([Member("a", Constant(1.0))])
    with pytest.raises(TypeError, match="made of trained models"):
        ensemble.prepare(data.spec, {})
    with pytest.raises(TypeError, match="made of trained models"):
        ensemble.fit(data, Trial({}, tmp_path))


def test_it_is_loaded_as_it_was_saved_also_within_another(pair: Ensemble, data: Dataset, tmp_path: Path) -> None:
    nested = Ensemble([Member("mlp", pair, 1.0), pair.members[0]])
    inputs, _ = data.validation.arrays()
    for name, saved in (("pair", pair), ("nested", nested)):
        saved.save(tmp_path / name)
        loaded = open_plugin("mlp", tmp_path / name)
        assert isinstance(loaded, Ensemble)
        np.testing.assert_allclose(loaded.predict(inputs), saved.predict(inputs), atol=1e-6)
        assert json.loads((tmp_path / name / "spec.json").read_text()) == json.loads(json.dumps(data.spec.to_dict()))


def test_a_member_whose_plugin_is_gone_is_named(pair: Ensemble, tmp_path: Path) -> None:
    pair.save(tmp_path / "saved")
    path = tmp_path / "saved" / "ensemble.json"
    path.write_text(path.read_text().replace("mlp", "mlpp"))
    with pytest.raises(PluginError, match="Unknown model 'mlpp'"):
        open_plugin("mlp", tmp_path / "saved")


def test_it_is_packed_as_one_model_that_takes_raw_rows(pair: Ensemble, data: Dataset, tmp_path: Path) -> None:
    assert pack(pair, data, tmp_path) == []
    inputs, _ = data.validation.arrays()
    found = answer(load_served(str(tmp_path / "model" / "artifacts" / "saved_model")), inputs, list(data.spec.classes))
    np.testing.assert_allclose(found["probabilities"].tolist(), pair.predict(inputs), atol=1e-5)
    assert not list(tmp_path.glob(".members-*"))


def test_members_of_different_inputs_or_without_a_graph_have_no_export(pair: Ensemble, tmp_path: Path) -> None:
    with pytest.raises(NotImplementedError):
        Ensemble([pair.members[0], Member("constant", Constant(1.0))]).export(tmp_path / "none")
    other = SklearnTable("wine", task="tabular_classification", target="target", table="wine").open(tmp_path, 1)
    plugin = MLP(layers=0, numeric="plain")
    plugin.fit(other, Trial({"training": {"epochs": 1}}, tmp_path, 1, "val_accuracy", "maximize"))
    with pytest.raises(NotImplementedError, match="different inputs"):
        Ensemble([pair.members[0], Member("mlp", plugin)]).export(tmp_path / "different")


def test_members_without_a_keras_model_are_joined_by_their_graphs(
    pair: Ensemble, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, _ = data.validation.arrays()
    expected = pair.predict(inputs)
    monkeypatch.setattr(Ensemble, "served", None)
    pair.export(tmp_path / "joined")
    found = answer(load_served(str(tmp_path / "joined")), inputs, list(data.spec.classes))
    np.testing.assert_allclose(found["probabilities"].tolist(), expected, atol=1e-5)


def test_members_of_keras_are_served_as_one_keras_model(pair: Ensemble, data: Dataset, tmp_path: Path) -> None:
    pair.save(tmp_path / "pair")
    nested = Ensemble([Member("mlp", pair, 1.0), Member("mlp", Ensemble.load(tmp_path / "pair"), 2.0)])
    nested.served.save(tmp_path / "model.keras")
    inputs, _ = data.validation.arrays()
    found = Predictor(keras.saving.load_model(tmp_path / "model.keras"), data.spec)(inputs)
    np.testing.assert_allclose(found, pair.predict(inputs), atol=1e-5)
