from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl.data.spec import TensorSpec
from automl.data.tables.sklearn_table import SklearnTable
from automl.errors import ConfigError
from automl.fields import construct
from automl.plugin import Trial
from automl.tasks import load_task
from automl.testing.data import tiny
from automl_tabular.layers import Periodic, PiecewiseLinear
from automl_tabular.members import Adapter
from automl_tabular.mlp import MLP

if TYPE_CHECKING:
    from pathlib import Path


def test_piecewise_linear_encoding_fills_bin_after_bin() -> None:
    layer = PiecewiseLinear([[0.0, 1.0, 3.0, 3.0, 4.0]], 4)
    layer.build((None, 1))
    layer._kernel.assign(np.eye(4)[np.newaxis])
    layer._bias.assign(np.zeros((1, 4)))
    filled = np.asarray(layer(np.array([[0.5], [2.0], [3.5], [-1.0], [6.0]], np.float32)))[:, 0]
    expected = np.array([[0.5, 0, 0, 0], [1, 0.5, 0, 0], [1, 1, 0, 0.5], [-1, 0, 0, 0], [1, 1, 0, 3]])
    np.testing.assert_allclose(filled, expected, atol=1e-6)


def test_periodic_embeddings_have_their_period() -> None:
    layer = Periodic(5, 1.0, 3)
    layer.build((None, 2))
    layer._frequency.assign(np.ones((2, 5)))
    numbers = np.array([[0.2, -1.1]], np.float32)
    np.testing.assert_allclose(np.asarray(layer(numbers)), np.asarray(layer(numbers + 1.0)), atol=1e-4)


def test_without_layers_it_is_linear_regression(tmp_path: Path) -> None:
    from sklearn.linear_model import LinearRegression

    data = SklearnTable("diabetes", None, "target", table="diabetes").open(tmp_path, 0)
    training = {"epochs": 150, "learning_rate": 0.05, "batch_size": 64}
    plugin = MLP(0, numeric="plain", scaling="none", front_scale=False, parametrization="standard")
    plugin.fit(data, Trial({"training": training}, tmp_path, seed=1, objective="val_rmse"))
    raw, target = data.train.arrays()
    matrix = np.stack(list(raw.values()), axis=1)
    reference = LinearRegression().fit(matrix, target)
    held, answer = data.test.arrays()
    expected = float(np.sqrt(np.mean((reference.predict(np.stack(list(held.values()), axis=1)) - answer) ** 2)))
    assert load_task("tabular_regression").score(plugin, data, data.test)["rmse"] == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("numeric", ["plain", "piecewise", "periodic", "pbld"])
@pytest.mark.parametrize("normalization", ["none", "batch", "layer"])
def test_every_kind_of_column_enters(tmp_path: Path, residual: bool, numeric: Any, normalization: Any) -> None:
    data = tiny("tabular_classification", tmp_path)
    plugin = MLP(2, 16, residual, normalization, 0.1, numeric, bins=8)
    network = plugin.build(data.spec.encoded)
    assert set(network.input) == {"numeric", "categorical"}
    assert network.output_shape == (None, 2)


@pytest.mark.parametrize(("columns", "inputs"), [(10, 130), (300, 2100)])
def test_embeddings_are_shorter_where_there_are_many(tmp_path: Path, columns: int, inputs: int) -> None:
    """With the scaled number beside each: 10 * 13, and 300 * 7."""
    spec = tiny("tabular_classification", tmp_path).spec.encoded
    quantiles = np.tile(np.linspace(-1, 1, 65), (columns, 1)).tolist()
    tensors = {"numeric": TensorSpec((columns,), "float32")}
    wide = replace(spec, inputs=tensors, statistics={**spec.statistics, "quantiles": quantiles})
    network = MLP(1, 8, members=2).build(wide)
    assert next(layer for layer in network.layers if isinstance(layer, Adapter)).output.shape == (None, 2, inputs)


def test_a_regression_is_told_in_its_own_unit(tmp_path: Path) -> None:
    data = tiny("tabular_regression", tmp_path)
    plugin = MLP(1, 32, bins=8)
    running = Trial({"training": {"epochs": 30, "learning_rate": 0.01}}, tmp_path, seed=1, objective="val_rmse")
    result = plugin.fit(data, running)
    found = load_task("tabular_regression").score(plugin, data, data.validation)
    assert found["rmse"] == pytest.approx(result.metrics["val_rmse"], rel=1e-3)
    assert 0.5 < found["rmse"] < 12
    assert plugin.predict(data.test.arrays()[0]).mean() == pytest.approx(110, abs=15)


@pytest.mark.parametrize(("field", "value"), [("layers", -1), ("bins", 65)])
def test_what_does_not_fit_is_refused(field: str, value: int) -> None:
    with pytest.raises(ConfigError, match=rf"model.{field}: expected .* Received: {value}."):
        construct(MLP, {"layers": 1, field: value}, "model")
