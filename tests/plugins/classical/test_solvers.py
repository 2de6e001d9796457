from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn.linear_model import ElasticNet, LogisticRegression
from sklearn.linear_model import Ridge as Reference

from automl.data import DataSpec, TensorSpec
from automl_classical.linear.losses import Classes, Values
from automl_classical.linear.rotation import Rotation
from automl_classical.linear.solvers import Exact, Net, Rotated, make_solver

SPEC = DataSpec("t", "tabular_regression", TensorSpec((4,), "float32"), TensorSpec((), "float64"))
ONE = np.ones(1)


def samples(count: int = 120, features: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(count, features)) @ rng.normal(size=(features, features)) + 3.0
    return rows, rows[:, 0] - 0.5 * rows[:, 1] + rng.normal(size=count)


def solved(solver: Any, strength: float) -> tuple[np.ndarray, np.ndarray]:
    start = solver.solve(10.0 * strength, solver.start)
    found: tuple[np.ndarray, np.ndarray] = solver.weights(solver.solve(strength, start))
    return found


@pytest.mark.parametrize("shape", [(120, 6), (20, 50)])
@pytest.mark.parametrize("kind", ["exact", "rotated", "net"])
def test_ridge_regression_is_that_of_scikit_learn(kind: str, shape: tuple[int, int]) -> None:
    rows, target = samples(*shape)
    loss = Values(SPEC, target)
    match kind:
        case "exact":
            kernel, bias = solved(Exact(Rotation(rows), loss), 0.1)
        case "rotated":
            kernel, bias = solved(Rotated(Rotation(rows), loss, 1000), 0.1)
        case _:
            kernel, bias = solved(Net(rows, loss, 5000, 0.0, ONE), 0.1)
    reference = Reference(alpha=0.1 * len(rows)).fit(rows, target)
    np.testing.assert_allclose(rows @ kernel[:, 0] + bias[0], reference.predict(rows), atol=0.01)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("kind", ["rotated", "net", "sparse"])
def test_logistic_regression_is_that_of_scikit_learn(kind: str, classes: int) -> None:
    rows, values = samples()
    target = np.digitize(values, np.quantile(values, np.linspace(0, 1, classes + 1)[1:-1]))
    loss = Classes(classes, target, None)
    own = scipy.sparse.csr_matrix(rows) if kind == "sparse" else rows
    solver = Rotated(Rotation(rows), loss, 1000) if kind == "rotated" else Net(own, loss, 5000, 0.0, ONE)
    # Of two classes the one column stands for the difference of two, each with half of the penalty's weight.
    kernel, bias = loss.whole(*solved(solver, 0.05))
    reference = LogisticRegression(C=1.0 / (0.05 * len(rows)), tol=1e-8, max_iter=5000).fit(rows, target)
    powers = np.exp(rows @ kernel + bias)
    np.testing.assert_allclose(powers / powers.sum(axis=1, keepdims=True), reference.predict_proba(rows), atol=0.005)


def test_an_elastic_net_is_that_of_scikit_learn_and_leaves_features_out() -> None:
    rows, target = samples(200, 10)
    kernel, bias = solved(Net(rows, Values(SPEC, target), 10_000, 0.7, ONE), 0.4)
    reference = ElasticNet(alpha=0.4, l1_ratio=0.7, tol=1e-8).fit(rows, target)
    np.testing.assert_allclose(rows @ kernel[:, 0] + bias[0], reference.predict(rows), atol=0.02)
    np.testing.assert_array_equal(kernel[:, 0] == 0.0, reference.coef_ == 0.0)


def test_columns_that_tell_the_same_share_their_weight() -> None:
    rows, target = samples()
    kernel, _ = solved(make_solver(np.hstack([rows, rows]), Values(SPEC, target), 100, 0.0, ONE), 1e-4)
    np.testing.assert_allclose(kernel[:6], kernel[6:], atol=1e-6)


def test_a_class_that_is_absent_is_thought_unlikely_and_never_impossible() -> None:
    rows, values = samples()
    target = np.where(values > 0, 3, 1)
    loss = Classes(4, target, None)
    kernel, bias = loss.whole(*solved(make_solver(rows, loss, 100, 0.0, ONE), 0.1))
    powers = np.exp(rows @ kernel + bias)
    shares = powers / powers.sum(axis=1, keepdims=True)
    assert (shares[:, [0, 2]] > 1e-5).all()
    assert shares[:, [0, 2]].mean() < 0.02
    assert np.isfinite(loss.held(rows @ kernel + bias, np.zeros(len(rows), int)))


def test_one_class_alone_is_a_constant() -> None:
    rows, _ = samples()
    loss = Classes(3, np.ones(len(rows), int), None)
    kernel, bias = loss.whole(*solved(make_solver(rows, loss, 100, 0.0, ONE), 0.1))
    assert not kernel.any()
    assert bias.argmax() == 1


def test_features_that_do_not_vary_have_no_weight() -> None:
    _, target = samples()
    rows = np.full((len(target), 3), 7.0)
    solver = make_solver(rows, Values(SPEC, target), 100, 0.0, ONE)
    kernel, bias = solved(solver, solver.unit)
    np.testing.assert_allclose(rows @ kernel + bias, target.mean(), atol=1e-8)


def test_balanced_weights_move_the_line_between_classes() -> None:
    rows, values = samples(400)
    target = (values > np.quantile(values, 0.95)).astype(int)
    found = []
    for weights in (None, np.array([0.53, 10.0])):
        loss = Classes(2, target, weights)
        kernel, bias = loss.whole(*solved(make_solver(rows, loss, 100, 0.0, ONE), 0.01))
        found.append(((rows @ kernel + bias).argmax(axis=1)[target == 1] == 1).mean())
    assert found[1] > max(0.95, found[0])


def test_the_unit_of_strengths_is_the_largest_variance() -> None:
    rows, target = samples()
    loss, largest = Values(SPEC, target), np.linalg.eigvalsh(np.cov(rows.T, bias=True))[-1]
    for solver in (Exact(Rotation(rows), loss), Net(scipy.sparse.csr_matrix(rows), loss, 100, 0.0, ONE)):
        assert solver.unit == pytest.approx(largest, rel=0.05)


def test_with_absolute_values_it_is_where_the_first_weight_leaves_zero() -> None:
    rows, target = samples()
    solver = Net(rows, Values(SPEC, target), 1000, 0.7, ONE)
    assert not solver.weights(solver.solve(1.01 * solver.unit, solver.start))[0].any()
    assert np.count_nonzero(solver.weights(solver.solve(0.98 * solver.unit, solver.start))[0]) == 1
