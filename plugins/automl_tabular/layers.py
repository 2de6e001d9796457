"""Embeddings of numbers and categories."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np


@keras.saving.register_keras_serializable(package="automl_tabular")
class PiecewiseLinear(keras.layers.Layer):  # type: ignore[misc]
    """Piecewise-linear embedding of numbers (Gorishniy et al. 2022, section 3.2), with a linear layer for each.

    A number is told by how far it fills each bin between the quantiles of its feature: 1 for bins below it, the share
    for its own, 0 for those above. Beyond the first and the last edge the line goes on.

    Args:
        edges: Edges of the bins, rising, shape (features, bins + 1).
        width: Length of the embedding of one feature.
    """

    def __init__(self, edges: Any, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.edges = np.asarray(edges, np.float32)
        self.width = width

    def build(self, shape: Any) -> None:
        """Make the weights of the linear layers."""
        del shape
        features, bins = self.edges.shape[0], self.edges.shape[1] - 1
        limit = 1.0 / math.sqrt(bins)
        start = keras.initializers.RandomUniform(-limit, limit)
        self._kernel = self.add_weight(shape=(features, bins, self.width), initializer=start, name="kernel")
        self._bias = self.add_weight(shape=(features, self.width), initializer=start, name="bias")

    def call(self, inputs: Any) -> Any:
        """(batch, features) to (batch, features, width)."""
        ops = keras.ops
        low, size = self.edges[:, :-1], np.diff(self.edges, axis=1)
        filled = (inputs[..., None] - low) / np.where(size > 0.0, size, 1.0)
        count = size.shape[1]
        floor = np.where(np.arange(count) == 0, -np.inf, 0.0).astype(np.float32)
        roof = np.where(np.arange(count) == count - 1, np.inf, 1.0).astype(np.float32)
        bounded = ops.minimum(ops.maximum(filled, floor), roof)
        used = ops.where(size > 0.0, bounded, ops.zeros_like(bounded))
        return ops.einsum("nfb,fbw->nfw", used, self._kernel) + self._bias

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "edges": self.edges.tolist(), "width": self.width}


@keras.saving.register_keras_serializable(package="automl_tabular")
class Periodic(keras.layers.Layer):  # type: ignore[misc]
    """Periodic embedding of numbers (Gorishniy et al. 2022, section 3.3), with a linear layer for each.

    Args:
        frequencies: How many are learned for each feature.
        sigma: Their deviation at the start.
        width: Length of the embedding of one feature.
    """

    def __init__(self, frequencies: int, sigma: float, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.frequencies = frequencies
        self.sigma = sigma
        self.width = width

    def build(self, shape: Any) -> None:
        """Make frequencies and the weights of the linear layers."""
        features = shape[-1]
        normal = keras.initializers.RandomNormal(stddev=self.sigma)
        self._frequency = self.add_weight(shape=(features, self.frequencies), initializer=normal, name="frequency")
        limit = 1.0 / math.sqrt(2 * self.frequencies)
        start = keras.initializers.RandomUniform(-limit, limit)
        shape = (features, 2 * self.frequencies, self.width)
        self._kernel = self.add_weight(shape=shape, initializer=start, name="kernel")
        self._bias = self.add_weight(shape=(features, self.width), initializer=start, name="bias")

    def call(self, inputs: Any) -> Any:
        """(batch, features) to (batch, features, width)."""
        ops = keras.ops
        angle = 2.0 * math.pi * inputs[..., None] * self._frequency
        waves = ops.concatenate([ops.sin(angle), ops.cos(angle)], axis=-1)
        return ops.einsum("nfb,fbw->nfw", waves, self._kernel) + self._bias

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        own = {"frequencies": self.frequencies, "sigma": self.sigma, "width": self.width}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="automl_tabular")
class DensePeriodic(keras.layers.Layer):  # type: ignore[misc]
    """Periodic embedding with learned phases, a linear layer for each number, and the number itself beside it.

    PBLD: periodic, bias, linear, DenseNet (Holzmüller et al. 2024, section 3).

    Args:
        frequencies: How many are learned for each feature.
        sigma: Their deviation at the start.
        width: Length of the embedding of one feature, the number included.
        rate: Of all weights, as a multiple of the learning rate (see ``automl_tabular.scaled``).
    """

    def __init__(self, frequencies: int, sigma: float, width: int, rate: float = 1.6, **options: Any) -> None:
        super().__init__(**options)
        self.frequencies = frequencies
        self.sigma = sigma
        self.width = width
        self.rate = rate

    def build(self, shape: Any) -> None:
        """Make frequencies, phases and the weights of the linear layers."""
        features, count, linear = shape[-1], self.frequencies, self.width - 1
        normal = keras.initializers.RandomNormal(stddev=self.sigma / self.rate)
        turn, limit = math.pi / self.rate, 1.0 / math.sqrt(count) / self.rate
        phases, start = keras.initializers.RandomUniform(-turn, turn), keras.initializers.RandomUniform(-limit, limit)
        self._frequency = self.add_weight(shape=(features, count), initializer=normal, name="frequency")
        self._phase = self.add_weight(shape=(features, count), initializer=phases, name="phase")
        self._kernel = self.add_weight(shape=(features, count, linear), initializer=start, name="kernel")
        self._bias = self.add_weight(shape=(features, linear), initializer=start, name="bias")

    def call(self, inputs: Any) -> Any:
        """(batch, features) to (batch, features, width)."""
        ops, rate = keras.ops, self.rate
        numbers = inputs[..., None]
        waves = ops.cos(2.0 * math.pi * numbers * (rate * self._frequency) + rate * self._phase)
        linear = ops.einsum("nfb,fbw->nfw", waves, rate * self._kernel) + rate * self._bias
        return ops.concatenate([linear, numbers], axis=-1)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        own = {"frequencies": self.frequencies, "sigma": self.sigma, "width": self.width, "rate": self.rate}
        return {**super().get_config(), **own}
