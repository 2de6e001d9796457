"""A linear model, fitted along a path of penalties."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.training import Learner
from automl.training.objectives import supervised_task
from automl_classical.linear.problem import Solution

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.data import Dataset
    from automl.plugin import Trial
    from automl_classical.linear.problem import Problem
    from automl_classical.linear.settings import Path


class PathLearner(Learner):
    """Solves for one strength of the penalty an epoch, the strongest first; ``automl.training.fit`` keeps the best.

    Args:
        problem: What is solved.
        data: Its train part is learned, its validation part scored.
        settings: The ``training`` section.
        trial: Names the metrics that are wanted.
    """

    def __init__(self, problem: Problem, data: Dataset, settings: Path, trial: Trial) -> None:
        self._problem, self._spec = problem, data.spec
        self._task = supervised_task(data.spec)
        self._wanted = [name.removeprefix("val_") for name in (trial.objective, *trial.further)]
        self._solution, self._weights = problem.learn(data, settings), list[np.ndarray]()
        self._strengths = problem.unit * np.geomspace(settings.strongest, settings.weakest, settings.epochs)
        self._trial, self._patience = trial, settings.patience
        self._best, self._waited = [math.inf, math.inf], 0

    def epoch(self, number: int) -> dict[str, float]:
        """The loss of the train part, the metrics of validation with ``val_`` before, and the strength."""
        strength = float(self._strengths[number - 1])
        self._solution = self._problem.solve(strength, self._solution)
        self._weights = self._problem.weights(self._solution)
        validated = {f"val_{name}": one for name, one in self._validated().items()}
        metrics = {"loss": self._problem.loss(self._solution), "strength": strength, **validated}
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

    def _validated(self) -> dict[str, float]:
        names = dict.fromkeys(
            [*self._task.every_epoch, *(one for one in self._wanted if one in self._task.info.metrics)]
        )
        target, predictions, loss = self._problem.held(self._solution)
        return {"loss": loss, **self._task.scores(self._spec, target, predictions, names)}

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
        """See ``Learner.weights``: those of the problem."""
        return self._weights

    def restore(self, weights: Sequence[np.ndarray]) -> None:
        """See ``Learner.restore``."""
        self._weights = list(weights)
