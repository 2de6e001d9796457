"""How much each parameter has to do with a trial being among the best: PED-ANOVA.

Watanabe, Bansal and Hutter, IJCAI 2023 (arXiv:2304.10255), for parameters that exist under conditions as in
arXiv:2601.20800. Optuna's own evaluator tells the same numbers, at seconds and 150 MB of imports, which every study
would pay at its end.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.space import Choice, Float, Int

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.report.page.axes import Axis

_STEPS = 50
_TINY = 1e-12
_FEWEST = 2
"""Trials of a kind from which a density is estimated."""

_TOP = 0.1
_WANTED = 5
"""Trials among the best for a stable estimate, as Optuna's documentation has it."""


def top_share(trials: int) -> float:
    """The share of trials that count as the best: a tenth, more where that would be too few to tell from."""
    return min(0.5, max(_TOP, _WANTED / max(1, trials)))


def importances(
    axes: Sequence[Axis], params: Sequence[Mapping[str, Any]], losses: Sequence[float], share: float
) -> dict[str, float]:
    """The importance of each parameter by its path, the greatest first; their sum is 1, or all are 0.

    Args:
        axes: The parameters.
        params: Of each complete trial, by path; those that it had not are missing.
        losses: The objective of each, the less the better; finite.
        share: That of the trials which count as the best.
    """
    if len(losses) < _FEWEST:
        return {axis.path: 0.0 for axis in axes}
    values = np.asarray(losses)
    cutoff = np.partition(values, math.ceil(share * len(values)) - 1)[math.ceil(share * len(values)) - 1]
    best = values <= cutoff
    found = {axis.path: _importance(axis, params, best) for axis in axes}
    total = sum(found.values())
    ordered = sorted(found.items(), key=lambda item: -item[1])
    return {path: value / total if total > 0.0 else 0.0 for path, value in ordered}


def _importance(axis: Axis, params: Sequence[Mapping[str, Any]], best: np.ndarray) -> float:
    has = np.array([axis.path in one for one in params])
    region, top = has.sum(), (has & best).sum()
    if region < _FEWEST or not top:
        return 0.0
    cells, size = _cells(axis, [one[axis.path] for one in params if axis.path in one])
    all_density = _density(axis, cells, size)
    top_density = _density(axis, cells[best[has]], size)
    divergence = float(all_density @ (top_density / all_density - 1.0) ** 2)
    return float((top / best.sum()) ** 2 / (region / len(best)) * divergence)


def _cells(axis: Axis, values: Sequence[Any]) -> tuple[np.ndarray, int]:
    """The cell of a grid that each value lies in, and how many cells there are."""
    numbers = np.array([axis.number(value) for value in values])
    parameter = axis.parameter
    if isinstance(parameter, Choice):
        return numbers.astype(int), len(parameter.choices)
    assert isinstance(parameter, Int | Float)
    low, high, size = float(parameter.low), float(parameter.high), _STEPS
    if isinstance(parameter, Int) and parameter.log:
        size = min(math.ceil(math.log2(high - low + 1.0)) + 1, _STEPS)
    elif parameter.step is not None:
        size = min(round((high - low) / parameter.step) + 1, _STEPS)
    if parameter.log:
        numbers, low, high = np.log(numbers), math.log(low), math.log(high)
    cells = np.ceil((numbers - low) / ((high - low) / (size - 1)) - 0.5).astype(int)
    return np.clip(cells, 0, size - 1), size


def _density(axis: Axis, cells: np.ndarray, size: int) -> np.ndarray:
    """Probabilities of the cells: a kernel at each that was observed, and a wide one of weight 1 as the prior."""
    counts = np.bincount(cells, minlength=size)
    observed = np.flatnonzero(counts)
    weights = counts[observed]
    if isinstance(axis.parameter, Choice):
        kernels = np.full((len(observed) + 1, size), 1.0 / (len(observed) + 1))
        kernels[np.arange(len(observed)), observed] += 1.0
        kernels /= kernels.sum(axis=1, keepdims=True)
    else:
        deviation = max(_bandwidth(observed, weights), 0.5 / 1.64)  # so that 90 % lie within a cell
        means = np.append(observed, (size - 1) / 2.0)
        kernels = _normal(means, np.append(np.full(len(observed), deviation), float(size)), size)
    shares = np.append(weights, 1.0)
    density: np.ndarray = shares / shares.sum() @ kernels + _TINY
    return density


def _bandwidth(observed: np.ndarray, weights: np.ndarray) -> float:
    """Scott's rule (1992)."""
    summed = np.cumsum(weights)
    total = int(summed[-1])
    mean = observed @ weights / total
    deviation = math.sqrt(((observed - mean) ** 2 @ weights) / max(1, total - 1))
    first = observed[np.searchsorted(summed, total // 4, side="left")]
    third = observed[min(len(observed) - 1, int(np.searchsorted(summed, total * 3 // 4, side="right")))]
    return float(1.059 * min((third - first) / 1.34, deviation) * total**-0.2)


def _normal(means: np.ndarray, deviations: np.ndarray, size: int) -> np.ndarray:
    """Normal distributions over the cells 0 to ``size - 1``, cut off beyond them: (kernels, size)."""
    edges = (np.arange(size + 1) - 0.5 - means[:, None]) / (deviations[:, None] * math.sqrt(2.0))
    cumulated = np.vectorize(math.erf)(edges)
    masses: np.ndarray = np.diff(cumulated, axis=1) / (cumulated[:, -1:] - cumulated[:, :1])
    return masses
