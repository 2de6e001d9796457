"""ONNX, which many runtimes read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from automl.exports.base import Format, Source, refusal, refuse_texts
from automl.failure import sentence
from automl.inheritance import override

if TYPE_CHECKING:
    from pathlib import Path

    from automl.exports.graph import Graph

_OPSET = 18
"""The newest that tf2onnx writes."""


class OnnxFile(Format):
    """One file with weights and graph, made by tf2onnx; the number of samples is open."""

    name = "onnx"
    file = "model.onnx"
    needs = ("onnx", "onnxruntime", "tf2onnx")

    @override
    def make(self, source: Source, target: Path) -> list[str]:
        from automl.exports.graph import graph_of, refuse_randomness
        from automl.exports.rewriting import for_onnx

        refuse_texts("ONNX", source)
        graph = graph_of(source, batch=None)
        refuse_randomness("ONNX", graph)
        model = _converted(for_onnx(graph))
        _refuse_unknown(model)
        _name(model, source)
        target.write_bytes(model.SerializeToString())
        return []

    @override
    def usage(self, model: str, example: str) -> tuple[str, ...]:
        return (
            "import numpy as np, onnxruntime",
            f"model = onnxruntime.InferenceSession({model})",
            f"print(model.run(None, dict(np.load({example}))))",
        )


def _converted(graph: Graph) -> Any:
    import tf2onnx

    function = graph.function()
    try:
        model, _ = tf2onnx.convert.from_function(
            function,
            input_signature=function.input_signature,
            opset=_OPSET,
            custom_op_handlers={"SelectV2": (_choose, [])},
        )
    except Exception as error:  # the converter raises whatever it stumbles over
        raise refusal("ONNX", f"tf2onnx cannot convert it ({sentence(error)})") from error
    return model


def _choose(graph: Any, node: Any, name: str, arguments: list[Any]) -> Any:
    """A choice as such: tf2onnx would multiply either side by 0 or 1, and what is not chosen may be no number."""
    del graph, name, arguments
    node.type = "Where"
    return node


def _refuse_unknown(model: Any) -> None:
    """Refuse a graph with operations that the converter left as TensorFlow's.

    Raises:
        ExportError: They are named.
    """
    from onnx import defs

    versions = {one.domain: one.version for one in model.opset_import}
    unknown = {
        node.op_type
        for node in _nodes(model.graph)
        if not defs.has(node.op_type, versions.get(node.domain, 1), node.domain)
    }
    if unknown:
        raise refusal("ONNX", f"it has no operation for {', '.join(sorted(unknown))}")


def _nodes(graph: Any) -> Any:
    """The nodes of a graph, those of its loops and branches included."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _nodes(attribute.g)


def _name(model: Any, source: Source) -> None:
    """Names for what is open, and the classes among what is said of the model."""
    for one in (*model.graph.input, *model.graph.output):
        first = one.type.tensor_type.shape.dim[:1]
        for dimension in first:
            if not dimension.HasField("dim_value"):
                dimension.dim_param = "batch"
    if source.data.spec.classes:
        entry = model.metadata_props.add()
        entry.key, entry.value = "classes", json.dumps(list(source.data.spec.classes), ensure_ascii=False)
