from __future__ import annotations

import math

import numpy as np
import pytest

from automl.tasks.distributions import frechet_distance, precision_recall


def whitened(rng: np.random.Generator, count: int, dimensions: int) -> np.ndarray:
    """Points whose mean is 0 and whose covariance is the identity, exactly."""
    points = rng.normal(size=(count, dimensions))
    points -= points.mean(axis=0)
    return np.asarray(points @ np.linalg.inv(np.linalg.cholesky(np.cov(points.T)).T))


def test_the_distance_of_two_gaussians_is_the_closed_form() -> None:
    rng = np.random.default_rng(0)
    points = whitened(rng, 400, 3)
    scales, shift = np.array([1.0, 2.0, 0.5]), np.array([0.0, 3.0, -1.0])
    expected = np.square(shift).sum() + np.square(scales - 1.0).sum()
    assert frechet_distance(points, points * scales + shift) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(points, points) == pytest.approx(0.0, abs=1e-9)


def test_the_distance_of_covariances_that_do_not_commute_is_that_of_the_roots_product() -> None:
    rng = np.random.default_rng(1)
    points = whitened(rng, 300, 2)
    angle = 0.7
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    first, second = points * [3.0, 1.0], points * [2.0, 0.5] @ turn.T
    one, other = np.cov(first.T), np.cov(second.T)
    eigenvalues = np.linalg.eigvals(one @ other)
    expected = np.trace(one) + np.trace(other) - 2.0 * np.sqrt(eigenvalues.real).sum()
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-9)


def test_one_sample_and_constant_features_have_a_distance() -> None:
    assert frechet_distance(np.zeros((1, 4)), np.ones((9, 4))) == pytest.approx(4.0)


def test_precision_is_lost_by_strange_samples_and_recall_by_missing_ones() -> None:
    rng = np.random.default_rng(0)
    left, right = (rng.normal((place, 0.0), size=(200, 2)) for place in (-50.0, 50.0))
    both = np.concatenate([left, right])
    assert precision_recall(both, both) == (1.0, 1.0)
    precision, recall = precision_recall(both, left + rng.normal(size=left.shape) * 1e-3)
    assert precision == 1.0
    assert recall == pytest.approx(0.5, abs=0.01)
    precision, recall = precision_recall(left, both)
    assert precision == pytest.approx(0.5, abs=0.01)
    assert recall == 1.0
    assert precision_recall(left, right) == (0.0, 0.0)
    assert precision_recall(left[:1], left[:1]) == (1.0, 1.0)
