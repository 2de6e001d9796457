"""Courses of the learning rate, and what optimizers are given."""

from __future__ import annotations

import numpy as np
import pytest

from automl.settings import Supervised
from automl.training.optimizers import Schedule, make_optimizer


def rates(name: str, steps: int = 1500) -> np.ndarray:
    schedule = Schedule(Supervised(schedule=name, learning_rate=0.5), steps)  # type: ignore[arg-type]
    return np.asarray(schedule(np.arange(steps + 1)))


def test_coslog4_rises_and_falls_four_times_each_twice_as_long() -> None:
    found = rates("coslog4")
    past = np.arange(1501) / 1500
    np.testing.assert_allclose(found, 0.25 * (1 - np.cos(2 * np.pi * np.log2(1 + 15 * past))), atol=1e-4)
    np.testing.assert_allclose(found[[0, 100, 300, 700, 1500]], 0.0, atol=1e-4)
    assert found.max() == pytest.approx(0.5, abs=1e-4)


def test_flat_cosine_falls_in_the_second_half() -> None:
    found = rates("flat_cosine")
    np.testing.assert_allclose(found[:751], 0.5)
    assert found[1125] == pytest.approx(0.25)
    assert found[-1] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("optimizer", "expected"), [("adam", 0.95), ("adamw", 0.95), ("nadam", 0.95), ("lion", 0.99)])
def test_beta_2_is_that_of_mean_squares(optimizer: str, expected: float) -> None:
    settings = Supervised(optimizer=optimizer, beta_2=0.95)
    assert make_optimizer(settings, Schedule(settings, 10)).beta_2 == expected
    settings = Supervised(optimizer=optimizer)
    assert make_optimizer(settings, Schedule(settings, 10)).beta_2 in (0.99, 0.999)
