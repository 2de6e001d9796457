"""Trees by LightGBM."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np

from automl.plugin import override
from automl_classical.trees.engine import Engine
from automl_classical.trees.forest import CODES, Nodes, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUIET = {"verbosity": -1}


class LightGBM(Engine):
    """Best leaf first, by histograms of gradients (Ke et al. 2017)."""

    @override
    def grow(self, number: int, slope: np.ndarray, curvature: np.ndarray | None, rows: np.ndarray | None) -> Tree:
        chosen = slice(None) if rows is None else rows
        data = self._data if rows is None else self._data.subset(rows).construct()
        bent = np.ones(len(slope)) if curvature is None else curvature
        gradients = slope[chosen].astype(np.float32), bent[chosen].astype(np.float32)
        booster = lightgbm.Booster({**self._parameters, "seed": self.drawn(number)}, data)
        booster.update(fobj=lambda *_: gradients)
        told = _Told()
        told.add(booster.dump_model()["tree_info"][0]["tree_structure"])
        return Tree.linked(told.nodes(), self.absent)

    @cached_property
    def _data(self) -> lightgbm.Dataset:
        """The bins as they are: none of them is joined with another, or left out."""
        taken = {"max_bin": CODES, "min_data_in_bin": 1, "feature_pre_filter": False, "num_threads": self.threads}
        asking = np.flatnonzero(self.bins.is_categorical).tolist()
        data = lightgbm.Dataset(
            self.binned, np.zeros(len(self.binned)), categorical_feature=asking, params=taken | _QUIET
        )
        return data.construct()

    @property
    def _parameters(self) -> Mapping[str, Any]:
        return {
            **_QUIET,
            "objective": "none",
            "learning_rate": 1.0,
            "num_leaves": self.shape.leaves,
            "max_depth": self.shape.depth,
            "min_data_in_leaf": self.shape.rows,
            "lambda_l2": self.shape.l2,
            "feature_fraction_bynode": self.shape.columns,
            "num_threads": self.threads,
            "force_row_wise": True,
            "deterministic": True,
        }


class _Told:
    """The nodes of a tree, taken out of what LightGBM tells of it."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int, float, bool, int]] = []
        self._children: list[tuple[int, int]] = []
        self._sets: list[np.ndarray] = []

    def add(self, told: Mapping[str, Any]) -> int:
        """Add a node, and all below it; its number."""
        number = len(self._rows)
        self._children.append((0, 0))
        if "split_feature" not in told:
            self._rows.append((0, 0, told["leaf_value"], False, told.get("leaf_count", 0)))
            return number
        asking = told["decision_type"] == "=="
        threshold = len(self._sets) if asking else int(np.floor(told["threshold"]))
        if asking:
            codes = [int(code) for code in told["threshold"].split("||")]
            self._sets.append(np.isin(np.arange(CODES), codes))
        self._rows.append((told["split_feature"], threshold, 0.0, asking, told["internal_count"]))
        self._children[number] = self.add(told["left_child"]), self.add(told["right_child"])
        return number

    def nodes(self) -> Nodes:
        """All that were added."""
        column, threshold, value, asking, rows = (np.array(one) for one in zip(*self._rows, strict=True))
        sets = np.array(self._sets, bool).reshape(-1, CODES)
        return Nodes(column, threshold, np.array(self._children), value, asking, rows, sets)
