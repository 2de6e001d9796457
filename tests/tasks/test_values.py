"""Metrics of values: scikit-learn's, and what is undefined."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

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
    }
    found = value_scores(target, called[:, np.newaxis], METRICS)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_smape_by_hand_and_zero_where_both_are_zero() -> None:
    assert value_scores(np.array([1.0, 0.0]), np.array([3.0, 0.0]), ["smape"]) == {"smape": 0.5}


def test_what_a_constant_or_zero_target_leaves_undefined_is_left_out() -> None:
    found = value_scores(np.zeros(3), np.ones(3), METRICS)
    assert not {"r2", "mape"} & set(found)
    assert found["rmse"] == 1.0
