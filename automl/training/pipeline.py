"""Batches as the training loop takes them: inputs, target, weight of each sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from automl.data.scaling import target_scale
from automl.data.spec import TensorSpec
from automl.tasks import task
from automl.training.augmentation import make_augmentation

if TYPE_CHECKING:
    from automl.config.training import Supervised
    from automl.data import DataSpec, Part

_ELEMENTS = 1 << 19
_plain = tf.autograph.experimental.do_not_convert
"""These functions hold no Python control flow over tensors, and their conversion takes longer than all else."""


def train_batches(part: Part, spec: DataSpec, settings: Supervised, seed: int) -> tf.data.Dataset:
    """Endless shuffled batches ``(inputs, target, weights)`` of the train part, augmented."""
    weights = class_weights(part, spec) if settings.class_weight == "balanced" else None
    augment = make_augmentation(settings.augmentation, spec, seed)

    @_plain  # type: ignore[untyped-decorator]
    def prepare(inputs: Any, target: Any) -> tuple[Any, Any, Any]:
        weight = None if weights is None else tf.gather(weights, target)
        target = encode(target, spec)
        weight = _equal(target) if weight is None else weight
        if augment is not None:
            inputs, target = augment(inputs, target)
        return inputs, target, weight

    return part.epochs(settings.batch_size, seed=seed).map(prepare).prefetch(2)


def evaluation_batches(part: Part, spec: DataSpec, batch_size: int) -> tf.data.Dataset:
    """Every sample once, in order, as ``(inputs, target, weights)``; the batches are as large as is of use."""

    @_plain  # type: ignore[untyped-decorator]
    def prepare(inputs: Any, target: Any) -> tuple[Any, Any, Any]:
        target = encode(target, spec)
        return inputs, target, _equal(target)

    return part.batches(evaluation_size(spec, batch_size)).map(prepare).prefetch(2)


def _equal(target: Any) -> Any:
    """A weight of one for each sample, of the rank that losses of this target have."""
    return tf.ones([tf.shape(target)[0], *(1,) * (target.shape.rank - 2)])


def evaluation_size(spec: DataSpec, batch_size: int) -> int:
    """How many samples go through the model at once where no gradient is kept."""
    tensors = [spec.inputs] if isinstance(spec.inputs, TensorSpec) else spec.inputs.values()
    elements = sum(int(np.prod([length or 256 for length in one.shape])) for one in tensors)
    return max(batch_size, min(1024, _ELEMENTS // max(1, elements)))


def encode(target: Any, spec: DataSpec) -> Any:
    """The target as losses take it: one-hot for classes, else standardised 32-bit floats (batch, ..., outputs)."""
    if task(spec.task).classes:
        return tf.one_hot(target, len(spec.classes))
    mean, deviation = target_scale(spec)
    values = tf.cast(target, tf.float32)
    return ((values[:, tf.newaxis] if values.shape.rank == 1 else values) - mean) / deviation


def class_weights(part: Part, spec: DataSpec) -> Any:
    """A weight for each class that makes all classes count alike, 1 on average over the samples."""
    target = part.target()
    counts = np.bincount(target, minlength=len(spec.classes))
    return tf.constant(len(target) / (len(spec.classes) * np.maximum(counts, 1)), tf.float32)
