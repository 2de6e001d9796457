"""LiteRT, formerly TensorFlow Lite: phones and small devices."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.exports.base import Format, Source, refusal, refuse_texts
from automl.failure import sentence
from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_MISSING = re.compile(r"'tf\.(\w+)' op is neither a custom op nor a flex op")
_REPRESENTATIVE = 100
"""Samples of the train part that the ranges of activations are taken of."""


class LiteRT(Format):
    """One file for one sample at a time, of built-in operations alone and in 32 bits; ai-edge-litert runs it."""

    name = "litert"
    file = "model.tflite"
    needs = ("ai_edge_litert",)
    batches = False
    quantizes = True

    @override
    def make(self, source: Source, target: Path) -> list[str]:
        import tensorflow as tf

        from automl.exports.graph import graph_of, refuse_randomness
        from automl.exports.rewriting import for_litert

        refuse_texts("LiteRT", source)
        graph = graph_of(source, batch=1)
        refuse_randomness("LiteRT", graph)
        function = for_litert(graph).function()
        scratch, module, notes = target.with_name("graph"), tf.Module(), ["It takes one sample at a time."]
        module.run = function
        tf.saved_model.save(module, str(scratch), signatures={"serving_default": function.get_concrete_function()})
        converter = tf.lite.TFLiteConverter.from_saved_model(str(scratch))
        if source.quantized:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            if graph.has_loops:
                notes.append("Its weights alone are integers: activations in a loop cannot be calibrated.")
            else:
                converter.representative_dataset = _representative(self, source)
        target.write_bytes(_converted(converter))
        return notes

    @override
    def cast(self, values: np.ndarray) -> np.ndarray:
        return values.astype(np.float32) if values.dtype == np.float64 else values

    @override
    def usage(self, model: str, example: str) -> tuple[str, ...]:
        return (
            "import numpy as np; from ai_edge_litert.interpreter import Interpreter",
            f"model = Interpreter({model}).get_signature_runner()",
            f"print(model(**np.load({example})))",
        )


def _converted(converter: Any) -> bytes:
    try:
        content: bytes = converter.convert()
    except Exception as error:  # the converter raises whatever it stumbles over
        missing = sorted(set(_MISSING.findall(str(error))))
        named = f"it has no operation for {', '.join(missing)}" if missing else ""
        why = named or f"TensorFlow's converter cannot convert it ({sentence(error)})"
        raise refusal("LiteRT", why) from error
    return content


def _representative(form: Format, source: Source) -> Callable[[], Iterator[dict[str, Any]]]:
    from automl.exports.samples import some, tensors

    def representative() -> Iterator[dict[str, Any]]:
        given = tensors(
            some(source.plugin, source.data, source.data.train, _REPRESENTATIVE), source.inputs, source.data
        )
        for number in range(len(next(iter(given.values())))):
            yield {name: form.cast(values[number : number + 1]) for name, values in given.items()}

    return representative
