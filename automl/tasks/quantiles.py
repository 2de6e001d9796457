"""Several quantiles of each value at once (Koenker and Bassett 1978): which, the middle one, and how good they are.

They stand in the last axis of outputs and predictions, in rising order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from automl.data import DataSpec

_MEDIAN = 0.5


def levels(spec: DataSpec) -> tuple[float, ...]:
    """The quantiles that are predicted of each value, such as 0.1, 0.5 and 0.9; none where the value itself is."""
    return tuple(spec.details.get("quantiles", ()))


def names(quantiles: Sequence[float]) -> list[str]:
    """What columns of quantiles are called."""
    return [f"{level:g}" for level in quantiles]


def middle_places(quantiles: Sequence[float]) -> tuple[int, ...]:
    """The places, in the last axis, of those whose mean is told as the value: the median, else what stands midmost."""
    if _MEDIAN in quantiles:
        return (list(quantiles).index(_MEDIAN),)
    return tuple(dict.fromkeys(((len(quantiles) - 1) // 2, len(quantiles) // 2)))


def middle(predictions: np.ndarray, quantiles: Sequence[float]) -> np.ndarray:
    """The value that predictions (..., quantiles) tell."""
    found: np.ndarray = predictions[..., list(middle_places(quantiles))].mean(axis=-1)
    return found


def apart(predictions: np.ndarray, shape: tuple[int, ...], spec: DataSpec) -> tuple[np.ndarray, np.ndarray | None]:
    """Predictions as values of the target's shape, and as quantiles (*shape, quantiles) where they are such.

    A model that knows no quantiles may predict values although they were asked for.

    Args:
        predictions: As a model gives them.
        shape: Of the target, samples included.
        spec: The data.
    """
    asked = levels(spec)
    if not asked or predictions.size != np.prod(shape, dtype=int) * len(asked):
        return predictions.reshape(shape), None
    found = predictions.reshape(*shape, len(asked))
    return middle(found, asked), found


def quantile_scores(
    target: np.ndarray, predictions: np.ndarray, quantiles: Sequence[float], wanted: Collection[str]
) -> dict[str, float]:
    """How good quantiles are, by name.

    Args:
        target: Shape (n, ...).
        predictions: Shape (n, ..., quantiles), of the same unit.
        quantiles: Rising.
        wanted: Out of ``pinball``, the mean loss over the quantiles; ``coverage``, the share of targets within the
            outermost ones; and ``interval_width``, how far apart these are on average.
    """
    truth, called = np.asarray(target, np.float64), np.asarray(predictions, np.float64)
    missed, shares = truth[..., np.newaxis] - called, np.asarray(quantiles)
    low, high = called[..., 0], called[..., -1]
    found = {
        "pinball": np.maximum(shares * missed, (shares - 1.0) * missed).mean(),
        "coverage": ((low <= truth) & (truth <= high)).mean(),
        "interval_width": (high - low).mean(),
    }
    return {name: float(value) for name, value in found.items() if name in wanted}


def asked_of(spec: DataSpec, training: Mapping[str, Any]) -> DataSpec:
    """The data with the quantiles that the ``training`` section asks for among the details."""
    from dataclasses import replace

    asked = training.get("quantiles")
    return replace(spec, details={**spec.details, "quantiles": list(asked)}) if asked else spec
