"""Metrics of values: scikit-learn's, and what is undefined."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from automl.data import DataSpec, TensorSpec
from automl.settings import Supervised
from automl.tasks import load_task, task_info
from automl.tasks.base import SupervisedTask
from automl.tasks.values import METRICS, value_scores


def test_each_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    target = rng.normal(5.0, 1.0, 100)
    called = target + rng.normal(0.0, 0.3, 100)
    expected = {
        "rmse": sk.root_mean_squared_error(target, called),
        "mae": sk.mean_absolute_error(target, called),
        "mse": sk.mean_squared_error(target, called),
        "median_error": sk.median_absolute_error(target, called),
        "r2": sk.r2_score(target, called),
        "mape": sk.mean_absolute_percentage_error(target, called),
        "quantile_loss_10": sk.mean_pinball_loss(target, called, alpha=0.1),
        "quantile_loss_90": sk.mean_pinball_loss(target, called, alpha=0.9),
    }
    found = value_scores(target, called[:, np.newaxis], METRICS)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_smape_by_hand_and_zero_where_both_are_zero() -> None:
    assert value_scores(np.array([1.0, 0.0]), np.array([3.0, 0.0]), ["smape"]) == {"smape": 0.5}


def test_what_a_constant_or_zero_target_leaves_undefined_is_left_out() -> None:
    found = value_scores(np.zeros(3), np.ones(3), METRICS)
    assert not {"r2", "mape"} & set(found)
    assert found["rmse"] == 1.0


def test_forecasts_are_scaled_by_deviation_by_the_naive_error_and_not_at_all_by_hand() -> None:
    task = load_task("forecasting")
    assert isinstance(task, SupervisedTask)
    shape = TensorSpec((1, 2), "float32")
    learned = {"target_mean": [0.0, 0.0], "target_variance": [4.0, 4.0], "naive_error": [2.0, 0.0]}
    spec = DataSpec("s", "forecasting", TensorSpec((1, 2), "float32"), shape, statistics=learned)
    found = task.scores(spec, np.array([[[1.0, 5.0]]]), np.array([[[2.0, 5.0]]]))
    expected = {
        "mse": 0.125, "mae": 0.25, "rmse": 0.125**0.5, "mase": 0.5, "smape": 1 / 3, "mae_in_units": 0.5,
        "rmse_in_units": 0.5**0.5, "quantile_loss_10": 0.9 * 0.25, "quantile_loss_90": 0.1 * 0.25,
    }  # fmt: skip
    assert found == pytest.approx(expected)
    assert set(found) == set(task_info("forecasting").metrics)


def test_a_network_that_learns_by_the_quantile_loss_ends_at_the_quantile() -> None:
    import keras

    task, values = load_task("tabular_regression"), np.arange(100, dtype="float32")[:, np.newaxis]
    assert isinstance(task, SupervisedTask)
    spec = DataSpec("t", "tabular_regression", {}, TensorSpec((), "float32"))
    loss = task.loss(spec, Supervised(loss="quantile", quantile=0.9))
    losses = [float(keras.ops.mean(loss(values, np.full_like(values, guess)))) for guess in range(100)]
    assert 88 <= int(np.argmin(losses)) <= 91
