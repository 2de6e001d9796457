"""Trees by CatBoost."""

from __future__ import annotations

import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import catboost
import numpy as np

from automl.plugin import override
from automl_classical.trees.engine import Engine
from automl_classical.trees.forest import CODES, Nodes, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FLAT = 1e-6
"""The least curvature that a gradient is divided by."""
_DEEPEST = 16
"""CatBoost's own bound."""
_PRIOR = 10.0
"""Curvature that a category's mean gradient is drawn to zero by, so that rare ones stand in the middle."""


class CatBoost(Engine):
    """Symmetric trees (Prokhorenkova et al. 2018), one split for all nodes of a level, each fitted to Newton's step.

    Least squares of gradient over curvature, weighted by the curvature, are that step; so any loss will do. Categories
    enter in the order of their gradients.
    """

    @override
    def grow(self, number: int, slope: np.ndarray, curvature: np.ndarray | None, rows: np.ndarray | None) -> Tree:
        chosen = slice(None) if rows is None else rows
        slope, binned = slope[chosen], self.binned[chosen]
        bent = np.ones(len(slope)) if curvature is None else np.maximum(curvature[chosen], _FLAT)
        first = len(self.bins.edges)
        ranks = [_ranks(column, slope, bent) for column in binned[:, first:].T]
        ranked = binned.astype(np.float32)
        for place, order in enumerate(ranks, first):
            ranked[:, place] = order[binned[:, place]]
        if np.ptp(slope / bent) == 0.0 or not np.ptp(ranked, axis=0).any():  # it refuses what cannot be split
            return Tree.leaf(-slope.sum() / (bent.sum() + self.shape.l2))
        grower = catboost.CatBoostRegressor(
            iterations=1,
            learning_rate=1.0,
            loss_function="RMSE",
            boost_from_average=False,
            depth=self._depth,
            l2_leaf_reg=self.shape.l2,
            rsm=self.shape.columns,
            bootstrap_type="No",
            border_count=CODES - 2,
            random_seed=self.drawn(number),
            thread_count=self.threads,
            logging_level="Silent",
            allow_writing_files=False,
        )
        grower.fit(catboost.Pool(ranked, -slope / bent, weight=bent))
        (told,) = _saved(grower)["oblivious_trees"]
        return Tree.linked(_nodes(told, ranks, first), self.absent)

    @property
    def _depth(self) -> int:
        """A symmetric tree has leaves in powers of two: the nearest to what was asked for."""
        return max(1, min(round(math.log2(self.shape.leaves)), self.shape.depth, _DEEPEST))


def _ranks(codes: np.ndarray, slope: np.ndarray, curvature: np.ndarray) -> np.ndarray:
    """The place of each category, by its code, in the order of Newton's steps."""
    sums, bent = (np.bincount(codes, weights=one, minlength=CODES) for one in (slope, curvature))
    return np.argsort(np.argsort(-sums / (bent + _PRIOR), kind="stable"))


def _saved(grower: catboost.CatBoostRegressor) -> Any:
    """What CatBoost writes of a model."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        grower.save_model(str(path), format="json")
        return json.loads(path.read_text(encoding="utf-8"))


def _nodes(told: Mapping[str, Any], ranks: Sequence[np.ndarray], first: int) -> Nodes:
    """The nodes of a perfect tree, level by level; what splits the ranks of categories is the set of those below."""
    splits = [(one["float_feature_index"], int(np.floor(one["border"]))) for one in told["splits"] or []]
    depth = len(splits)
    level = np.repeat(np.arange(depth + 1), 2 ** np.arange(depth + 1))
    column, threshold = np.array([*splits, (0, 0)])[level].T
    sets = [ranks[place - first] <= last for place, last in splits if place >= first]
    number = np.cumsum([place >= first for place, _ in splits] + [False]) - 1
    inner, asking = level < depth, (level < depth) & (column >= first)
    children = 2 * np.arange(len(level))[:, np.newaxis] + [1, 2]
    # CatBoost numbers leaves by what each split says, the first in the lowest bit; here it is the highest.
    leaves = ((np.arange(2**depth)[:, np.newaxis] >> np.arange(depth)[::-1]) & 1) @ (1 << np.arange(depth))
    value, rows = np.zeros(len(level)), np.zeros(len(level))
    value[~inner], rows[~inner] = (np.array(told[name])[leaves] for name in ("leaf_values", "leaf_weights"))
    for node in np.flatnonzero(inner)[::-1]:
        rows[node] = rows[children[node]].sum()
    return Nodes(
        column=column,
        threshold=np.where(asking, number[level], threshold),
        children=np.where(inner[:, np.newaxis], children, 0),
        value=value,
        categorical=asking,
        rows=rows,
        sets=np.array(sets, bool).reshape(-1, CODES),
    )
