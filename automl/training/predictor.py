"""A trained model called on any number of raw inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from automl.data.spec import TensorSpec
from automl.data.stacking import Stacking, stacks
from automl.training.pipeline import evaluation_size

if TYPE_CHECKING:
    import keras

    from automl.data import DataSpec

_BATCH = 32


class Predictor:
    """Calls a model in the graph, so many samples at a time; strings, which ``keras.Model.predict`` refuses, too.

    Args:
        model: Takes raw inputs, columns in the tensors of ``automl.data.stacking``.
        spec: Tells their names and types.
    """

    def __init__(self, model: keras.Model, spec: DataSpec) -> None:
        self._inputs = spec.inputs
        self._stack = Stacking(spec) if stacks(spec) else None
        self._size = evaluation_size(spec.encoded, _BATCH)
        self._call = tf.function(lambda inputs: model(inputs, training=False), autograph=False, reduce_retracing=True)

    def __call__(self, inputs: Any) -> np.ndarray:
        """Predictions for raw inputs: an array, arrays by name, or a table.

        Raises:
            DataError: A column is missing, or holds texts for numbers.
        """
        given = inputs if self._stack is None else self._stack(inputs)
        count = len(next(iter(given.values())) if isinstance(given, Mapping) else given)
        starts = range(0, max(1, count), self._size)
        return np.concatenate([self._call(self._tensors(given, slice(at, at + self._size))) for at in starts])

    def _tensors(self, given: Any, rows: slice) -> Any:
        if self._stack is not None:
            return {name: tf.constant(values[rows]) for name, values in given.items()}
        if isinstance(self._inputs, TensorSpec):
            return _tensor(given[rows], self._inputs)
        return {name: _tensor(given[name][rows], one) for name, one in self._inputs.items()}


def _tensor(values: Any, spec: TensorSpec) -> tf.Tensor:
    if spec.dtype == "string":
        return tf.constant(np.asarray(values, object), tf.string)
    return tf.constant(np.asarray(values, spec.dtype))
