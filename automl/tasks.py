"""The kinds of task: which metric a study of each optimizes, in which direction, against which trivial baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from automl.errors import ConfigError, nearest

Direction = Literal["maximize", "minimize"]


@dataclass(frozen=True)
class Task:
    """A kind of task.

    Attributes:
        name: As faces and data configurations spell it.
        metric: The metric that is reported on the test part, without a prefix.
        direction: Whether more or less of ``metric`` is better.
        baseline: In words, the trivial predictor that every result stands beside.
        classes: Whether the target is one of a closed set of labels.
        unlabelled: The task that data of this one serve too once their labels are left unread, if there is one.
    """

    name: str
    metric: str
    direction: Direction
    baseline: str
    classes: bool = False
    unlabelled: str | None = None

    @property
    def objective(self) -> str:
        """The default objective: the task's metric on the validation part."""
        return f"val_{self.metric}"

    def direction_of(self, objective: str) -> Direction | None:
        """Whether more or less of a reported metric is better; None where its name does not tell."""
        name = objective.removeprefix("val_")
        if name == self.metric:
            return self.direction
        return "minimize" if name in _MINIMIZED else "maximize" if name in _MAXIMIZED else None


_MINIMIZED = {"loss", "log_loss", "rmse", "mae", "mse", "nll", "seconds"}
_MAXIMIZED = {"accuracy", "return"}
_ALL = (
    Task("image_classification", "accuracy", "maximize", "majority class", classes=True, unlabelled="generation"),
    Task("text_classification", "accuracy", "maximize", "majority class", classes=True),
    Task("sequence_classification", "accuracy", "maximize", "majority class", classes=True),
    Task("tabular_classification", "accuracy", "maximize", "majority class", classes=True),
    Task("tabular_regression", "rmse", "minimize", "mean of the target"),
    Task("forecasting", "mse", "minimize", "last value"),
    Task("generation", "nll", "minimize", "probabilistic PCA of 8 components"),
    Task("control", "return", "maximize", "random policy"),
)
TASKS = {task.name: task for task in _ALL}


def task(name: str) -> Task:
    """The task of that name.

    Raises:
        ConfigError: There is none.
    """
    if name not in TASKS:
        raise ConfigError(f"Unknown task '{name}'. {nearest(name, TASKS)}")
    return TASKS[name]
