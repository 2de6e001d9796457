"""Batches as the training loop takes them: inputs, target, weight of each sample."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from automl.data.spec import TensorSpec
from automl.tasks import SupervisedTask, load_task
from automl.training.augmentation import make_augmentation
from automl.training.deformation import make_deformation

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.data import DataSpec, Part
    from automl.settings import Supervised
    from automl.training.augmentation import Augmentation
    from automl.training.deformation import Deformation

_ELEMENTS = 1 << 19
_plain = tf.autograph.experimental.do_not_convert
"""These functions hold no Python control flow over tensors, and their conversion takes longer than all else."""


def train_batches(part: Part, spec: DataSpec, settings: Supervised, seed: int, first: int = 0) -> tf.data.Dataset:
    """Endless shuffled batches ``(inputs, target, weights)`` of the train part, augmented, from epoch ``first`` on."""
    encode = _encoder(spec)
    weights = _class_weights(part, spec) if settings.class_weight == "balanced" else None
    deform = make_deformation(settings.augmentation, spec, seed)
    augment = None if deform else make_augmentation(settings.augmentation, spec, seed)
    past = first * part.steps(settings.batch_size)

    @_plain  # type: ignore[untyped-decorator]
    def prepare(inputs: Any, target: Any) -> tuple[Any, Any, Any]:
        encoded, weight = encode(target)
        return inputs, encoded, weight if weights is None else weight * tf.gather(weights, tf.cast(target, tf.int32))

    batches = part.epochs(settings.batch_size, seed=seed, first=first)
    if deform is not None:
        batches = _changed(batches, deform, past)
    batches = batches.map(prepare)
    if augment is not None:
        batches = _changed(batches, augment, past)
    return batches.prefetch(2)


def _changed(batches: tf.data.Dataset, change_by: Augmentation | Deformation, first: int) -> tf.data.Dataset:
    """Batches changed as their number, counted over all epochs from ``first``, has it."""

    @_plain  # type: ignore[untyped-decorator]
    def change(number: tf.Tensor, batch: Any) -> tuple[Any, ...]:
        inputs, target, *weight = batch
        return (*change_by(number, inputs, target), *weight)

    numbers = tf.data.Dataset.range(first, np.iinfo(np.int64).max)
    return tf.data.Dataset.zip((numbers, batches)).map(change)


def evaluation_batches(part: Part, spec: DataSpec, batch_size: int) -> tf.data.Dataset:
    """Every sample once, in order, as ``(inputs, target, weights)``; the batches are as large as is of use."""
    encode = _encoder(spec)

    @_plain  # type: ignore[untyped-decorator]
    def prepare(inputs: Any, target: Any) -> tuple[Any, Any, Any]:
        return inputs, *encode(target)

    return part.batches(evaluation_size(spec, batch_size)).map(prepare).prefetch(2)


def _encoder(spec: DataSpec) -> Callable[[Any], tuple[Any, Any]]:
    """From a batch of targets to what losses take, and the weight of each sample; data without a target have zeros."""
    found = load_task(spec.task)
    if isinstance(found, SupervisedTask):
        return lambda target: found.encode(target, spec)
    return lambda target: (target[:, tf.newaxis], tf.ones_like(target, tf.float32))


def _class_weights(part: Part, spec: DataSpec) -> Any:
    found = load_task(spec.task)
    weights = found.class_weights(part, spec) if isinstance(found, SupervisedTask) else None
    return None if weights is None else tf.constant(weights)


def evaluation_size(spec: DataSpec, batch_size: int) -> int:
    """How many samples go through the model at once where no gradient is kept.

    A batch that can be trained on fits; of crops that are trained on whole images are as many as have their pixels.
    """
    tensors = [spec.inputs] if isinstance(spec.inputs, TensorSpec) else spec.inputs.values()
    sides = spec.details.get("image_size", ())
    lengths = [[length or known for length, known in zip_longest(one.shape, sides, fillvalue=256)] for one in tensors]
    elements = max(1, sum(int(np.prod(one)) for one in lengths))
    if crop := spec.details.get("crop_size"):
        batch_size = max(1, batch_size * int(np.prod(crop)) // int(np.prod(sides)))
    return max(batch_size, min(1024, _ELEMENTS // elements))
