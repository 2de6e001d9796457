from __future__ import annotations

import numpy as np
import pytest

from automl.data import ArrayPart, Dataset, DataSpec, TensorSpec
from automl.tasks import load_task


def dataset(task: str, target: np.ndarray) -> Dataset:
    inputs = np.zeros((len(target), 1))
    train, held = np.arange(6), np.arange(6, len(target))
    parts = [ArrayPart(inputs, target, rows) for rows in (train, held, held)]
    classes = ("a", "b") if task == "image_classification" else ()
    spec = DataSpec("x", task, TensorSpec((1,), "float64"), TensorSpec((), "x"), classes=classes)
    return Dataset(spec, *parts)


def test_the_majority_is_that_of_the_train_part() -> None:
    data = dataset("image_classification", np.array([1, 1, 1, 1, 0, 0, 0, 0, 1, 0]))
    found = load_task("image_classification").baseline(data, data.test)
    assert found["accuracy"] == 0.25
    assert found["log_loss"] == pytest.approx(-np.log([2 / 3, 1 / 3, 1 / 3, 1 / 3]).mean())


def test_the_mean_is_that_of_the_train_part() -> None:
    data = dataset("tabular_regression", np.array([1.0, 1, 1, 3, 3, 3, 4, 0]))
    found = load_task("tabular_regression").baseline(data, data.test)
    assert {name: found[name] for name in ("rmse", "mae", "mse")} == pytest.approx(
        {"rmse": 2.0, "mae": 2.0, "mse": 4.0}
    )


def test_components_are_those_of_all_classes_though_the_part_is_sorted() -> None:
    rng = np.random.default_rng(0)
    classes = np.repeat(np.arange(2), 3000)
    inputs = (rng.normal(0.5, 0.05, (6000, 4)) + classes[:, None] * np.array([0.4, 0, 0, 0])).astype(np.float32)
    spec = DataSpec("x", "generation", TensorSpec((4,), "float32"), None)
    train, held = (ArrayPart(inputs, None, np.arange(first, 6000, 2)) for first in (0, 1))
    data = Dataset(spec, train, held, held)
    assert load_task("generation").baseline(data, data.test)["nll"] < 0
    shown = data.train.sample(2000)
    assert (shown[:, 0] > 0.7).mean() == pytest.approx(0.5, abs=0.05)
    assert (shown == data.train.sample(2000)).all()
