"""Temperatures: found again where they are known, bounded where samples tell little."""

from __future__ import annotations

import numpy as np
import pytest

from automl.ensembles.temperature import fit_temperature, scaled


def drawn(count: int, classes: int, temperature: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Targets drawn of probabilities, and these told at the inverse of a temperature."""
    rng = np.random.default_rng(seed)
    true = rng.dirichlet(np.ones(classes), count)
    target = (true.cumsum(axis=1) < rng.random((count, 1))).sum(axis=1)
    return target, scaled(true, 1.0 / temperature)


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_a_known_temperature_is_found_again(classes: int, temperature: float) -> None:
    assert fit_temperature(*drawn(20_000, classes, temperature)) == pytest.approx(temperature, rel=0.05)


def test_probabilities_stay_such_in_their_order_and_type() -> None:
    shares = np.array([[0.7, 0.2, 0.1], [1.0, 0.0, 0.0]], np.float32)
    for temperature in (0.2, 1.0, 20.0):
        found = scaled(shares, temperature)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-6)
        assert (found.argmax(axis=1) == 0).all()
    np.testing.assert_allclose(scaled(shares, 1.0), shares, atol=1e-6)


def test_a_few_samples_that_are_all_told_apart_do_not_make_it_fall_to_nothing() -> None:
    for count in (1, 4, 30):
        target = np.arange(count) % 2
        sure = np.where(np.eye(2)[target] > 0, 0.9, 0.1)
        assert 0.35 < fit_temperature(target, sure) < 1.0
    assert fit_temperature(np.arange(5000) % 2, np.where(np.eye(2)[np.arange(5000) % 2] > 0, 0.9, 0.1)) >= 0.19


def test_samples_that_were_thought_impossible_make_it_rise_within_bounds() -> None:
    target = np.array([0, 0, 0, 1] * 50)
    found = fit_temperature(target, np.tile([1.0, 0.0], (200, 1)))
    assert 5.0 < found <= 20.0
    assert fit_temperature(np.arange(3000) % 2, np.tile([1.0, 0.0], (3000, 1))) == pytest.approx(20.0, rel=1e-2)
