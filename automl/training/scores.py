"""A task's metrics from targets and predictions, in NumPy."""

from __future__ import annotations

import numpy as np

from automl.tasks import task


def scores(task_name: str, target: np.ndarray, predictions: np.ndarray) -> dict[str, float]:
    """The metrics of a task, without a prefix.

    Args:
        task_name: A name out of ``automl.tasks``.
        target: Class indices (n,), or values (n, ...).
        predictions: Class probabilities (n, classes), or values that can be brought to the target's shape.

    Returns:
        ``accuracy`` and ``log_loss`` (nats) for classes; ``rmse``, ``mae`` and ``mse`` for values.
    """
    if task(task_name).classes:
        chosen = np.take_along_axis(predictions, target[:, np.newaxis], axis=1)
        return {
            "accuracy": float(np.mean(predictions.argmax(axis=1) == target)),
            "log_loss": float(-np.mean(np.log(np.maximum(chosen, 1e-12)))),
        }
    error = predictions.reshape(target.shape).astype(np.float64) - target
    mse = float(np.mean(np.square(error)))
    return {"rmse": mse**0.5, "mae": float(np.mean(np.abs(error))), "mse": mse}
