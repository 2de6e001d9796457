"""The trivial predictor that every result stands beside."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.data.scaling import target_scale
from automl.tasks import task

if TYPE_CHECKING:
    from automl.data.dataset import Dataset, Part

_COMPONENTS = 8
_ROWS = 2000
_MOST_DIMENSIONS = 4096


def baseline(dataset: Dataset, part: Part) -> dict[str, float]:
    """The metrics, on a part, of a predictor that learns next to nothing.

    Returns:
        ``accuracy`` of the train part's majority class; ``rmse``, ``mae`` and ``mse`` of its mean target, or of the
        last value of each series (standardised); ``nll`` in nats of probabilistic PCA; ``return`` of a random policy.
    """
    found = task(dataset.spec.task)
    if found.classes:
        return _majority(dataset, part)
    match found.name:
        case "forecasting":
            return _last_value(dataset, part)
        case "generation":
            return _probabilistic_pca(dataset, part)
        case "control":
            return {"return": part.random_return()}  # type: ignore[attr-defined]
    return _mean(dataset, part)


def errors(difference: np.ndarray) -> dict[str, float]:
    """``rmse``, ``mae`` and ``mse`` of differences between predictions and targets."""
    mse = float(np.mean(np.square(difference)))
    return {"rmse": mse**0.5, "mae": float(np.mean(np.abs(difference))), "mse": mse}


def _majority(dataset: Dataset, part: Part) -> dict[str, float]:
    majority = np.bincount(dataset.train.target()).argmax()
    return {"accuracy": float(np.mean(part.target() == majority))}


def _mean(dataset: Dataset, part: Part) -> dict[str, float]:
    return errors(part.target() - dataset.train.target().mean(axis=0, dtype=np.float64))


def _last_value(dataset: Dataset, part: Part) -> dict[str, float]:
    channels = list(dataset.spec.details["target_channels"])
    windows, target = part.arrays()
    _, deviation = target_scale(dataset.spec)
    return errors((target - windows[:, -1:, channels]) / deviation)


def _probabilistic_pca(dataset: Dataset, part: Part) -> dict[str, float]:
    """Exact negative log-likelihood (Tipping and Bishop 1999) of inputs brought to [0, 1], in nats a sample."""
    if math.prod(length or 1 for length in dataset.spec.input.shape) > _MOST_DIMENSIONS:
        return {}
    from sklearn.decomposition import PCA

    train, held = (_unit(dataset, side.examples(_ROWS)) for side in (dataset.train, part))
    model = PCA(min(_COMPONENTS, *train.shape), random_state=0).fit(train)
    return {"nll": -float(model.score(held))}


def _unit(dataset: Dataset, inputs: Any) -> np.ndarray:
    low, high = dataset.spec.details.get("value_range", (0.0, 1.0))
    flat: np.ndarray = np.asarray(inputs, np.float64).reshape(len(inputs), -1)
    return np.asarray((flat - low) / (high - low))
