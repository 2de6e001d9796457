"""Trees of each engine, as our arrays, say what the library says that grew them; the layer says what the arrays do."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl.errors import ConfigError
from automl.fields import construct
from automl_classical.boosting import Boosting
from automl_classical.trees.bins import Bins
from automl_classical.trees.engines import check_engine, make_engine
from automl_classical.trees.forest import Forest, Tree
from automl_classical.trees.layer import trees_layer

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGINES = [
    pytest.param(name, marks=pytest.mark.skipif(name != "hist" and find_spec(name) is None, reason="an extra"))
    for name in ("hist", "lightgbm", "catboost")
]


def table(rows: int, seed: int = 0) -> tuple[dict[str, np.ndarray], Bins, np.ndarray]:
    """Three columns of numbers and two of categories, one of these of more labels than a byte tells; a target."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(rows, 3)).astype(np.float32)
    numbers[:, 2] = numbers[:, 2].round()
    codes = np.stack([rng.integers(1, 6, rows), rng.integers(1, 400, rows)], axis=1).astype(np.int32)
    edges = [np.unique(np.quantile(column, np.arange(1, 100) / 100).astype(np.float32)) for column in numbers.T]
    target = numbers[:, 0] * (codes[:, 0] % 2) + np.sin(3 * numbers[:, 1]) + (codes[:, 1] < 50)
    return {"numeric": numbers, "categorical": codes}, Bins(edges, [5, 399]), target.astype(np.float64)


def made(engine: str, **fields: Any) -> Boosting:
    return construct(Boosting, {"engine": engine, **fields}, "model")


def grown(engine: str, features: Mapping[str, np.ndarray], bins: Bins, target: np.ndarray, **fields: Any) -> Forest:
    plugin = made(engine, **{"max_leaf_nodes": 16, "l2_regularization": 1.0, **fields})
    binned = bins(features)
    maker, forest = make_engine(plugin, bins, binned, seed=1), Forest(np.zeros(1))
    for number in range(12):
        left = forest.sums(binned)[:, 0] - target
        forest.trees.append(maker.grow(number, left, None, None))
    return forest


@pytest.mark.parametrize("engine", ENGINES)
def test_trees_fit_what_they_are_grown_on_and_the_layer_agrees_with_them(engine: str) -> None:
    features, bins, target = table(1500)
    forest = grown(engine, features, bins, target)
    sums = forest.sums(bins(features))[:, 0]
    assert np.mean((sums - target) ** 2) < 0.25 * np.var(target)
    layer = trees_layer(forest, bins)
    np.testing.assert_allclose(np.asarray(layer(features))[:, 0], sums, rtol=1e-5, atol=1e-5)
    others, _, _ = table(500, seed=1)
    others["categorical"][:40] = 0
    expected = forest.sums(bins(others))[:, 0]
    np.testing.assert_allclose(np.asarray(layer(others))[:, 0], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_leaf_is_a_step_of_newtons(engine: str) -> None:
    features, bins, target = table(800)
    slope, curvature = -target, np.random.default_rng(0).uniform(0.5, 1.5, len(target))
    binned = bins(features)
    plugin = made(engine, max_leaf_nodes=8, l2_regularization=0.0)
    tree = make_engine(plugin, bins, binned, seed=0).grow(0, slope, curvature, None)
    leaves = list(tree.split(binned))
    assert sum(len(rows) for _, rows in leaves) == 800
    own = {"lightgbm": 10.0}.get(engine, 0.0)  # what LightGBM adds to the curvature of sets of categories
    for leaf, rows in leaves:
        steps = [-slope[rows].sum() / (curvature[rows].sum() + more) for more in (0.0, own)] if len(rows) else [0.0]
        assert any(tree.value[leaf] == pytest.approx(step, rel=1e-4) for step in steps)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_tree_is_the_same_of_the_same_seed_and_number_and_of_some_rows(engine: str) -> None:
    features, bins, target = table(600)
    rows = np.arange(0, 600, 2)
    plugin = made(engine, max_features=0.5)
    first, again, other = (
        make_engine(plugin, bins, bins(features), seed=3).grow(number, -target, None, rows) for number in (7, 7, 8)
    )
    np.testing.assert_array_equal(first.value, again.value)
    assert not np.array_equal(first.value, other.value)
    changed = np.where(np.isin(np.arange(600), rows), -target, 1e6)
    same = make_engine(plugin, bins, bins(features), seed=3).grow(7, changed, None, rows)
    np.testing.assert_array_equal(first.value, same.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_cannot_be_split_is_a_leaf(engine: str) -> None:
    features, bins, _ = table(50)
    alike = {name: np.ones_like(values) for name, values in features.items()}
    tree = make_engine(made(engine), bins, bins(alike), seed=0).grow(0, np.linspace(-1, 1, 50), None, None)
    assert len(tree.column) == 1
    assert tree.value[0] == pytest.approx(0.0, abs=1e-6)


def test_trees_of_hist_are_those_of_scikit_learn() -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    features, _, target = table(1500)
    codes = features["categorical"][:, :1]
    matrix = np.concatenate([features["numeric"], codes], axis=1)
    peer = HistGradientBoostingRegressor(max_iter=12, learning_rate=1.0, max_leaf_nodes=16, early_stopping=False,
                                         categorical_features=[3], max_depth=12, l2_regularization=1.0)  # fmt: skip
    peer.fit(matrix, target)
    edges = [one.astype(np.float32) for one in peer._bin_mapper.bin_thresholds_[1:]]  # categories come first there
    small, own = {"numeric": features["numeric"], "categorical": codes}, Bins(edges, [5])
    forest = grown("hist", small, own, target - target.mean(), max_features=1.0)
    expected = peer.predict(matrix) - target.mean()
    np.testing.assert_allclose(forest.sums(own(small))[:, 0], expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(np.asarray(trees_layer(forest, own)(small))[:, 0], expected, rtol=1e-5, atol=1e-5)


def test_an_engine_that_is_not_installed_is_refused_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automl_classical.trees.engines.find_spec", lambda _: None)
    check_engine("hist")
    with pytest.raises(ConfigError, match=r"model.engine: 'catboost' needs .* pip install 'automl\[boosting\]', or"):
        check_engine("catboost")


def test_leaves_alone_are_a_layer_too() -> None:
    forest = Forest(np.array([1.0, 2.0]))
    forest.trees += [Tree.leaf(0.5), Tree.leaf(-0.5)] * 2
    layer = trees_layer(forest, Bins([], [3]))
    found = np.asarray(layer({"categorical": np.zeros((4, 1), np.int32)}))
    np.testing.assert_array_equal(found, [[2.0, 1.0]] * 4)
