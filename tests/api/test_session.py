"""A class that nobody installed as ``model=``: what is refused, and that nothing of it stays."""

from __future__ import annotations

import json
from contextlib import chdir
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pytest

import automl
from automl import registry
from automl.api.session import model_name
from automl.bounds import Units
from automl.errors import AutomlError, ConfigError, PluginError
from automl.plugin import ModelPlugin, Result, Trial

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset, DataSpec


@dataclass
class HTTPMean(ModelPlugin):
    """Says how often each class was."""

    units: Units
    share: float = 0.5
    shares: tuple[float, ...] = ()

    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        return self.units

    def fit(self, data: Dataset, trial: Trial) -> Result:
        self.shares = tuple(np.bincount(data.train.target(), minlength=len(data.spec.classes)) / len(data.train))
        trial.report(1, val_accuracy=self.share)
        return Result({"val_accuracy": self.share}, 1, 1, self.units)

    def predict(self, inputs: Any) -> np.ndarray:
        return np.tile(np.array(self.shares, np.float32), (len(inputs), 1))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "mean.json").write_text(json.dumps([self.units, self.share, self.shares]))

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(*json.loads((folder / "mean.json").read_text()))


@dataclass
class Tabular(HTTPMean):
    tasks: ClassVar[list[str]] = ["tabular_classification"]


class NoDataclass(HTTPMean):
    depth: int


@dataclass
class Misspelt(HTTPMean):
    tasks: ClassVar[list[str]] = ["image_clasification"]


SPACE: dict[str, Any] = {"name": HTTPMean, "units": {"low": 2, "high": 8}}


def test_a_class_is_searched_asked_and_loaded(tmp_path: Path) -> None:
    keys: dict[str, Any] = {"experiments": tmp_path, "tracking": "none", "refit": False, "verbose": False}
    study = automl.search(SPACE, "digits", name="own", trials=2, **keys)
    assert (study.state, study.config["runner"]["name"]) == ("finished", "inline")
    assert all(2 <= units <= 8 for units in study.trials["model.units"])
    images = np.zeros((2, 8, 8))
    labels = study.predict(images)["label"].tolist()
    assert isinstance(study.model, HTTPMean)
    assert "The command line cannot run it" in (study.folder / "best.yaml").read_text()
    assert "python -m automl" not in (study.folder / "best.yaml").read_text()
    later = automl.load("own", experiments=tmp_path)
    assert later.leaderboard().equals(study.leaderboard())
    with pytest.raises(PluginError, match=r"predict: the model of own, http_mean, is not installed.*model=<class>"):
        later.predict(images)
    with pytest.raises(PluginError, match="resume: the model of own, http_mean, is not installed"):
        automl.resume("own", trials=4, experiments=tmp_path)
    found = automl.load("own", experiments=tmp_path, model=HTTPMean)
    assert found.predict(images)["label"].tolist() == labels
    assert registry._HELD == []


def test_what_cannot_be_run_is_refused_in_a_sentence(tmp_path: Path) -> None:
    refused: list[tuple[str, Any, Any, dict[str, Any]]] = [
        (r"model.units: HTTPMean needs a value, or a space to search: \{\"name\": HTTPMean", HTTPMean, "digits", {}),
        ("model.unit: there is no such key. Did you mean: model.units", {**SPACE, "unit": 3}, "digits", {}),
        ("model.units.low: expected an integer of at least 1", {**SPACE, "units": {"low": 0, "high": 3}}, "digits", {}),
        ("model.share: expected a number. Received: 'much'", SPACE, "digits", {"model.share": "much"}),
        ("runner: workers cannot import HTTPMean, .* Received: local", SPACE, "digits", {"runner": "local"}),
        ("model: data=csv do not tell what HTTPMean is to solve", SPACE, "csv", {}),
        ("model=tabular does not take the task of data=digits", {**SPACE, "name": Tabular}, "digits", {}),
        ("Misspelt.tasks: .* Did you mean: image_classification", {**SPACE, "name": Misspelt}, "digits", {}),
        (r"NoDataclass \(test_session.py:\d+\) declares depth, but is no dataclass", NoDataclass, "digits", {}),
        ("model: expected a subclass of ModelPlugin, such as KerasPlugin. Received: <class 'int'>", int, "digits", {}),
    ]
    with chdir(tmp_path):
        for sentence, model, data, keys in refused:
            with pytest.raises(AutomlError, match=sentence):
                automl.search(model, data, **keys)
    assert list(tmp_path.iterdir()) == []
    assert registry._HELD == []


def test_names_are_free_and_what_is_installed_stays_so(tmp_path: Path) -> None:
    class CNN(HTTPMean):
        pass

    assert [model_name(one) for one in (HTTPMean, Tabular, CNN)] == ["http_mean", "tabular", "own_cnn"]
    with pytest.raises(ConfigError, match="model: expected a name"):
        automl.search(3, "digits")  # type: ignore[arg-type]
