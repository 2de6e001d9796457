"""Scales: what is constant is left as it is, and no unit is too large or too small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from automl.data.arrays.statistics import moments
from automl.data.scaling import deviations, moments_of
from automl.data.spec import DataSpec, TensorSpec
from automl.data.tables.csv import Csv
from automl.plugin import Trial
from automl.registry import Group, entry
from automl.tasks import load_task
from automl.training.preprocessing import normalization

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("constant", [0.0, 1.0, 0.1, -1e6, 123456.789, 1e-9, 1e300])
def test_a_constant_is_not_divided_by_what_rounding_leaves(constant: float) -> None:
    values = np.full((1000, 1), constant)
    assert moments_of(values)[1] == 1.0
    if abs(constant) < 1e100:
        about = moments(values, np.arange(1000))
        assert deviations(about["mean"], about["variance"]) == 1.0


@pytest.mark.parametrize("unit", [1e-200, 1e-9, 1.0, 1e30, 1e300])
def test_every_unit_has_its_scale(unit: float) -> None:
    values = np.random.default_rng(0).normal(3, 1, (1000, 1))
    mean, deviation = moments_of(values * unit)
    assert mean / unit == pytest.approx(values.mean())
    assert deviation / unit == pytest.approx(values.std())


def test_a_feature_that_is_constant_in_the_train_part_is_not_blown_up() -> None:
    spec = DataSpec("x", "tabular_regression", TensorSpec((1,), "float32"), None)
    spec = DataSpec(**{**vars(spec), "statistics": {"mean": [0.1], "variance": [1e-32]}})
    layer = normalization(spec)
    assert layer is not None
    assert layer(np.array([[1.0]], np.float32)).numpy() == pytest.approx(0.9)


@pytest.mark.parametrize("unit", [1e-30, 1e38, 1e140])
def test_targets_of_any_unit_are_predicted_in_it(tmp_path: Path, unit: float) -> None:
    rng = np.random.default_rng(0)
    age = rng.normal(size=300)
    table: Any = pd.DataFrame({"age": age, "id": 1e12 + age * 1000, "answer": (age + 2) * unit})
    table.to_csv(tmp_path / "table.csv", index=False)
    data = Csv("t", target="answer", path=str(tmp_path / "table.csv")).open(tmp_path / "cache", 0)
    plugin = entry(Group.MODELS, "mlp").load()(layers=1, width=32, numeric="plain")
    training = {"training": {"epochs": 20, "learning_rate": 1e-2}}
    result = plugin.fit(data, Trial(training, tmp_path, objective="val_rmse", direction="minimize"))
    assert load_task("tabular_regression").score(plugin, data, data.test)["rmse"] < 0.3 * unit
    assert result.metrics["val_rmse"] < 0.3 * unit
    plugin.save(tmp_path / "plugin")
    raw = data.test.examples(3)
    np.testing.assert_allclose(type(plugin).load(tmp_path / "plugin").predict(raw), plugin.predict(raw), rtol=1e-6)
