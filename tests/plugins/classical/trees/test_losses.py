"""Slopes and curvatures are those of the losses, and sums begin where these are least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from automl.data import DataSpec, TensorSpec
from automl_classical.rounds import Rounds
from automl_classical.trees.losses import make_loss

if TYPE_CHECKING:
    from automl_classical.trees.loss import Loss

CASES = [(2, "auto", 1), (4, "cross_entropy", 1), (0, "mse", 0.5), (0, "huber", 1), (0, "mae", 1), (0, "quantile", 1)]
"""Classes, name, and what a slope is of the loss that is told."""


def made(classes: int, name: str) -> tuple[Loss, np.ndarray]:
    labels = tuple(map(str, range(classes)))
    statistics = {} if classes else {"target_mean": [10.0], "target_variance": [4.0]}
    spec = DataSpec("d", "t", {}, TensorSpec((), "int64"), labels, statistics=statistics)
    rng = np.random.default_rng(0)
    stored = rng.integers(0, classes, 60) if classes else rng.normal(10, 2, 60)
    loss = make_loss(spec, Rounds(loss=name, quantile=0.8))
    return loss, loss.target(stored)


@pytest.mark.parametrize(("classes", "name", "share"), CASES)
def test_a_slope_is_the_gradient_and_a_curvature_its_gradient(classes: int, name: str, share: float) -> None:
    loss, target = made(classes, name)
    sums = np.random.default_rng(1).normal(size=(len(target), loss.outputs))
    slope, curvature, step = loss.slope(target, sums), loss.curvature(target, sums), 1e-5
    for row in range(5):
        for output in range(loss.outputs):
            ends = [sums.copy(), sums.copy()]
            ends[0][row, output] -= step
            ends[1][row, output] += step
            low, high = (len(sums) * loss.mean(target, end, np.ones(len(sums))) for end in ends)
            assert slope[row, output] == pytest.approx(share * (high - low) / (2 * step), abs=1e-5)
            if curvature is not None:
                low, high = (loss.slope(target, end)[row, output] for end in ends)
                assert curvature[row, output] == pytest.approx((high - low) / (2 * step), abs=1e-5)


@pytest.mark.parametrize(("classes", "name", "share"), CASES)
def test_sums_begin_at_the_best_constant(classes: int, name: str, share: float) -> None:
    del share
    loss, target = made(classes, name)
    weights, bias = np.ones(len(target)), loss.bias(target, np.ones(len(target)))
    best = loss.mean(target, np.repeat(bias[np.newaxis], len(target), axis=0), weights)
    for shift in (-0.3, 0.3):
        other = bias + shift * (np.arange(loss.outputs) == 0)
        assert loss.mean(target, np.repeat(other[np.newaxis], len(target), axis=0), weights) > best


def test_predictions_are_probabilities_or_values_in_their_unit() -> None:
    for classes in (2, 4):
        loss, target = made(classes, "auto")
        shares = loss.predictions(np.random.default_rng(0).normal(size=(len(target), loss.outputs)))
        assert shares.shape == (len(target), classes)
        np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    loss, _ = made(0, "auto")
    np.testing.assert_allclose(loss.predictions(np.array([[0.0], [1.0]])), [[10.0], [12.0]])
