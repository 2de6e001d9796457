"""Trees by the grower of scikit-learn's HistGradientBoosting."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

# The estimators around it can neither be gone on with from plain arrays nor take bins that are made already.
from sklearn.ensemble._hist_gradient_boosting.grower import TreeGrower

from automl.plugin import override
from automl_classical.trees.bins import MOST
from automl_classical.trees.engine import Engine
from automl_classical.trees.forest import CODES, Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST_CURVATURE = 1e-3


class Hist(Engine):
    """Best leaf first, by histograms of gradients (Ke et al. 2017); categories are split in the order of theirs."""

    @override
    def grow(self, number: int, slope: np.ndarray, curvature: np.ndarray | None, rows: np.ndarray | None) -> Tree:
        chosen = slice(None) if rows is None else rows
        binned = self._binned if rows is None else np.asfortranarray(self._binned[rows])
        grower = TreeGrower(
            X_binned=binned,
            gradients=slope[chosen].astype(np.float32),
            hessians=np.ones(1, np.float32) if curvature is None else curvature[chosen].astype(np.float32),
            max_leaf_nodes=self._shape.leaves,
            max_depth=self._shape.depth,
            min_samples_leaf=self._shape.rows,
            min_hessian_to_split=_LEAST_CURVATURE,
            n_bins=MOST + 1,
            n_bins_non_missing=self._bins.counts,
            is_categorical=self._bins.is_categorical.astype(np.uint8),
            l2_regularization=self._shape.l2,
            feature_fraction_per_split=self._shape.columns,
            rng=np.random.default_rng([self._seed, number]),
            n_threads=self.threads,
        )
        grower.grow()
        # Thresholds are told as the numbers of bins.
        numbered: Sequence[np.ndarray] = [np.arange(CODES, dtype=np.float64)] * binned.shape[1]
        grown = grower.make_predictor(numbered)
        return _tree(grown.nodes, grown.binned_left_cat_bitsets, self._absent)

    @cached_property
    def _absent(self) -> np.ndarray:
        """Whether no row of the train part has a bin, by column: (columns, 256)."""
        return np.array([np.bincount(column, minlength=CODES) == 0 for column in self._binned.T])


def _tree(nodes: Any, bitsets: np.ndarray, absent: np.ndarray) -> Tree:
    """What scikit-learn's nodes tell, in our arrays; categories that no row has go where most rows go."""
    inner, asking = nodes["is_leaf"] == 0, nodes["is_categorical"] == 1
    children = np.where(inner[:, np.newaxis], np.stack([nodes["left"], nodes["right"]], axis=1), 0).astype(np.int64)
    words = np.asarray(bitsets, "<u4").view(np.uint8).reshape(len(bitsets), CODES // 8)
    sets = np.unpackbits(words, axis=1, bitorder="little").astype(bool)
    for node in np.flatnonzero(asking):
        first, second = nodes["count"][children[node]]
        sets[nodes["bitset_idx"][node], absent[nodes["feature_idx"][node]]] = first > second
    threshold = np.where(asking, nodes["bitset_idx"], nodes["bin_threshold"])
    return Tree.linked(nodes["feature_idx"], threshold, children, np.where(inner, 0.0, nodes["value"]), sets, asking)
