"""One metric of a task as a loss of predictions for the validation part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from automl.alive import beat
from automl.jobs.validation import validation_target
from automl.tasks import SupervisedTask, load_task

if TYPE_CHECKING:
    from automl.data import Dataset, DataSpec
    from automl.tasks import Direction


@dataclass(frozen=True)
class Ruler:
    """Scores predictions as the task does.

    Attributes:
        task: Has the metric.
        spec: Of the data.
        target: Of all samples.
        metric: Its name, without a prefix.
        direction: Whether more or less of it is better.
    """

    task: SupervisedTask
    spec: DataSpec
    target: np.ndarray
    metric: str
    direction: Direction

    def scores(self, predictions: np.ndarray, *metrics: str) -> dict[str, float]:
        """Metrics of predictions for all samples."""
        return self.task.scores(self.spec, self.target, predictions, metrics)

    def score(self, predictions: np.ndarray) -> float:
        """The metric of predictions for all samples."""
        return self.scores(predictions, self.metric)[self.metric]

    def loss(self, rows: np.ndarray, predictions: np.ndarray) -> float:
        """The metric of predictions for some samples, less of it better; what cannot be told of them is no number."""
        beat()
        try:
            found = self.task.scores(self.spec, self.target[rows], predictions, [self.metric])
        except (ValueError, ZeroDivisionError):  # too few samples, or of too few classes
            return float("nan")
        value = found.get(self.metric, float("nan"))
        return -value if self.direction == "maximize" else value

    def finer(self) -> list[Ruler]:
        """One that tells smaller differences between models, if there is one."""
        metric = self.task.finer.get(self.metric)
        return [] if metric is None else [Ruler(self.task, self.spec, self.target, metric, "minimize")]

    def of(self, rows: np.ndarray) -> Ruler:
        """The same of some samples alone."""
        return Ruler(self.task, self.spec, self.target[rows], self.metric, self.direction)


def make_ruler(data: Dataset, metric: str, direction: Direction) -> Ruler:
    """The ruler of data whose task scores predictions alone (``is_averaged``)."""
    task = load_task(data.spec.task)
    assert isinstance(task, SupervisedTask)
    return Ruler(task, data.spec, np.asarray(validation_target(data)), metric, direction)
