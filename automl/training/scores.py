"""A task's metrics from targets and predictions, in NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from automl.data.baseline import errors
from automl.data.scaling import target_scale
from automl.tasks import task

if TYPE_CHECKING:
    from automl.data import DataSpec


def scores(spec: DataSpec, target: np.ndarray, predictions: np.ndarray) -> dict[str, float]:
    """The metrics of a task, without a prefix.

    Args:
        spec: The data.
        target: Class indices (n,), or values (n, ...).
        predictions: Class probabilities (n, classes), or values that can be brought to the target's shape.

    Returns:
        ``accuracy`` and ``log_loss`` (nats) for classes; ``rmse``, ``mae`` and ``mse`` for values: in the target's own
        unit for tables, standardised by the train part for forecasts, as the literature gives them.
    """
    if task(spec.task).classes:
        chosen = np.take_along_axis(predictions, target[:, np.newaxis], axis=1)
        return {
            "accuracy": float(np.mean(predictions.argmax(axis=1) == target)),
            "log_loss": float(-np.mean(np.log(np.maximum(chosen, 1e-12)))),
        }
    difference = predictions.reshape(target.shape).astype(np.float64) - target
    return errors(difference / target_scale(spec)[1] if spec.task == "forecasting" else difference)
