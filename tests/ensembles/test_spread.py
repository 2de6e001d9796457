"""Quantiles that hold as often as they say, whatever the model has made of them."""

from __future__ import annotations

import numpy as np
import pytest

from automl.ensembles.spread import LEAST, Spread
from automl.tasks.quantiles import quantile_scores

LEVELS = (0.1, 0.5, 0.9)
Z = np.array([-1.2816, 0.0, 1.2816])


def drawn(count: int, width: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Normal values of spreads that differ, and their quantiles as a model tells them that is too sure, or unsure."""
    rng = np.random.default_rng(seed)
    centre, deviation = rng.normal(size=(count, 2)), rng.uniform(0.5, 5.0, size=(count, 2))
    target = centre + deviation * rng.normal(size=(count, 2))
    return target, centre[..., None] + width * deviation[..., None] * Z


@pytest.mark.parametrize("width", [0.3, 1.0, 3.0])
def test_new_values_are_covered_as_often_as_asked_for(width: float) -> None:
    found = Spread.fitted(LEVELS, *drawn(2000, width))
    assert found is not None
    assert found.factors == pytest.approx((1 / width, found.factors[1], 1 / width), rel=0.1)
    target, predictions = drawn(20_000, width, seed=1)
    coverage = quantile_scores(target, found(predictions), LEVELS, ["coverage"])["coverage"]
    assert coverage == pytest.approx(0.8, abs=0.02)
    assert found(predictions)[..., 1] == pytest.approx(predictions[..., 1])


def test_of_few_values_intervals_are_rather_too_wide() -> None:
    covered = []
    for seed in range(200):
        found = Spread.fitted(LEVELS, *drawn(20, 0.7, seed))
        assert found is not None
        target, predictions = drawn(500, 0.7, seed + 1000)
        covered.append(quantile_scores(target, found(predictions), LEVELS, ["coverage"])["coverage"])
    assert 0.79 < np.mean(covered) < 0.87


@pytest.mark.parametrize("levels", [(0.05, 0.1, 0.9, 0.95), (0.2, 0.8)])
def test_quantiles_without_a_median_stay_in_order(levels: tuple[float, ...]) -> None:
    rng = np.random.default_rng(0)
    target, predictions = rng.normal(size=300), np.sort(rng.normal(size=(300, len(levels))))
    found = Spread.fitted(levels, target, predictions)
    assert found is not None
    assert (np.diff(found(predictions)) >= 0).all()
    assert Spread.of({"temperature": None, **found.plain}) == found


def test_tensors_are_spread_alike() -> None:
    target, predictions = drawn(100, 0.5)
    found = Spread.fitted(LEVELS, target, predictions)
    assert found is not None
    some = predictions.astype(np.float32)
    np.testing.assert_allclose(np.asarray(found.tensor(some)), found(some), rtol=1e-5)
    assert found(some).dtype == np.float32


def test_a_model_without_any_spread_is_left_as_it_is_and_so_are_few_values() -> None:
    target = np.arange(50.0)
    same = Spread.fitted(LEVELS, target, np.zeros((50, 3)))
    assert same == Spread(LEVELS, (1.0, 1.0, 1.0))
    assert Spread.fitted(LEVELS, target[: LEAST - 1], np.zeros((LEAST - 1, 3))) is None
