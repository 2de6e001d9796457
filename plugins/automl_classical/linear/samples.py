"""Linear models of features that stand in the rows of a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from automl.plugin import override
from automl.training.objectives import supervised_task
from automl_classical.linear.losses import Classes, Loss, Values
from automl_classical.linear.problem import Problem, Solution
from automl_classical.linear.solvers import make_solver

if TYPE_CHECKING:
    import keras

    from automl.data import Dataset, DataSpec, Part
    from automl_classical.linear.features import Features
    from automl_classical.linear.settings import Path


class Samples(Problem):
    """A value, or a class, for each sample.

    Args:
        features: Of a sample.
        spec: The data.
        share: Of absolute values in the penalty.
        ratios: Whether features are weighed by how much likelier they are in a class than elsewhere.
    """

    def __init__(self, features: Features, spec: DataSpec, share: float, *, ratios: bool) -> None:
        self._features, self._spec, self._share, self._by_ratios = features, spec, share, ratios
        self._decode = supervised_task(spec).decode(spec)
        self.size = features.weights

    @override
    def learn(self, data: Dataset, settings: Path) -> Solution:
        self._rows, self._held = self._features.learned(data.train), self._features.rows(data.validation)
        self._target = data.validation.target()
        self._loss = _make_loss(data.spec, data.train, settings)
        scale = _ratios(self._rows, self._loss.sides()) if self._by_ratios else np.ones(1)
        self._solver = make_solver(self._rows, self._loss, settings.iterations, self._share, scale)
        self.unit = self._solver.unit
        return self._solver.start

    @override
    def solve(self, strength: float, start: Solution) -> Solution:
        return self._solver.solve(strength, start)

    @override
    def loss(self, solution: Solution) -> float:
        kernel, bias = self._solver.weights(solution)
        return self._loss.told(self._loss(self._rows @ kernel + bias)[0])

    @override
    def held(self, solution: Solution) -> tuple[np.ndarray, np.ndarray, float]:
        kernel, bias = self._loss.whole(*self._solver.weights(solution))
        outputs = np.asarray(self._held @ kernel + bias)
        predictions = outputs if self._decode is None else np.asarray(self._decode(outputs))
        return self._target, predictions, self._loss.held(outputs, self._target)

    @override
    def weights(self, solution: Solution) -> list[np.ndarray]:
        kernel, bias = self._loss.whole(*self._solver.weights(solution))
        return [self._features.whole(kernel).astype(np.float32), bias.astype(np.float32)]

    @override
    def model(self, *weights: np.ndarray) -> keras.Model:
        return self._features.model(*weights)


def _make_loss(spec: DataSpec, part: Part, settings: Path) -> Loss:
    if not spec.classes:
        return Values(spec, part.target())
    weights = supervised_task(spec).class_weights(part, spec) if settings.class_weight == "balanced" else None
    return Classes(len(spec.classes), part.target(), weights)


def _ratios(rows: Any, sides: np.ndarray) -> np.ndarray:
    """How much likelier each feature is on a side than elsewhere, as a logarithm (Wang and Manning 2012).

    Args:
        rows: Features (n, features), none of them negative.
        sides: The samples of each output's own side, (n, outputs).

    Returns:
        Shape (features, outputs).
    """
    inside, outside = (1.0 + np.asarray(rows.T @ one.astype(np.float64)) for one in (sides, ~sides))
    found: np.ndarray = np.log(inside / inside.sum(axis=0)) - np.log(outside / outside.sum(axis=0))
    return found
