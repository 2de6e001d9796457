"""A forest as a Keras layer, so that it is saved and served like any network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from automl_classical.trees.forest import CODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl_classical.trees.bins import Bins
    from automl_classical.trees.forest import Forest, Tree

_AT_ONCE = 512
"""Trees that rows go down side by side: all of them would fill the memory with steps on the way."""


@keras.saving.register_keras_serializable(package="automl_classical")
class Trees(keras.layers.Layer):  # type: ignore[misc]
    """Sums of trees over the columns of an encoded table, as gathers out of arrays.

    Every row goes down all trees at once: a node's column is compared with its threshold, and the children stand side
    by side. Sets of categories are columns of their own behind the numbers: 0 for those of the set, 1 for all else.

    Args:
        outputs: Sums of a row; trees add to them in turn.
        trees: How many there are, a multiple of the outputs.
        nodes: Of all trees.
        sets: Sets of categories that nodes ask for.
        steps: From a root to the deepest leaf.
    """

    def __init__(self, outputs: int, trees: int, nodes: int, sets: int, steps: int, **options: Any) -> None:
        super().__init__(**{"trainable": False, "dtype": "float32", **options})
        self.outputs, self.trees, self.nodes, self.sets, self.steps = outputs, trees, nodes, sets, steps

    def build(self, shape: Any) -> None:
        """Make room for the arrays."""
        del shape
        self._bias = self._array("bias", (self.outputs,), "float32")
        self._root = self._array("root", (self.trees,), "int32")
        self._column = self._array("column", (self.nodes,), "int32")
        self._threshold = self._array("threshold", (self.nodes,), "float32")
        self._child = self._array("child", (self.nodes,), "int32")
        self._value = self._array("value", (self.nodes,), "float32")
        self._asked = self._array("asked", (self.sets,), "int32")
        self._outside = self._array("outside", (self.sets * CODES,), "uint8")

    def _array(self, name: str, shape: tuple[int, ...], dtype: str) -> keras.Variable:
        return self.add_weight(shape=shape, dtype=dtype, initializer="zeros", trainable=False, name=name)

    def call(self, inputs: Mapping[str, Any]) -> Any:
        """``numeric`` and ``categorical``, (batch, columns) each, to (batch, outputs)."""
        columns = self._columns(inputs)
        width = tf.shape(columns)[1]
        begins = tf.range(tf.shape(columns)[0])[:, tf.newaxis] * width
        sums = tf.convert_to_tensor(self._bias)
        step = max(self.outputs, _AT_ONCE // self.outputs * self.outputs)
        for start in range(0, self.trees, step):
            roots = tf.convert_to_tensor(self._root)[start : start + step]
            leaves = self._leaves(tf.reshape(columns, [-1]), begins, roots)
            values = tf.gather(tf.convert_to_tensor(self._value), leaves)
            sums += tf.reduce_sum(tf.reshape(values, (-1, roots.shape[0] // self.outputs, self.outputs)), axis=1)
        return sums

    def _columns(self, inputs: Mapping[str, Any]) -> Any:
        """What nodes look at, (batch, numbers + sets)."""
        columns = [inputs["numeric"]] if "numeric" in inputs else []
        if self.sets:
            codes = tf.gather(inputs["categorical"], tf.convert_to_tensor(self._asked), axis=1)
            places = tf.range(self.sets) * CODES + tf.where(codes < CODES - 1, codes, 0)
            columns.append(tf.cast(tf.gather(tf.convert_to_tensor(self._outside), places), tf.float32))
        return tf.concat(columns, axis=1)

    def _leaves(self, columns: Any, begins: Any, nodes: Any) -> Any:
        """The leaf that each row, beginning where it does, comes to in each tree: (batch, trees)."""
        column, threshold, child = (tf.convert_to_tensor(one) for one in (self._column, self._threshold, self._child))
        for _ in range(self.steps):
            seen = tf.gather(columns, begins + tf.gather(column, nodes))
            nodes = tf.gather(child, nodes) + tf.cast(seen > tf.gather(threshold, nodes), tf.int32)
        return nodes if self.steps else nodes + tf.zeros_like(begins)

    def compute_output_spec(self, inputs: Mapping[str, Any]) -> Any:
        """Shapes alone: tracing hundreds of steps would take a while."""
        return keras.KerasTensor((next(iter(inputs.values())).shape[0], self.outputs), "float32")

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        own = {"outputs": self.outputs, "trees": self.trees, "nodes": self.nodes, "sets": self.sets}
        return {**super().get_config(), **own, "steps": self.steps}


def trees_layer(forest: Forest, bins: Bins) -> Trees:
    """The layer of a forest that has grown on such bins."""
    arrays = _joined(forest, bins)
    root, column, asked = arrays["root"], arrays["column"], arrays["asked"]
    layer = Trees(len(forest.bias), len(root), len(column), len(asked), arrays.pop("steps"), name="trees")
    layer.build(None)
    layer.set_weights([forest.bias, *arrays.values()])
    return layer


def _joined(forest: Forest, bins: Bins) -> dict[str, Any]:
    """The arrays of the layer by name, in their order, and its steps: nodes numbered on over all trees."""
    trees, numbers = forest.trees, len(bins.edges)
    root = _begins([len(tree.column) for tree in trees])
    set_root = _begins([len(tree.sets) for tree in trees])
    column, threshold, child = (_end_to_end(trees, name) for name in ("column", "threshold", "child"))
    tree_of = np.repeat(np.arange(len(trees)), [len(tree.column) for tree in trees])
    inner, asking = child > 0, _end_to_end(trees, "categorical").astype(bool)
    numeric = inner & ~asking
    child = np.where(inner, child, 0) + np.where(inner, root[tree_of], np.arange(len(column)))
    number = threshold + set_root[tree_of]
    sets = np.concatenate([tree.sets for tree in trees])
    asked = np.zeros(len(sets), np.int32)
    asked[number[asking]] = column[asking] - numbers
    bounds = np.where(asking, np.float32(0.5), np.float32(np.inf))
    bounds[numeric] = [bins.edges[place][bin_] for place, bin_ in zip(column[numeric], threshold[numeric], strict=True)]
    if not numbers and not len(sets):  # nodes have to look at something
        sets, asked = np.zeros((1, CODES), bool), np.zeros(1, np.int32)
    return {
        "root": root,
        "column": np.where(asking, numbers + number, np.where(inner, column, 0)),
        "threshold": bounds,
        "child": child,
        "value": _end_to_end(trees, "value"),
        "asked": asked,
        "outside": ~sets.ravel(),
        "steps": _depth(root, child, inner),
    }


def _begins(lengths: list[int]) -> np.ndarray:
    """Where each of several arrays begins once they are joined."""
    return np.cumsum([0, *lengths[:-1]])


def _end_to_end(trees: list[Tree], name: str) -> np.ndarray:
    return np.concatenate([getattr(tree, name) for tree in trees])


def _depth(nodes: np.ndarray, child: np.ndarray, inner: np.ndarray) -> int:
    """Steps from these nodes to the deepest leaf."""
    steps = 0
    while len(nodes := nodes[inner[nodes]]):
        nodes, steps = np.concatenate([child[nodes], child[nodes] + 1]), steps + 1
    return steps
