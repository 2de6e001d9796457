"""Quantiles: predicted in order, of any shape of target, scored, answered, drawn and served."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn import metrics as sk

from automl.data import DataSpec, TensorSpec
from automl.data.scaling import target_scale
from automl.ensembles import Settled, open_plugin, settle
from automl.ensembles.spread import Spread
from automl.exports.checking import difference
from automl.exports.samples import take
from automl.jobs.served import pack
from automl.jobs.serving_code import answer
from automl.jobs.serving_code import load as load_served
from automl.plugin import ModelPlugin, Trial
from automl.settings import Supervised
from automl.tasks import SupervisedTask, load_task
from automl.tasks.pinball import Pinballs
from automl.tasks.quantiles import middle, quantile_scores
from automl.testing.data import tiny
from automl_sequence.dlinear import DLinear
from automl_sequence.lstm import LSTM
from automl_sequence.transformer import Transformer
from automl_tabular.mlp import MLP

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset

LEVELS = [0.1, 0.5, 0.9]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return tiny("tabular_regression", tmp_path_factory.mktemp("table"))


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return tiny("forecasting", tmp_path_factory.mktemp("series"))


def trained(plugin: ModelPlugin, data: Dataset, folder: Path, **training: Any) -> Trial:
    config = {"training": {"quantiles": LEVELS, "epochs": 2, "mixed_precision": "off", **training}}
    trial = Trial(config, folder, 1, "val_pinball", "minimize", further=("val_coverage",))
    plugin.fit(data, trial)
    return trial


def asked(data: Dataset) -> Dataset:
    return replace(data, spec=load_task(data.spec.task).asked(data.spec, {"quantiles": LEVELS}))


def test_scores_are_the_mean_pinball_loss_the_share_within_and_the_width() -> None:
    rng = np.random.default_rng(0)
    target = rng.normal(size=(400, 2))
    spread = np.stack([np.full_like(target, one) for one in (-1.2816, 0.0, 1.2816)], axis=-1)
    found = quantile_scores(target, spread, LEVELS, ["pinball", "coverage", "interval_width"])
    losses = [sk.mean_pinball_loss(target, spread[..., place], alpha=one) for place, one in enumerate(LEVELS)]
    assert found["pinball"] == pytest.approx(np.mean(losses))
    assert found["coverage"] == pytest.approx(0.8, abs=0.04)
    assert found["interval_width"] == pytest.approx(2.5632)


def test_the_value_is_the_median_or_what_stands_midmost() -> None:
    row = np.array([[1.0, 2.0, 4.0, 8.0]])
    assert middle(row, [0.1, 0.2, 0.3, 0.5]).tolist() == [8.0]
    assert middle(row, [0.1, 0.4, 0.6, 0.9]).tolist() == [3.0]
    assert middle(row[:, :3], [0.1, 0.4, 0.6]).tolist() == [2.0]


def repeated(*guesses: float) -> np.ndarray:
    return np.broadcast_to(np.array(guesses, np.float32), (101, 1, 3))


def test_the_loss_is_least_at_the_quantiles() -> None:
    values = np.arange(101, dtype="float32")[:, np.newaxis]
    best = Pinballs(LEVELS)(values, repeated(10, 50, 90))
    for other in ((20, 50, 90), (10, 40, 90), (10, 50, 95)):
        assert float(Pinballs(LEVELS)(values, repeated(*other))) > float(best)


def test_a_table_is_answered_with_a_column_for_each(table: Dataset, tmp_path: Path) -> None:
    plugin = MLP(layers=1, width=16)
    trial = trained(plugin, table, tmp_path, epochs=30, learning_rate=0.01)
    assert {"val_pinball", "val_coverage", "val_rmse", "rmse"} <= set(trial.history[-1])
    assert trial.history[-1]["val_pinball"] < trial.history[0]["val_pinball"]
    data, task = asked(table), load_task("tabular_regression")
    inputs, target = data.test.arrays()
    predictions = plugin.predict(inputs)
    assert (np.diff(predictions, axis=-1) >= 0.0).all()
    found = task.score(plugin, data, data.test)
    assert found["rmse"] == pytest.approx(sk.root_mean_squared_error(target, predictions[:, 0, 1]), rel=1e-5)
    assert 0.0 < found["coverage"] <= 1.0
    told = task.answer(predictions, data.spec)
    assert list(told) == ["prediction", "0.1", "0.5", "0.9"]
    assert (told["prediction"] == told["0.5"]).all()
    one = {name: values[:1] for name, values in inputs.items()}
    np.testing.assert_allclose(plugin.predict(one), predictions[:1], rtol=1e-5)
    (tmp_path / "figures").mkdir()
    task.draw(plugin, data, predictions, tmp_path)
    assert (tmp_path / "figures" / "intervals.png").is_file()
    assert pack(plugin, data, tmp_path) == []
    served = load_served(str(tmp_path / "model" / "artifacts" / "saved_model"))
    answered = answer(served, inputs, [], {"quantiles": LEVELS})
    np.testing.assert_allclose(answered["0.9"], told["0.9"], rtol=1e-4)
    np.testing.assert_allclose(answered["prediction"], told["prediction"], rtol=1e-4)
    assert {"pinball", "coverage", "interval_width"} <= set(task.baseline(data, data.test))


def test_quantiles_that_were_spread_are_served_as_they_are_told(table: Dataset, tmp_path: Path) -> None:
    plugin, data = MLP(layers=1, width=16), asked(table)
    trained(plugin, table, tmp_path, epochs=5)
    inputs, target = data.validation.arrays()
    found = settle(data.spec, target, plugin.predict(inputs), "val_rmse", calibrate=False)
    assert isinstance(found.adjustment, Spread)
    assert "of the values are between them, not" in found.told[0]
    settled = Settled("mlp", plugin, data.spec, found)
    expected = settled.predict(inputs)
    assert quantile_scores(target, expected[:, 0], LEVELS, ["coverage"])["coverage"] >= 0.8
    settled.save(tmp_path / "saved")
    np.testing.assert_allclose(open_plugin("mlp", tmp_path / "saved").predict(inputs), expected, rtol=1e-5)
    assert pack(settled, data, tmp_path) == []
    served = load_served(str(tmp_path / "model" / "artifacts" / "saved_model"))
    answered = answer(served, inputs, [], {"quantiles": LEVELS})
    np.testing.assert_allclose(answered["0.1"], expected[:, 0, 0], rtol=1e-4)


@pytest.mark.parametrize(
    "plugin",
    [DLinear(), LSTM(units=4, embedding=4, layers=1, dropout=0.0, segment=12), Transformer(layers=1, width=8, heads=2)],
    ids=lambda one: type(one).__name__,
)
def test_every_forecaster_tells_them(plugin: ModelPlugin, series: Dataset, tmp_path: Path) -> None:
    trained(plugin, series, tmp_path)
    data, task = asked(series), load_task("forecasting")
    windows, target = data.test.arrays()
    predictions = plugin.predict(windows)
    assert predictions.shape == (*target.shape, 3)
    assert (np.diff(predictions, axis=-1) >= 0.0).all()
    found = task.score(plugin, data, data.test)
    assert {"mse", "mase", "pinball", "coverage", "interval_width"} <= set(found)
    told = task.answer(predictions[:2], data.spec)
    assert list(told) == ["window", "step", "a", "a 0.1", "a 0.5", "a 0.9", "b", "b 0.1", "b 0.5", "b 0.9"]
    assert len(told) == 2 * target.shape[1]
    np.testing.assert_array_equal(told["b 0.9"], predictions[:2, :, 1, 2].ravel())
    samples = take(plugin, data, 4)
    assert difference(samples.expected + 1.0, samples) == pytest.approx(1.0 / target_scale(data.spec)[1].min())
    plugin.save(tmp_path / "saved")
    np.testing.assert_allclose(type(plugin).load(tmp_path / "saved").predict(windows), predictions, rtol=1e-5)
    (tmp_path / "figures").mkdir()
    task.draw(plugin, data, predictions, tmp_path)
    assert (tmp_path / "figures" / "forecasts.png").is_file()


def test_several_outputs_have_quantiles_each() -> None:
    task = load_task("tabular_regression")
    assert isinstance(task, SupervisedTask)
    spec = DataSpec(
        "t", "tabular_regression", TensorSpec((3,), "float32"), TensorSpec((2,), "float32"),
        statistics={"target_mean": [0.0, 100.0], "target_variance": [1.0, 100.0]}, details={"quantiles": LEVELS},
    )  # fmt: skip
    outputs = task.head(spec)(np.zeros((4, 5), np.float32))
    assert outputs.shape == (4, 2, 3)
    encoded, weight = task.encode(np.zeros((4, 2), np.float32), spec)
    assert np.isfinite(float(task.loss(spec, Supervised())(encoded, outputs, sample_weight=weight)))
    predictions = np.asarray(task.decode(spec)(np.ones((4, 2, 3), np.float32)))
    assert predictions[0].tolist() == [[1.0] * 3, [110.0] * 3]
    assert list(task.answer(predictions, spec))[:5] == [
        "output 0",
        "output 0 0.1",
        "output 0 0.5",
        "output 0 0.9",
        "output 1",
    ]
    assert task.scores(spec, np.array([[1.0, 110.0]] * 4), predictions)["pinball"] == 0.0


def test_a_model_that_knows_none_is_scored_by_its_values(table: Dataset) -> None:
    data, task = asked(table), load_task("tabular_regression")
    assert isinstance(task, SupervisedTask)
    target = data.test.target()
    found = task.scores(data.spec, target, target[:, np.newaxis] + 1.0)
    assert found["rmse"] == pytest.approx(1.0, rel=1e-4)
    assert "coverage" not in found
