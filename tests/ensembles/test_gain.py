"""The gain of a selection: found where it is one, and not taken for one where it is luck."""

from __future__ import annotations

import numpy as np
import pytest

from automl.ensembles.gain import Gain, decisive, gain, halves, selection_gain
from automl.ensembles.greedy import Limits, Loss, blend, select


def squared(target: np.ndarray) -> Loss:
    return lambda rows, predictions: float(np.mean((predictions - target[rows]) ** 2))


def wrong(target: np.ndarray) -> Loss:
    return lambda rows, predictions: float(np.mean(predictions.argmax(1) != target[rows]))


def surprise(target: np.ndarray) -> Loss:
    return lambda rows, predictions: -float(np.mean(np.log(predictions[np.arange(len(rows)), target[rows]])))


def free(count: int) -> Limits:
    return Limits(5, np.zeros((count, 0)), np.zeros(0))


def test_models_with_errors_of_their_own_gain_together() -> None:
    rng = np.random.default_rng(0)
    target = rng.normal(size=200)
    predictions = [target + rng.normal(size=200) for _ in range(6)]
    found = selection_gain(predictions, [squared(target)], free(6), target, 1, seed=0)[0]
    assert found.is_sure
    assert found.mean == pytest.approx(0.75, abs=0.3)


def test_a_loss_of_shares_tells_more_than_one_of_decisions() -> None:
    """Models that err in the same, mostly: a mean is surer where it should be, and seldom decides otherwise."""
    counted, told = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        target = rng.integers(0, 2, 400)
        common = 2 * target - 1 + 0.8 * rng.normal(size=400)
        sures = [common + 0.5 * rng.normal(size=400) for _ in range(4)]
        predictions = [np.stack([1 / (1 + np.exp(2 * sure)), 1 / (1 + np.exp(-2 * sure))], axis=1) for sure in sures]
        found = selection_gain(predictions, [wrong(target), surprise(target)], free(4), target, 1, seed=0)
        counted.append(found[0].is_sure)
        told.append(found[1].is_sure)
    assert sum(told) > sum(counted)


def test_another_loss_decides_where_the_first_tells_neither() -> None:
    sure, unsure, worse = Gain(0.02, 0.01), Gain(0.01, 0.02), Gain(-0.01, 0.02)
    assert decisive([sure, sure]) == decisive([sure, unsure]) == decisive([unsure, unsure]) == decisive([unsure]) == 0
    assert decisive([unsure, sure]) == 1
    assert decisive([worse, sure]) == 0


def test_on_few_samples_what_seems_a_gain_is_told_from_luck() -> None:
    """Twelve models that all guess: on the samples that it goes by a selection always looks better than the best."""
    rng = np.random.default_rng(0)
    sure, seeming = [], []
    for _ in range(20):
        target = rng.integers(0, 2, 30)
        predictions = [rng.random((30, 2)) for _ in range(12)]
        loss, rows = wrong(target), np.arange(30)
        copies = select(predictions, loss, free(12), rows)
        seeming.append(loss(rows, blend(predictions, copies, rows)) < min(loss(rows, one) for one in predictions))
        sure.append(selection_gain(predictions, [loss], free(12), target, 1, seed=0)[0].is_sure)
    assert np.mean(seeming) > 0.8
    assert np.mean(sure) < 0.3


def test_one_model_and_itself_gain_nothing() -> None:
    target = np.arange(50.0)
    found = gain(target + 1.0, target + 1.0, squared(target), 1, seed=0)
    assert (found.mean, found.error, found.is_sure) == (0.0, 0.0, False)


def test_the_error_is_that_of_the_difference() -> None:
    """Hard samples are hard for both; that the one is better by a little everywhere is sure."""
    rng = np.random.default_rng(0)
    target, noise = np.zeros(100), rng.normal(size=100) * 10.0
    found = gain(noise * 0.99, noise, squared(target), 1, seed=0)
    assert found.is_sure
    assert found.error < 0.1 * np.std(noise**2) / 10.0


def test_neighbours_that_say_the_same_make_the_error_no_smaller() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = (np.repeat(rng.normal(size=20), 25) for _ in range(2))
    target = np.zeros(500)
    apart, together = (gain(ours, theirs, squared(target), block, seed=0) for block in (1, 25))
    assert together.error > 3.0 * apart.error


def test_a_score_that_some_draws_lack_is_taken_from_the_others() -> None:
    target = np.array([1, *[0] * 9])

    def needs_both(rows: np.ndarray, predictions: np.ndarray) -> float:
        return float(np.mean(predictions)) if len(set(target[rows])) == 2 else float("nan")

    found = gain(np.zeros(10), np.ones(10), needs_both, 1, seed=0)
    assert found == Gain(1.0, 0.0)


class TestHalves:
    def test_classes_are_shared_out(self) -> None:
        target = np.repeat([0, 1, 2], [20, 10, 4])
        one, other = halves(target, 1, np.random.default_rng(0))
        assert np.bincount(target[one]).tolist() == [10, 5, 2]
        assert sorted([*one, *other]) == list(range(34))

    def test_values_are_shared_out(self) -> None:
        target = np.random.default_rng(0).normal(size=101)
        one, other = halves(target, 1, np.random.default_rng(0))
        assert abs(len(one) - len(other)) == 1
        assert abs(np.median(target[one]) - np.median(target[other])) < 0.3

    def test_neighbours_stay_together(self) -> None:
        one, other = halves(np.zeros((100, 4, 2)), 10, np.random.default_rng(0))
        assert sorted([*one, *other]) == list(range(100))
        assert len({*(one // 10)} & {*(other // 10)}) == 0

    def test_draws_differ(self) -> None:
        rng = np.random.default_rng(0)
        first, second = (halves(np.zeros(20), 1, rng)[0].tolist() for _ in range(2))
        assert first != second
