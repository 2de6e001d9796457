"""What a task minimizes and measures: its loss, its metrics, the shape of its target and of its head."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from automl.data.scaling import target_scale
from automl.errors import ConfigError
from automl.tasks import task

if TYPE_CHECKING:
    from automl.config.training import Supervised
    from automl.data import DataSpec

_REGRESSION = {
    "auto": keras.losses.MeanSquaredError,
    "mse": keras.losses.MeanSquaredError,
    "mae": keras.losses.MeanAbsoluteError,
    "huber": keras.losses.Huber,
}
_CLASSIFICATION = {
    "auto": keras.losses.CategoricalCrossentropy,
    "cross_entropy": keras.losses.CategoricalCrossentropy,
    "focal": keras.losses.CategoricalFocalCrossentropy,
}


@dataclass(frozen=True)
class Objective:
    """A task's loss and metrics.

    Attributes:
        loss: Takes (target, logits or values).
        metrics: Take the same; by the names that are reported.
    """

    loss: keras.losses.Loss
    metrics: tuple[keras.metrics.Metric, ...]


def in_units(metrics: dict[str, float], spec: DataSpec) -> dict[str, float]:
    """Metrics of standardised values in the unit that they are told in: for tables, the target's own."""
    if spec.task != "tabular_regression":
        return metrics
    deviation = float(target_scale(spec)[1][0])
    powers = {"rmse": deviation, "mae": deviation, "mse": deviation**2}
    return {name: value * powers.get(name.removeprefix("val_"), 1.0) for name, value in metrics.items()}


def make_objective(spec: DataSpec, settings: Supervised) -> Objective:
    """The loss and the metrics for data of this kind.

    Raises:
        ConfigError: The loss is not one for this task.
    """
    classes = task(spec.task).classes
    known = _CLASSIFICATION if classes else _REGRESSION
    if settings.loss not in known:
        raise ConfigError(
            f"training.loss: for {spec.task} expected one of {', '.join(known)}. Received: '{settings.loss}'."
        )
    if classes:
        loss = known[settings.loss](from_logits=True, label_smoothing=settings.label_smoothing)
        return Objective(loss, (keras.metrics.CategoricalAccuracy(name="accuracy"),))
    squared = keras.metrics.MeanSquaredError(name="mse")
    absolute = keras.metrics.MeanAbsoluteError(name="mae")
    root = keras.metrics.RootMeanSquaredError(name="rmse")
    return Objective(known[settings.loss](), (squared, absolute, root))


def head(spec: DataSpec) -> keras.layers.Layer:
    """The last layer of a network: logits for classes, else standardised values; always in 32 bits.

    Example:
        ``return keras.Model(inputs, head(spec)(features))``
    """
    shape: tuple[Any, ...] = spec.target.shape if spec.target is not None else ()
    if spec.classes or len(shape) < 2:
        return keras.layers.Dense(len(spec.classes) or math.prod(shape), dtype="float32", name="head")
    layers = [keras.layers.Dense(math.prod(shape), dtype="float32"), keras.layers.Reshape(shape, dtype="float32")]
    return keras.Sequential(layers, name="head")


def activation(spec: DataSpec) -> keras.layers.Layer | None:
    """What turns the head's output into predictions: softmax for classes, the target's own scale for values."""
    if spec.classes:
        return keras.layers.Softmax(dtype="float32", name="probabilities")
    if "target_mean" not in spec.statistics:
        return None
    mean, deviation = target_scale(spec)
    return keras.layers.Normalization(
        mean=mean, variance=deviation**2, invert=True, dtype="float32", name="target_scale"
    )
