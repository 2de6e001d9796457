"""Several networks in one (TabM, Gorishniy et al. 2025): weights that they share, and a few of each one's own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from automl.training import Objective
from automl_tabular.scaled import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Sequence


@keras.saving.register_keras_serializable(package="automl_tabular")
class Adapter(keras.layers.Layer):  # type: ignore[misc]
    """Every member's own view of the inputs: each feature times a factor, drawn from a normal distribution and learned.

    Args:
        members: How many there are.
        sections: Inputs that belong to one feature each, in their order; they begin with the same factor.
    """

    def __init__(self, members: int, sections: Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        self.members = members
        self.sections = list(sections)

    def build(self, shape: Any) -> None:
        """Draw the factors."""
        del shape
        self._scale = self.add_weight(shape=(self.members, sum(self.sections)), initializer=self._start, name="scale")

    def _start(self, shape: Any, dtype: Any = None) -> Any:
        del shape
        drawn = keras.initializers.RandomNormal(stddev=1.0)((self.members, len(self.sections)), dtype)
        return keras.ops.take(drawn, np.repeat(np.arange(len(self.sections)), self.sections), axis=1)

    def call(self, inputs: Any) -> Any:
        """(batch, features) to (batch, members, features)."""
        return inputs[:, None, :] * self._scale

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "members": self.members, "sections": self.sections}


@keras.saving.register_keras_serializable(package="automl_tabular")
class MemberDense(keras.layers.Layer):  # type: ignore[misc]
    """A dense layer of each member's own.

    Args:
        units: Outputs of each.
        scaled: Whether it is parametrised as ``ScaledDense``, beginning with zeros.
    """

    def __init__(self, units: int, *, scaled: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        self.scaled = scaled

    def build(self, shape: Any) -> None:
        """Make the weights."""
        members, features = shape[1:]
        limit = 1.0 / math.sqrt(features)
        self._share = REFERENCE * limit if self.scaled else 1.0
        start = "zeros" if self.scaled else keras.initializers.RandomUniform(-limit, limit)
        self._kernel = self.add_weight(shape=(members, features, self.units), initializer=start, name="kernel")
        self._bias = self.add_weight(shape=(members, self.units), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        """(batch, members, features) to (batch, members, units)."""
        return keras.ops.einsum("nkf,kfu->nku", inputs, self._kernel * self._share) + self._bias

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "units": self.units, "scaled": self.scaled}


def each(objective: Objective) -> Objective:
    """The objective of (target, outputs of all members), each member being taken for itself."""
    return Objective(_Loss(objective.loss), tuple(_Metric(one) for one in objective.metrics))


def mean(predictions: Any) -> Any:
    """Predictions of all members (batch, members, ...) to their mean, (batch, ...)."""
    dtype, (count, *tail) = keras.backend.standardize_dtype(predictions.dtype), predictions.shape[1:]
    if len(tail) != 1:
        predictions = keras.layers.Reshape((count, math.prod(tail)), dtype=dtype)(predictions)
    found = keras.layers.GlobalAveragePooling1D(dtype=dtype)(predictions)
    return found if len(tail) == 1 else keras.layers.Reshape(tail, dtype=dtype)(found)


class _Loss(keras.losses.Loss):  # type: ignore[misc]
    """The mean of the members' losses: another than the loss of their mean, which would let them lean on each other."""

    def __init__(self, loss: keras.losses.Loss) -> None:
        super().__init__(name=loss.name)
        self._loss = loss

    def __call__(self, target: Any, outputs: Any, sample_weight: Any = None) -> Any:
        weight = None if sample_weight is None else _repeated(sample_weight, outputs)
        return self._loss(_repeated(target, outputs), _flat(outputs), sample_weight=weight)

    def call(self, target: Any, outputs: Any) -> Any:
        """Of every sample and member."""
        return self._loss.call(_repeated(target, outputs), _flat(outputs))


class _Metric(keras.metrics.Metric):  # type: ignore[misc]
    """A metric over the members as if they were samples."""

    def __init__(self, metric: keras.metrics.Metric) -> None:
        super().__init__(name=metric.name)
        self._metric = metric

    def update_state(self, target: Any, outputs: Any, sample_weight: Any = None) -> None:
        """Take a batch."""
        weight = None if sample_weight is None else _repeated(sample_weight, outputs)
        self._metric.update_state(_repeated(target, outputs), _flat(outputs), sample_weight=weight)

    def result(self) -> Any:
        """That of the metric."""
        return self._metric.result()

    def reset_state(self) -> None:
        """Begin anew."""
        self._metric.reset_state()


def _flat(outputs: Any) -> Any:
    return keras.ops.reshape(outputs, (-1, *outputs.shape[2:]))


def _repeated(values: Any, outputs: Any) -> Any:
    return keras.ops.repeat(values, outputs.shape[1], axis=0)
