"""Losses of masks, and what the training loop counts of them in the graph."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

_SMOOTH = 1.0
"""A pixel's worth: a class that is neither in a batch nor called in it costs nothing."""


class CrossEntropy(keras.losses.CategoricalCrossentropy):  # type: ignore[misc]
    """The mean over the pixels that are known, however many are void."""

    def __init__(self, label_smoothing: float = 0.0) -> None:
        super().__init__(from_logits=True, label_smoothing=label_smoothing, reduction="mean_with_sample_weight")


class Focal(keras.losses.CategoricalFocalCrossentropy):  # type: ignore[misc]
    """Cross-entropy in which pixels that are called rightly already count less (Lin et al. 2017)."""

    def __init__(self, label_smoothing: float = 0.0) -> None:
        super().__init__(from_logits=True, label_smoothing=label_smoothing, reduction="mean_with_sample_weight")


class Dice(keras.losses.Loss):  # type: ignore[misc]
    """One minus the soft Dice coefficient of each class over the batch, its mean (Milletari et al. 2016, V-Net)."""

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """A scalar, of one-hot targets and logits (batch, height, width, classes), weights (batch, height, width)."""
        target, shares = tf.cast(y_true, tf.float32), tf.nn.softmax(tf.cast(y_pred, tf.float32))
        weight = tf.ones(tf.shape(target)[:-1]) if sample_weight is None else tf.cast(sample_weight, tf.float32)
        weight, axes = weight[..., tf.newaxis], list(range(len(target.shape) - 1))
        both = tf.reduce_sum(weight * target * shares, axes)
        sizes = tf.reduce_sum(weight * (tf.square(target) + tf.square(shares)), axes)
        return 1.0 - tf.reduce_mean((2.0 * both + _SMOOTH) / (sizes + _SMOOTH))


class CrossEntropyDice(keras.losses.Loss):  # type: ignore[misc]
    """The sum of both: the first is steep everywhere, the second sees small classes (Isensee et al. 2021, nnU-Net)."""

    def __init__(self, label_smoothing: float = 0.0) -> None:
        super().__init__()
        self._parts = (CrossEntropy(label_smoothing), Dice())

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """As ``Dice`` takes them."""
        return sum(one(y_true, y_pred, sample_weight=sample_weight) for one in self._parts)


def graph_tally(target: Any, outputs: Any) -> Any:
    """``automl.tasks.masks.tally`` of one-hot targets and logits (batch, height, width, classes), in the graph."""
    classes = outputs.shape[-1]
    outputs = tf.cast(outputs, tf.float32)
    known = tf.reduce_sum(target, axis=-1)
    pairs = tf.argmax(target, axis=-1) * classes + tf.argmax(outputs, axis=-1)
    counts = tf.math.bincount(
        tf.cast(tf.reshape(pairs, [-1]), tf.int32),
        weights=tf.cast(tf.reshape(known, [-1]), tf.float64),
        minlength=classes**2,
        maxlength=classes**2,
        dtype=tf.float64,
    )
    # All-zero targets, those of void pixels, have no cross-entropy.
    losses = tf.nn.softmax_cross_entropy_with_logits(target, outputs)
    return tf.concat([counts, [tf.reduce_sum(tf.cast(losses, tf.float64))]], axis=0)


class RunningIoU(keras.metrics.Metric):  # type: ignore[misc]
    """Mean intersection over union of what was trained on since it was reset."""

    def __init__(self, classes: int) -> None:
        super().__init__(name="miou")
        self._classes = classes
        self._counts = self.add_weight(shape=(classes, classes), initializer="zeros", name="counts")

    def update_state(self, target: Any, outputs: Any, sample_weight: Any = None) -> None:
        """Take a batch, as ``graph_tally`` does."""
        del sample_weight
        counts = tf.reshape(graph_tally(target, outputs)[:-1], (self._classes, self._classes))
        self._counts.assign_add(tf.cast(counts, tf.float32))

    def result(self) -> Any:
        """A scalar."""
        counts = tf.convert_to_tensor(self._counts)
        hits = tf.linalg.diag_part(counts)
        whole = tf.reduce_sum(counts, 0) + tf.reduce_sum(counts, 1) - hits
        there = tf.cast(whole > 0.0, tf.float32)
        return tf.math.divide_no_nan(tf.reduce_sum(tf.math.divide_no_nan(hits, whole)), tf.reduce_sum(there))
