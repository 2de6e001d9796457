"""Columns of a table, or the steps of sequences, as features of a linear model."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.data import DataSpec

_MOST_LABELS = 50
"""Of one column, as in ``automl.data.Matrix``: rarer ones tell a linear model next to nothing."""
_MOST_SPLINED = 300
"""Numbers beyond which splines stay away: their features would fill the memory, and samples are too few for them."""


@keras.saving.register_keras_serializable(package="automl_classical")
class Indicators(keras.layers.Layer):  # type: ignore[misc]
    """A column of zeros and ones for each of the most frequent categories; rarer and unknown ones are zeros.

    Args:
        counts: How many categories of each column are told.
    """

    def __init__(self, counts: Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        self.counts = list(counts)

    def call(self, codes: Any) -> Any:
        """Numbers from 1 (batch, columns) to (batch, indicators)."""
        places = np.repeat(np.arange(len(self.counts)), self.counts)
        numbers = np.concatenate([np.arange(1, count + 1) for count in self.counts])
        same = keras.ops.equal(keras.ops.take(codes, places, axis=1), numbers.astype("int32"))
        return keras.ops.cast(same, self.compute_dtype)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(batch, indicators)."""
        return (shape[0], sum(self.counts))

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "counts": self.counts}


@keras.saving.register_keras_serializable(package="automl_classical")
class LinearSplines(keras.layers.Layer):  # type: ignore[misc]
    """Numbers, and beside them how far each fills the gaps between its knots: splines of degree one (de Boor 1978).

    A weight is how much the function rises from a knot to the next, so that a penalty keeps it flat. Numbers further
    beyond the outer knots than these are apart count as if they were not: a line goes on for a while, not for ever.

    Args:
        edges: Lowest and highest knot of each feature, (features, 2).
        features: For each gap the feature that it belongs to.
        starts: Where each gap begins.
        sizes: How wide each is.
    """

    def __init__(
        self,
        edges: Sequence[Sequence[float]],
        features: Sequence[int],
        starts: Sequence[float],
        sizes: Sequence[float],
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.edges = [list(pair) for pair in edges]
        self.features, self.starts, self.sizes = list(features), list(starts), list(sizes)

    def call(self, numbers: Any) -> Any:
        """(batch, features) to (batch, features + gaps)."""
        low, high = np.asarray(self.edges, np.float32).T
        span = np.maximum(high - low, 1.0)
        plain = keras.ops.minimum(keras.ops.maximum(numbers, low - span), high + span)
        if not self.features:
            return plain
        taken = keras.ops.take(numbers, np.asarray(self.features, np.int32), axis=1)
        filled = (taken - np.asarray(self.starts, np.float32)) / np.asarray(self.sizes, np.float32)
        return keras.ops.concatenate([plain, keras.ops.clip(filled, 0.0, 1.0)], axis=1)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(batch, features + gaps)."""
        return (shape[0], len(self.edges) + len(self.features))

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        own = {"edges": self.edges, "features": self.features, "starts": self.starts, "sizes": self.sizes}
        return {**super().get_config(), **own}


def splines(spec: DataSpec, knots: int) -> LinearSplines:
    """The layer with so many knots at quantiles of each number of the train part; 0 for numbers alone."""
    quantiles = np.asarray(spec.statistics["quantiles"], np.float64)
    edges = quantiles[:, [0, -1]]
    found: list[tuple[int, float, float]] = []
    if knots > 0 and len(quantiles) <= _MOST_SPLINED:
        chosen = quantiles[:, np.linspace(0, quantiles.shape[1] - 1, knots + 2).round().astype(int)]
        for feature, its in enumerate(chosen):
            different = np.unique(its)
            if len(different) > 2:  # of two values a line tells all
                found += [(feature, start, end - start) for start, end in pairwise(different)]
    features, starts, sizes = zip(*found, strict=True) if found else ((), (), ())
    return LinearSplines(edges.tolist(), features, [float(one) for one in starts], [float(one) for one in sizes])


def columns(inputs: Mapping[str, Any], spec: DataSpec, knots: int) -> Any:
    """The features (batch, features) of encoded columns, as Keras tensors."""
    parts = []
    if "numeric" in inputs:
        parts.append(splines(spec, knots)(inputs["numeric"]))
    if "categorical" in inputs:
        vocabularies = spec.statistics["vocabularies"]
        kinds = spec.details["columns"]
        counts = [min(len(vocabularies[name]), _MOST_LABELS) for name, kind in kinds if kind == "categorical"]
        parts.append(Indicators(counts)(inputs["categorical"]))
    return keras.layers.Concatenate()(parts) if len(parts) > 1 else parts[0]
