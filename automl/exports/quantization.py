"""What a model of integers of 8 bits is worth beside the original."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from automl.alive import beat
from automl.errors import ExportError
from automl.exports.samples import tensors
from automl.tasks import load_task

if TYPE_CHECKING:
    from pathlib import Path

    from automl.exports.base import Source

WORST = 0.02
"""The share of the original's metric that integers may cost."""
_SAMPLES = 500


def compare(model: Path, source: Source) -> dict[str, Any]:
    """The task's metric of both models on the same samples of the test part.

    Raises:
        ExportError: The quantized one is worse by more than the bound; both are told.
    """
    task, data = load_task(source.data.spec.task), source.data
    part = data.test.few(_SAMPLES)
    before = task.score(source.plugin, data, part)[task.info.metric]
    after = task.score(_Quantized(model, source), data, part)[task.info.metric]  # type: ignore[arg-type]
    lost = (before - after) * (1.0 if task.info.direction == "maximize" else -1.0)
    if not lost <= WORST * abs(before):
        raise ExportError(
            f"export: with --quantize int8 the {task.info.metric} on {len(part)} samples of the test part goes from"
            f" {before:.4g} to {after:.4g}; it may be worse by {WORST:.0%} of its value at most. Nothing was kept."
        )
    return {"metric": task.info.metric, "before": before, "after": after}


class _Quantized:
    """Answers as the exported model does, one sample at a time, to whoever asks a plugin."""

    def __init__(self, model: Path, source: Source) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._source = source
        self._run = Interpreter(str(model)).get_signature_runner()
        self._types = {name: one["dtype"] for name, one in self._run.get_input_details().items()}

    def predict(self, inputs: Any) -> np.ndarray:
        """As of ``ModelPlugin.predict``."""
        given = tensors(inputs, self._source.inputs, self._source.data)
        cast = {name: values.astype(self._types[name]) for name, values in given.items()}
        answers = []
        for number in range(len(next(iter(cast.values())))):
            (one,) = self._run(**{name: values[number : number + 1] for name, values in cast.items()}).values()
            answers.append(one.astype(self._source.samples.expected.dtype))
            beat()
        return np.concatenate(answers)
