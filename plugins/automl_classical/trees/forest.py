"""Trees as plain arrays, which need no library to be kept."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CODES = 256
"""Bins that a set of categories tells of."""


@dataclass(frozen=True)
class Nodes:
    """The nodes of a tree as its library tells them, the root first; attributes of ``Tree``, and two more.

    Attributes:
        children: Of each node both, (nodes, 2); zeros for a leaf.
        rows: That a node was grown on, (nodes,).
    """

    column: np.ndarray
    threshold: np.ndarray
    children: np.ndarray
    value: np.ndarray
    categorical: np.ndarray
    rows: np.ndarray
    sets: np.ndarray


@dataclass(frozen=True)
class Tree:
    """One tree over binned columns; the two children of a node stand side by side.

    Attributes:
        column: That a node looks at, (nodes,).
        threshold: The last bin that goes to the first child, (nodes,); of a node that asks for categories the number of
            its set.
        child: The first child, (nodes,); 0 for a leaf.
        value: What a leaf adds, (nodes,).
        sets: The bins that go to the first child, (sets, 256).
        categorical: Whether a node asks for categories, (nodes,).
    """

    column: np.ndarray
    threshold: np.ndarray
    child: np.ndarray
    value: np.ndarray
    sets: np.ndarray
    categorical: np.ndarray

    @classmethod
    def leaf(cls, value: float) -> Self:
        """A tree that says the same of all rows."""
        none = np.zeros(1, np.int32)
        return cls(none, none, none, np.array([value]), np.zeros((0, CODES), bool), none.astype(bool))

    @classmethod
    def linked(cls, nodes: Nodes, absent: np.ndarray) -> Self:
        """A tree of nodes that stand in any order after the root, brought into ours.

        Args:
            nodes: All of them.
            absent: Whether no row that the tree was grown on has a bin, (columns, 256): such rows, and unknown ones,
                go where most rows go.
        """
        sets, children = nodes.sets.copy(), nodes.children
        for node in np.flatnonzero(nodes.categorical):
            first, second = nodes.rows[children[node]]
            sets[nodes.threshold[node], absent[nodes.column[node]]] = first > second
        inner = np.flatnonzero(children[:, 0])
        place = np.zeros(len(children), np.int32)
        place[children[inner, 0]] = 1 + 2 * np.arange(len(inner))
        place[children[inner, 1]] = 2 + 2 * np.arange(len(inner))
        order = np.argsort(place)
        child = np.where(children[:, 0] > 0, place[children[:, 0]], 0)
        column, threshold, child = (one[order].astype(np.int32) for one in (nodes.column, nodes.threshold, child))
        value = np.where(child > 0, 0.0, nodes.value[order])
        return cls(column, threshold, child, value, sets, nodes.categorical[order].astype(bool))

    def split(self, binned: np.ndarray, rows: np.ndarray | None = None) -> Iterator[tuple[int, np.ndarray]]:
        """Each leaf with its rows.

        Args:
            binned: Shape (rows, columns).
            rows: Numbers of those that are asked for; by default all.
        """
        ahead = [(0, np.arange(len(binned)) if rows is None else rows)]
        while ahead:
            node, here = ahead.pop()
            if not self.child[node]:
                yield node, here
                continue
            bins = binned[:, self.column[node]][here]
            threshold = self.threshold[node]
            first = self.sets[threshold][bins] if self.categorical[node] else bins <= threshold
            ahead += [(self.child[node], here[first]), (self.child[node] + 1, here[~first])]

    def add_to(self, sums: np.ndarray, binned: np.ndarray) -> None:
        """Add what the tree says of rows to their sums (rows,)."""
        for leaf, rows in self.split(binned):
            sums[rows] += self.value[leaf]


class Forest:
    """Trees whose values add up, for one or several outputs in turn.

    Args:
        bias: What every sum begins with, (outputs,).
    """

    def __init__(self, bias: np.ndarray) -> None:
        self.bias = bias
        self.trees: list[Tree] = []

    def sums(self, binned: np.ndarray) -> np.ndarray:
        """What the trees say of binned rows (rows, columns): (rows, outputs), added up in the order of their growth."""
        found = np.repeat(self.bias[np.newaxis], len(binned), axis=0)
        for number, tree in enumerate(self.trees):
            tree.add_to(found[:, number % len(self.bias)], binned)
        return found

    def arrays(self) -> list[np.ndarray]:
        """All of it: the bias, the nodes and the sets of each tree, and every array of the trees, joined."""
        joined = [
            np.concatenate([getattr(tree, one.name) for tree in self.trees]) if self.trees else np.zeros(0)
            for one in fields(Tree)
        ]
        nodes, sets = ([len(part) for part in parts] for parts in self._parts())
        return [self.bias, np.array(nodes, np.int64), np.array(sets, np.int64), *joined]

    def _parts(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        return [tree.column for tree in self.trees], [tree.sets for tree in self.trees]

    def put(self, arrays: Sequence[np.ndarray]) -> None:
        """Be as ``arrays`` told."""
        self.bias, nodes, sets, *joined = arrays
        ends = {one.name: np.cumsum(sets if one.name == "sets" else nodes)[:-1] for one in fields(Tree)}
        parts = [np.split(array, ends[one.name]) for array, one in zip(joined, fields(Tree), strict=True)]
        self.trees = [Tree(*tree) for tree in zip(*parts, strict=True)] if len(nodes) else []
