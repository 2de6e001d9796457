"""A linear model, fitted along a path of penalties."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.training import Learner
from automl.training.objectives import supervised_task
from automl_classical.linear.losses import Classes, Loss, Values
from automl_classical.linear.solvers import Solution, make_solver

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.data import Dataset, DataSpec, Part
    from automl.plugin import Trial
    from automl_classical.linear.features import Features
    from automl_classical.linear.settings import Path


class PathLearner(Learner):
    """Solves for one strength of the penalty an epoch, the strongest first; ``automl.training.fit`` keeps the best.

    Args:
        features: Of the data.
        data: Its train part is learned, its validation part scored.
        settings: The ``training`` section.
        share: Of absolute values in the penalty.
        ratios: Whether features are weighed by how much likelier they are in a class than elsewhere.
        trial: Names the metrics that are wanted.
    """

    def __init__(
        self, features: Features, data: Dataset, settings: Path, share: float, *, ratios: bool, trial: Trial
    ) -> None:
        self._features, self._spec = features, data.spec
        self._task = supervised_task(data.spec)
        self._wanted = [name.removeprefix("val_") for name in (trial.objective, *trial.further)]
        self._rows, self._held = features.learned(data.train), features.rows(data.validation)
        self._target = data.validation.target()
        self._loss = _make_loss(data.spec, data.train, settings)
        scale = _ratios(self._rows, self._loss.sides()) if ratios else np.ones(1)
        self._solver = make_solver(self._rows, self._loss, settings.iterations, share, scale)
        self._strengths = self._solver.unit * np.geomspace(settings.strongest, settings.weakest, settings.epochs)
        self._solution, self._weights = self._solver.start, list[np.ndarray]()
        self._trial, self._patience = trial, settings.patience
        self._best, self._waited = [math.inf, math.inf], 0

    def epoch(self, number: int) -> dict[str, float]:
        """The loss of the train part, the metrics of validation with ``val_`` before, and the strength."""
        strength = float(self._strengths[number - 1])
        self._solution = self._solver.solve(strength, self._solution)
        kernel, bias = self._solver.weights(self._solution)
        loss = self._loss.told(self._loss(self._rows @ kernel + bias)[0])
        kernel, bias = self._loss.whole(kernel, bias)
        self._weights = [self._features.whole(kernel).astype(np.float32), bias.astype(np.float32)]
        validated = self._validated(np.asarray(self._held @ kernel + bias))
        metrics = {"loss": loss, "strength": strength, **{f"val_{name}": one for name, one in validated.items()}}
        self._wait(metrics)
        return metrics

    def _wait(self, metrics: Mapping[str, float]) -> None:
        """End the path where nothing gets better.

        The loss is looked at, too: on a few samples an accuracy stays where it is while the model gets surer.
        """
        value = metrics.get(self._trial.objective, math.inf)
        found = (-value if self._trial.direction == "maximize" else value, metrics["val_loss"])
        self._waited = 0 if any(one < best for one, best in zip(found, self._best, strict=True)) else self._waited + 1
        self._best = [min(one, best) for one, best in zip(found, self._best, strict=True)]
        self._end()

    def _end(self) -> None:
        self._trial.should_stop |= self._patience is not None and self._waited >= self._patience

    def _validated(self, outputs: np.ndarray) -> dict[str, float]:
        names = dict.fromkeys(
            [*self._task.every_epoch, *(one for one in self._wanted if one in self._task.info.metrics)]
        )
        decode = self._task.decode(self._spec)
        predictions = outputs if decode is None else np.asarray(decode(outputs))
        scores = self._task.scores(self._spec, self._target, predictions, names)
        return {"loss": self._loss.held(outputs, self._target), **scores}

    def state(self) -> Mapping[str, Any]:
        """See ``Learner.state``: this itself, which tells and takes its state."""
        return {"path": self}

    def get_state(self) -> dict[str, Any]:
        """See ``automl.training.Stateful``: where the next strength starts from, and how long none was better."""
        solution = {"kernel": self._solution.kernel, "bias": self._solution.bias}
        return {**solution, "best": self._best, "waited": self._waited}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """See ``automl.training.Stateful``."""
        if state["kernel"].shape != self._solution.kernel.shape:
            raise ValueError(f"Expected {self._solution.kernel.shape}. Received: {state['kernel'].shape}.")
        self._solution = Solution(state["kernel"], state["bias"])
        self._best, self._waited = list(state["best"]), state["waited"]
        self._end()

    def weights(self) -> Sequence[np.ndarray]:
        """See ``Learner.weights``: kernel and bias of the head."""
        return self._weights

    def restore(self, weights: Sequence[np.ndarray]) -> None:
        """See ``Learner.restore``."""
        self._weights = list(weights)


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
