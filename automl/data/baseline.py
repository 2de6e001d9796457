"""The trivial predictor that every result stands beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from automl.tasks import task

if TYPE_CHECKING:
    from automl.data.dataset import Dataset, Part


def baseline(dataset: Dataset, part: Part) -> dict[str, float]:
    """The metrics, on a part, of predicting the train part's majority class, or its mean target.

    Returns:
        ``accuracy`` for classes; ``rmse``, ``mae`` and ``mse`` for values; nothing where there is no target.
    """
    if dataset.spec.target is None:
        return {}
    learned, target = dataset.train.arrays()[1], part.arrays()[1]
    if task(dataset.spec.task).classes:
        majority = np.bincount(learned).argmax()
        return {"accuracy": float(np.mean(target == majority))}
    error = target - learned.mean(axis=0)
    mse = float(np.mean(np.square(error)))
    return {"rmse": mse**0.5, "mae": float(np.mean(np.abs(error))), "mse": mse}
