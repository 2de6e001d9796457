"""A trained model called on any number of raw inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from automl.data.spec import TensorSpec
from automl.training.pipeline import evaluation_size

if TYPE_CHECKING:
    import keras

    from automl.data import DataSpec

_BATCH = 32


class Predictor:
    """Calls a model in the graph, so many samples at a time; strings, which ``keras.Model.predict`` refuses, too.

    Args:
        model: Takes raw inputs.
        spec: Tells their names and types.
    """

    def __init__(self, model: keras.Model, spec: DataSpec) -> None:
        self._inputs = spec.inputs
        self._size = evaluation_size(spec.encoded, _BATCH)
        self._call = tf.function(lambda inputs: model(inputs, training=False), autograph=False, reduce_retracing=True)

    def __call__(self, inputs: Any) -> np.ndarray:
        """Predictions for raw inputs, an array or arrays by name."""
        count = len(next(iter(inputs.values())) if isinstance(inputs, Mapping) else inputs)
        starts = range(0, max(1, count), self._size)
        return np.concatenate([self._call(self._tensors(inputs, slice(at, at + self._size))) for at in starts])

    def _tensors(self, inputs: Any, rows: slice) -> Any:
        if isinstance(self._inputs, TensorSpec):
            return _tensor(inputs[rows], self._inputs)
        return {name: _tensor(inputs[name][rows], one) for name, one in self._inputs.items()}


def _tensor(values: Any, spec: TensorSpec) -> tf.Tensor:
    if spec.dtype == "string":
        return tf.constant(np.asarray(values, object), tf.string)
    return tf.constant(np.asarray(values, spec.dtype))
