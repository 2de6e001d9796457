from __future__ import annotations

import numpy as np
import pytest

from automl.data import ArrayPart, Dataset, DataSpec, TensorSpec
from automl.data.baseline import baseline


def dataset(task: str, target: np.ndarray) -> Dataset:
    inputs = np.zeros((len(target), 1))
    train, held = np.arange(6), np.arange(6, len(target))
    parts = [ArrayPart(inputs, target, rows) for rows in (train, held, held)]
    return Dataset(DataSpec("x", task, TensorSpec((1,), "float64"), TensorSpec((), "x")), *parts)


def test_the_majority_is_that_of_the_train_part() -> None:
    data = dataset("image_classification", np.array([1, 1, 1, 1, 0, 0, 0, 0, 1, 0]))
    assert baseline(data, data.test) == {"accuracy": 0.25}


def test_the_mean_is_that_of_the_train_part() -> None:
    data = dataset("tabular_regression", np.array([1.0, 1, 1, 3, 3, 3, 4, 0]))
    assert baseline(data, data.test) == pytest.approx({"rmse": 2.0, "mae": 2.0, "mse": 4.0})
