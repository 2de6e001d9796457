"""A trained model as one graph of TensorFlow's operations, its weights in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from automl.exports.base import Source, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.exports.base import Tensor

OUTPUT = "outputs"
"""What the only output is called."""


@dataclass(frozen=True)
class Graph:
    """A graph without variables, calls of functions inlined but for the bodies of loops.

    Attributes:
        nodes: It, a ``tf.compat.v1.GraphDef``.
        inputs: The tensors that enter it, by the names of the model's inputs.
        output: The tensor that leaves it.
        signature: Of its inputs, in their order.
        ranks: Of the first output of each node, where known.
    """

    nodes: Any
    inputs: Mapping[str, str]
    output: str
    signature: Sequence[tf.TensorSpec]
    ranks: Mapping[str, int | None]

    @property
    def has_loops(self) -> bool:
        """Whether it has loops, such as those of recurrent layers."""
        return any("While" in node.op for node in self.nodes.node)

    def function(self) -> Any:
        """A ``tf.function`` that runs it, from its inputs to its output."""
        tensors = list(self.inputs.values())

        def run(*given: Any) -> Any:
            mapped = dict(zip(tensors, given, strict=True))
            (output,) = tf.import_graph_def(self.nodes, input_map=mapped, return_elements=[self.output], name="")
            return {OUTPUT: output}

        return tf.function(run, input_signature=list(self.signature), autograph=False)

    def rewritten(self, nodes: Any, **others: Any) -> Graph:
        """The same with other nodes, less those that nothing needs any more."""
        kept = tf.compat.v1.graph_util.extract_sub_graph(
            nodes, [self.output.partition(":")[0], *(name.partition(":")[0] for name in self.inputs.values())]
        )
        return replace(self, nodes=kept, **others)


def graph_of(source: Source, batch: int | None) -> Graph:
    """The graph of a model.

    Args:
        source: The model; a Keras model is traced anew, so that a batch of one size is known throughout.
        batch: How many samples enter at once; None for any number.
    """
    signature = [_spec(name, one, batch) for name, one in source.inputs.items()]
    function = tf.function(_called(source), input_signature=signature, autograph=False).get_concrete_function()
    frozen = convert_variables_to_constants_v2(function, lower_control_flow=False, aggressive_inlining=True)
    inputs = dict(zip(source.inputs, (tensor.name for tensor in frozen.inputs), strict=True))
    ranks = {one.name: one.outputs[0].shape.rank for one in frozen.graph.get_operations() if one.outputs}
    return Graph(frozen.graph.as_graph_def(), inputs, frozen.outputs[0].name, signature, ranks)


def refuse_randomness(form: str, graph: Graph) -> None:
    """Refuse a model that draws random numbers, which no other runtime draws alike.

    Raises:
        ExportError: The operation is named.
    """
    bodies = [graph.nodes.node, *(one.node_def for one in graph.nodes.library.function)]
    drawn = sorted({node.op for nodes in bodies for node in nodes if "Random" in node.op})
    if drawn:
        raise refusal(form, f"it draws random numbers ({', '.join(drawn)}), for which {form} has no operations")


def _called(source: Source) -> Any:
    """What calls the model, with its inputs in order."""
    names, network = list(source.inputs), getattr(source.plugin, "served", None)
    if network is None:
        signature = tf.saved_model.load(str(source.saved)).signatures["serving_default"]
        return lambda *given: next(iter(signature(**dict(zip(names, given, strict=True))).values()))
    if isinstance(network.input, dict):
        return lambda *given: network(dict(zip(names, given, strict=True)), training=False)
    return lambda given: network(given, training=False)


def _spec(name: str, one: Tensor, batch: int | None) -> tf.TensorSpec:
    return tf.TensorSpec([batch, *one.shape[1:]], one.dtype, name=name)
