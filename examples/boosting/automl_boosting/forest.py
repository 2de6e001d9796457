"""Trees as arrays: they need no scikit-learn to predict, and no pickle to be saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Forest:
    """Perfect binary trees, whose outputs add up; node ``n`` has the children ``2 n + 1`` and ``2 n + 2``.

    Attributes:
        bias: What every sample begins with, (outputs,).
        features: Column that a node looks at, (trees, nodes).
        thresholds: What is above it goes to the second child, (trees, nodes).
        leaves: What is added, (trees, leaves, outputs); zeros for trees that are not grown yet.
    """

    bias: np.ndarray
    features: np.ndarray
    thresholds: np.ndarray
    leaves: np.ndarray

    @classmethod
    def empty(cls, bias: np.ndarray, trees: int, depth: int) -> Self:
        """Room for so many trees."""
        nodes = 2**depth - 1
        shape = (trees, nodes)
        return cls(bias, np.zeros(shape, np.int32), np.full(shape, np.inf), np.zeros((trees, nodes + 1, len(bias))))

    def arrays(self) -> list[np.ndarray]:
        """All of it, copied."""
        return [one.copy() for one in (self.bias, self.features, self.thresholds, self.leaves)]

    def put(self, arrays: Sequence[np.ndarray]) -> None:
        """Be as ``arrays`` told."""
        self.bias, self.features, self.thresholds, self.leaves = (np.array(one) for one in arrays)

    def set(self, number: int, tree: Any, values: np.ndarray) -> None:
        """Put a tree into its place.

        Args:
            number: Of the place.
            tree: ``tree_`` of a decision tree of scikit-learn.
            values: What its nodes add, (nodes, outputs).
        """
        nodes = self.features.shape[1]

        def fill(node: int, place: int) -> None:
            """A leaf above the last row stands for all that are below it."""
            if place >= nodes:
                self.leaves[number, place - nodes] = values[node]
                return
            children = tree.children_left[node], tree.children_right[node]
            if children[0] < 0:
                children = node, node
            else:
                self.features[number, place] = tree.feature[node]
                self.thresholds[number, place] = tree.threshold[node]
            for side, child in enumerate(children):
                fill(int(child), 2 * place + 1 + side)

        fill(0, 0)

    def outputs(self, rows: np.ndarray) -> np.ndarray:
        """The sums for rows (n, columns): (n, outputs)."""
        total = np.repeat(self.bias[np.newaxis], len(rows), axis=0)
        for number in np.flatnonzero(self.leaves.any(axis=(1, 2))):
            total += self.added(number, rows)
        return total

    def added(self, number: Any, rows: np.ndarray) -> np.ndarray:
        """What one tree adds, (n, outputs)."""
        features, thresholds = self.features[number], self.thresholds[number]
        place, each = np.zeros(len(rows), int), np.arange(len(rows))
        for _ in range(int(np.log2(len(features) + 1))):
            place = 2 * place + 1 + (rows[each, features[place]] > thresholds[place])
        found: np.ndarray = self.leaves[number, place - len(features)]
        return found
