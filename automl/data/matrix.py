"""Raw samples as one matrix of numbers, for models that are no networks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.data.scaling import deviations
from automl.data.spec import TensorSpec
from automl.data.stacking import Stacking
from automl.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.data.spec import DataSpec

_MOST_LABELS = 50
"""Of one column: a matrix with a column for each of thousands of labels holds little but zeros."""


class Matrix:
    """Turns raw samples into rows of standardised numbers, (samples, features) of type float32.

    All of it was learned on the train part:

    - images, windows and sequences are standardised by channel and flattened;
    - of tables, numbers are imputed by the median and standardised, with an indicator where values were missing; dates
      become their parts; categories become a column of zeros and ones for each of their 50 most frequent labels, so
      that rarer and unknown ones are zeros.

    It holds nothing but the spec, so that a plugin saves ``spec.to_dict()`` and makes it anew.

    Args:
        spec: The data.

    Raises:
        DataError: The data are texts, which stand in no matrix.
    """

    def __init__(self, spec: DataSpec) -> None:
        self._spec = spec
        if spec.details.get("encoding", "table") != "table":
            raise DataError(f"data={spec.name}: texts are no columns of numbers. Choose a model that reads texts.")

    def __call__(self, inputs: Any) -> np.ndarray:
        """The rows for raw inputs: an array, or columns by name.

        Raises:
            DataError: A column is missing, or holds texts for numbers.
        """
        if self._spec.features is not None:
            return self.of_features(self._features(inputs))
        if isinstance(self._spec.inputs, TensorSpec):
            return self._standardised(np.asarray(inputs))
        return np.concatenate([_flat(np.asarray(inputs[name])) for name in self._spec.inputs], axis=1)

    @property
    def width(self) -> int:
        """The numbers of a row, known without any.

        Raises:
            DataError: Samples vary in their size.
        """
        encoded = self._spec.features
        if isinstance(encoded, Mapping):
            labels = sum(min(count, _MOST_LABELS) for count in self._labels) if "categorical" in encoded else 0
            return labels + (_volume(encoded["numeric"]) if "numeric" in encoded else 0)
        inputs = self._spec.inputs
        return sum(_volume(one) for one in ([inputs] if isinstance(inputs, TensorSpec) else inputs.values()))

    def of_features(self, features: Mapping[str, np.ndarray]) -> np.ndarray:
        """The rows for columns that are encoded already, as batches hold them."""
        blocks = [np.asarray(features["numeric"], np.float32)] if "numeric" in features else []
        if "categorical" in features:
            codes = np.asarray(features["categorical"])
            blocks += [
                (codes[:, [place]] == np.arange(1, min(count, _MOST_LABELS) + 1)).astype(np.float32)
                for place, count in enumerate(self._labels)
            ]
        return np.concatenate(blocks, axis=1)

    @cached_property
    def _labels(self) -> list[int]:
        """How many labels each categorical column has, the most frequent first."""
        vocabularies = self._spec.statistics["vocabularies"]
        return [len(vocabularies[name]) for name, kind in self._spec.details["columns"] if kind == "categorical"]

    @cached_property
    def _features(self) -> Callable[[Any], dict[str, np.ndarray]]:
        import tensorflow as tf

        from automl.data.encoding.make import make_encoder

        encoder, stack = make_encoder(self._spec), Stacking(self._spec)
        assert encoder is not None
        call = tf.function(encoder, autograph=False, reduce_retracing=True)

        def features(inputs: Any) -> dict[str, np.ndarray]:
            tensors = {name: tf.constant(values) for name, values in stack(inputs).items()}
            return {name: tensor.numpy() for name, tensor in call(tensors).items()}

        return features

    def _standardised(self, values: np.ndarray) -> np.ndarray:
        learned = self._spec.statistics
        if "mean" not in learned:
            return _flat(values)
        mean, scale = np.asarray(learned["mean"]), deviations(learned["mean"], learned["variance"])
        return _flat((values - mean.astype(np.float32)) / scale.astype(np.float32))


def _volume(spec: TensorSpec) -> int:
    if None in spec.shape:
        raise DataError(f"Samples of any size are no rows of a matrix. Received: the shape {spec.shape}.")
    return math.prod(length or 1 for length in spec.shape)


def _flat(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, np.float32).reshape(len(values), -1)
