"""Operations that other runtimes do not have, in terms of those that they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from automl.exports.graph import Graph

    Rule = Callable[[Any, "_New", Graph], None]

_HALVES = {tf.float64.as_datatype_enum: tf.float32.as_datatype_enum}


def for_onnx(graph: Graph) -> Graph:
    """Without operations that ONNX does not have, and that Keras or encoders of tables use."""
    return _rewritten(graph, {**_EITHER, "IsFinite": _bounded, "Erfc": _complement})


def for_litert(graph: Graph) -> Graph:
    """Without operations that LiteRT does not have, in 32 bits throughout; it knows the activation GELU by Erfc."""
    return _in_floats(_rewritten(graph, {**_EITHER, "IsFinite": _finite}))


def _in_floats(graph: Graph) -> Graph:
    """In 32 bits, inputs and outputs included."""
    nodes = tf.compat.v1.GraphDef()
    nodes.CopyFrom(graph.nodes)
    for one in (nodes.node, *(function.node_def for function in nodes.library.function)):
        for node in one:
            for attribute in node.attr.values():
                _halve(attribute)
    signature = [tf.TensorSpec(one.shape, _single(one.dtype), one.name) for one in graph.signature]
    return graph.rewritten(nodes, signature=signature)


def _rewritten(graph: Graph, rules: Mapping[str, Rule]) -> Graph:
    nodes = tf.compat.v1.GraphDef()
    nodes.CopyFrom(graph.nodes)
    new = _New(nodes)
    for node in list(nodes.node):
        if node.op in rules:
            rules[node.op](node, new, graph)
    return graph.rewritten(nodes)


class _New:
    """Adds nodes to a graph."""

    def __init__(self, nodes: Any) -> None:
        self._nodes = nodes
        self.by_name = {node.name: node for node in nodes.node}

    def node(self, name: str, op: str, inputs: list[str], **types: int) -> str:
        """A node of that operation; its name."""
        made = self._nodes.node.add(name=name, op=op, input=inputs)
        for key, value in types.items():
            made.attr[key].type = value
        return name

    def constant(self, name: str, value: np.ndarray) -> str:
        """A constant; its name."""
        made = self._nodes.node.add(name=name, op="Const")
        made.attr["dtype"].type = tf.as_dtype(value.dtype).as_datatype_enum
        made.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
        return name


def _bounded(node: Any, new: _New, graph: Graph) -> None:
    """Nearer to 0 than infinity: what is no number compares as false, as it would not in a negated comparison."""
    del graph
    kind = node.attr["T"].type
    endless = np.array(np.inf, tf.as_dtype(kind).as_numpy_dtype)
    size = new.node(f"{node.name}/size", "Abs", [node.input[0]], T=kind)
    _become(node, "Less", [size, new.constant(f"{node.name}/endless", endless)])


def _finite(node: Any, new: _New, graph: Graph) -> None:
    """Nothing but a finite number gives 0 by 0; the largest number would be taken for a range, and quantized."""
    del graph
    kind = node.attr["T"].type
    zero = new.constant(f"{node.name}/zero", np.array(0, tf.as_dtype(kind).as_numpy_dtype))
    product = new.node(f"{node.name}/product", "Mul", [node.input[0], zero], T=kind)
    _become(node, "Equal", [product, zero])


def _bias(node: Any, new: _New, graph: Graph) -> None:
    """A bias along the second axis, as an addition: LiteRT takes what has that for an image."""
    rank = graph.ranks.get(node.input[0].partition(":")[0])
    if node.attr["data_format"].s != b"NCHW" or rank is None:
        return
    shape = new.constant(f"{node.name}/shape", np.array([-1, *[1] * (rank - 2)], np.int32))
    kind = node.attr["T"].type
    bias = new.node(f"{node.name}/bias", "Reshape", [node.input[1], shape], T=kind, Tshape=tf.int32.as_datatype_enum)
    del node.attr["data_format"]
    _become(node, "AddV2", [node.input[0], bias])


def _largest(node: Any, new: _New, graph: Graph) -> None:
    """Without what Keras does before it, so that -0.0 counts less than 0.0 (``keras.ops.argmax``)."""
    del graph
    chosen = new.by_name.get(node.input[0].partition(":")[0])
    if chosen is None or chosen.op != "SelectV2":
        return
    condition = new.by_name.get(chosen.input[0].partition(":")[0])
    if condition is not None and condition.op == "LogicalAnd":
        node.input[0] = chosen.input[2]


def _complement(node: Any, new: _New, graph: Graph) -> None:
    del graph
    kind = node.attr["T"].type
    function = new.node(f"{node.name}/erf", "Erf", [node.input[0]], T=kind)
    one = new.constant(f"{node.name}/one", np.array(1, tf.as_dtype(kind).as_numpy_dtype))
    _become(node, "Sub", [one, function])


def _become(node: Any, op: str, inputs: list[str]) -> None:
    node.op = op
    del node.input[:]
    node.input.extend(inputs)


def _halve(attribute: Any) -> None:
    if attribute.HasField("type"):
        attribute.type = _HALVES.get(attribute.type, attribute.type)
    if attribute.HasField("list"):
        attribute.list.type[:] = [_HALVES.get(one, one) for one in attribute.list.type]
    if attribute.HasField("tensor") and attribute.tensor.dtype in _HALVES:
        most = np.finfo(np.float32).max
        values = np.clip(tf.make_ndarray(attribute.tensor), -most, most).astype(np.float32)
        attribute.tensor.CopyFrom(tf.make_tensor_proto(values))


def _single(dtype: tf.DType) -> tf.DType:
    return tf.float32 if dtype == tf.float64 else dtype


_EITHER: Mapping[str, Rule] = {"BiasAdd": _bias, "ArgMax": _largest}
"""What neither has."""
