"""The continuous Bernoulli distribution on [0, 1] (Loaiza-Ganem and Cunningham 2019), by its logit.

Its density at x is ``C(l) s^x (1 - s)^(1 - x)`` with ``s = sigmoid(l)``; the constant ``C(l) = l / tanh(l / 2)`` is
what the cross-entropy of grey values leaves out, and without which it is no likelihood and cannot be compared with one.
"""

from __future__ import annotations

import math
from typing import Any

import keras

from automl.plugin import override

_FLAT = 1e-2
"""Logits nearer to 0 are taken by the first terms of a series, whose error is below that of 32-bit floats."""


def log_constant(logits: Any) -> Any:
    """The logarithm of the normalising constant, in nats."""
    ops = keras.ops
    near = ops.abs(logits) < _FLAT
    size = ops.where(near, 1.0, ops.abs(logits))  # no gradient of the branch that is not taken may be infinite
    far = ops.log(size) - ops.log(ops.tanh(0.5 * size))
    return ops.where(near, math.log(2.0) + ops.square(logits) / 12.0, far)


def negative_log_density(values: Any, logits: Any) -> Any:
    """Of values in [0, 1], in nats, each on its own."""
    ops = keras.ops
    cross_entropy = ops.maximum(logits, 0.0) - logits * values + ops.log1p(ops.exp(-ops.abs(logits)))
    return cross_entropy - log_constant(logits)


def mean(logits: Any) -> Any:
    """The mean of the distribution."""
    ops = keras.ops
    near = ops.abs(logits) < _FLAT
    safe = ops.where(near, 1.0, logits)
    far = ops.sigmoid(safe) / ops.tanh(0.5 * safe) - 1.0 / safe
    return ops.where(near, 0.5 + logits / 12.0, far)


@keras.saving.register_keras_serializable(package="automl_generative")
class Mean(keras.layers.Layer):  # type: ignore[misc]
    """Means for logits."""

    @override
    def call(self, logits: Any) -> Any:
        return mean(keras.ops.cast(logits, "float32"))
