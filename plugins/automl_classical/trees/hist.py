"""Trees by the grower of scikit-learn's HistGradientBoosting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

# The estimators around it can neither be gone on with from plain arrays nor take bins that are made already.
from sklearn.ensemble._hist_gradient_boosting.grower import TreeGrower

from automl.plugin import override
from automl_classical.trees.engine import Engine
from automl_classical.trees.forest import CODES, Nodes, Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST_CURVATURE = 1e-3


class Hist(Engine):
    """Best leaf first, by histograms of gradients (Ke et al. 2017); categories are split in the order of theirs."""

    @override
    def grow(self, number: int, slope: np.ndarray, curvature: np.ndarray | None, rows: np.ndarray | None) -> Tree:
        chosen = slice(None) if rows is None else rows
        binned = self.binned if rows is None else np.asfortranarray(self.binned[rows])
        grower = TreeGrower(
            X_binned=binned,
            gradients=slope[chosen].astype(np.float32),
            hessians=np.ones(1, np.float32) if curvature is None else curvature[chosen].astype(np.float32),
            max_leaf_nodes=self.shape.leaves,
            max_depth=self.shape.depth,
            min_samples_leaf=self.shape.rows,
            min_hessian_to_split=_LEAST_CURVATURE,
            n_bins=int(self.bins.counts.max()) + 1,
            n_bins_non_missing=self.bins.counts,
            is_categorical=self.bins.is_categorical.astype(np.uint8),
            l2_regularization=self.shape.l2,
            feature_fraction_per_split=self.shape.columns,
            rng=np.random.default_rng(self.drawn(number)),
            n_threads=self.threads,
        )
        grower.grow()
        # Thresholds are told as the numbers of bins.
        numbered: Sequence[np.ndarray] = [np.arange(CODES, dtype=np.float64)] * binned.shape[1]
        grown = grower.make_predictor(numbered)
        return Tree.linked(_nodes(grown.nodes, grown.binned_left_cat_bitsets), self.absent)


def _nodes(told: Any, bitsets: np.ndarray) -> Nodes:
    """What scikit-learn tells of nodes."""
    inner, asking = told["is_leaf"] == 0, told["is_categorical"] == 1
    words = np.asarray(bitsets, "<u4").view(np.uint8).reshape(len(bitsets), CODES // 8)
    return Nodes(
        column=told["feature_idx"],
        threshold=np.where(asking, told["bitset_idx"], told["bin_threshold"]),
        children=np.where(inner[:, np.newaxis], np.stack([told["left"], told["right"]], axis=1), 0),
        value=told["value"],
        categorical=asking,
        rows=told["count"],
        sets=np.unpackbits(words, axis=1, bitorder="little").astype(bool),
    )
