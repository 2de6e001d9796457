"""Ensemble selection on predictions of which the best mean is known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from automl.ensembles.greedy import Limits, Loss, blend, select


def limits(models: int, count: int, costs: list[float] | None = None, most: float = 0.0) -> Limits:
    table = np.zeros((count, 0)) if costs is None else np.array(costs)[:, None]
    return Limits(models, table, np.array([most] if costs is not None else []))


def squared(target: np.ndarray) -> Loss:
    return lambda rows, predictions: float(np.mean((predictions - target[rows]) ** 2))


@pytest.fixture
def target() -> np.ndarray:
    return np.random.default_rng(0).normal(size=400)


def noisy(target: np.ndarray, *scales: float) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [target + rng.normal(size=len(target)) * scale for scale in scales]


class TestSelect:
    def test_models_whose_errors_cancel_are_taken_both(self, target: np.ndarray) -> None:
        predictions = [target + 1.0, target - 1.0, target + 3.0]
        copies = select(predictions, squared(target), limits(3, 3), np.arange(400))
        assert copies.tolist() == [1, 1, 0]

    def test_independent_errors_are_averaged_and_the_worse_model_counts_less(self, target: np.ndarray) -> None:
        predictions = noisy(target, 1.0, 1.0, 2.0)
        loss, rows = squared(target), np.arange(400)
        copies = select(predictions, loss, limits(3, 3), rows)
        assert loss(rows, blend(predictions, copies, rows)) < 0.6 * min(loss(rows, one) for one in predictions)
        assert copies[2] < min(copies[:2])

    def test_it_is_as_good_as_the_best_pair_that_there_is(self, target: np.ndarray) -> None:
        predictions = noisy(target, 1.0, 1.1, 0.9, 1.2, 1.0)
        loss, rows = squared(target), np.arange(400)
        copies = select(predictions, loss, limits(2, 5), rows)
        pairs = [loss(rows, (one + other) / 2) for one, other in itertools.combinations(predictions, 2)]
        assert (copies > 0).sum() == 2
        assert loss(rows, blend(predictions, copies, rows)) <= min(pairs) + 1e-12

    def test_equal_means_are_of_the_fewer_models(self, target: np.ndarray) -> None:
        same = noisy(target, 1.0)[0]
        copies = select([same, same.copy(), same.copy()], squared(target), limits(3, 3), np.arange(400))
        assert copies.tolist() == [1, 0, 0]

    def test_the_rows_alone_decide(self, target: np.ndarray) -> None:
        first, second = target.copy(), target.copy()
        first[200:] += 5.0
        second[:200] += 5.0
        loss = squared(target)
        assert select([first, second], loss, limits(2, 2), np.arange(200)).tolist() == [1, 0]
        assert select([first, second], loss, limits(2, 2), np.arange(200, 400)).tolist() == [0, 1]

    def test_no_more_models_than_are_allowed(self, target: np.ndarray) -> None:
        predictions = noisy(target, *[1.0] * 8)
        for most in (1, 2, 3):
            copies = select(predictions, squared(target), limits(most, 8), np.arange(400))
            assert (copies > 0).sum() == most

    def test_what_they_cost_together_is_bounded(self, target: np.ndarray) -> None:
        predictions = noisy(target, 1.0, 1.0, 1.0)
        copies = select(predictions, squared(target), limits(3, 3, [1.0, 5.0, 1.5], most=3.0), np.arange(400))
        assert (copies > 0).tolist() == [True, False, True]

    def test_a_single_model_may_cost_more_than_all_may_together(self, target: np.ndarray) -> None:
        predictions = noisy(target, 0.5, 1.0)
        assert select(predictions, squared(target), limits(3, 2, [9.0, 9.0], most=1.0), np.arange(400)).tolist() == [
            1,
            0,
        ]

    def test_a_model_whose_predictions_are_no_numbers_is_left_out(self, target: np.ndarray) -> None:
        predictions = [np.full(400, np.nan), *noisy(target, 1.0)]
        assert select(predictions, squared(target), limits(2, 2), np.arange(400)).tolist() == [0, 1]

    def test_probabilities_of_classes_are_averaged_over_plateaus_of_an_accuracy(self) -> None:
        rng = np.random.default_rng(3)
        labels = rng.integers(0, 3, 300)
        sure = np.eye(3)[labels]
        predictions = [sure + rng.normal(size=sure.shape) * 1.2 for _ in range(6)]

        def wrong(rows: np.ndarray, given: np.ndarray) -> float:
            return float(np.mean(given.argmax(1) != labels[rows]))

        rows = np.arange(300)
        copies = select(predictions, wrong, limits(6, 6), rows)
        assert wrong(rows, blend(predictions, copies, rows)) < min(wrong(rows, one) for one in predictions) - 0.1

    def test_the_same_comes_out_twice(self, target: np.ndarray) -> None:
        predictions = noisy(target, *[1.0] * 5)
        twice = [select(predictions, squared(target), limits(4, 5), np.arange(400)) for _ in range(2)]
        assert twice[0].tolist() == twice[1].tolist()


def test_a_blend_keeps_the_type_of_its_predictions() -> None:
    predictions = [np.ones((4, 2), np.float32), np.zeros((4, 2), np.float32)]
    mean = blend(predictions, np.array([3, 1]), np.arange(2))
    assert mean.dtype == np.float32
    assert mean.tolist() == [[0.75, 0.75]] * 2
