"""What the driver knows of a task: its YAML, read without importing anything that it names."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - fields are checked by their hints
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

from automl import registry
from automl.errors import ConfigError, PluginError, nearest
from automl.fields import construct
from automl.objectives import MEASURED

if TYPE_CHECKING:
    from automl.tasks.base import Task

Direction = Literal["maximize", "minimize"]
Target = Literal["class", "value", "tensor", "condition", "none"]
Inputs = Literal["image", "sequence", "series", "table", "text", "environment", "any"]

_OTHERS: dict[str, Direction] = dict.fromkeys(("loss", "val_loss", "seconds", *MEASURED), "minimize")
"""What trials report besides their task's metrics, and what is measured at their end."""


@dataclass(frozen=True)
class TaskInfo:
    """A kind of problem, as ``conf/task/<name>.yaml`` describes it.

    Attributes:
        name: As faces and data configurations spell it; the file's own name.
        summary: In one sentence.
        metrics: Whether more or less of each metric is better, by its name without a prefix; the first is the default
            objective.
        baseline: In words, the trivial predictor that every result stands beside.
        target: What loaders give a model to learn: ``class`` (the number of a label), ``value`` (numbers), ``tensor``
            (a mask, boxes, a sequence, or several by name), ``condition`` (the number of a label where the data have
            labels, else nothing) or ``none``.
        inputs: What a sample is, or may be; ``any`` for a task that asks nothing of it.
        serves: Other tasks that the same data serve; a model that does not take this one gets the first that it takes.
        losses: What ``training.loss`` may be besides ``auto``.
        further: As ``metrics``, those that are told only where the configuration asks for what they measure.
    """

    name: str
    summary: str
    metrics: Mapping[str, Direction]
    baseline: str
    target: Target = "value"
    inputs: Inputs | tuple[Inputs, ...] = "any"
    serves: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    further: Mapping[str, Direction] = field(default_factory=dict)

    @property
    def metric(self) -> str:
        """The metric that results are told by, without a prefix."""
        return next(iter(self.metrics))

    @property
    def direction(self) -> Direction:
        """Whether more or less of ``metric`` is better."""
        return self.metrics[self.metric]

    @property
    def objective(self) -> str:
        """The default objective: the task's metric on the validation part."""
        return f"val_{self.metric}"

    @property
    def classes(self) -> bool:
        """Whether the target is one of a closed set of labels."""
        return self.target == "class"

    def takes(self, inputs: Inputs) -> bool:
        """Whether samples of a kind are for this task."""
        kinds = (self.inputs,) if isinstance(self.inputs, str) else self.inputs
        return "any" in kinds or inputs in kinds

    @property
    def labels(self) -> Literal["read", "if there", "unread"]:
        """What becomes of the labels of data that have some."""
        if self.target == "condition":
            return "if there"
        return "unread" if self.target == "none" else "read"

    def direction_of(self, objective: str) -> Direction | None:
        """Whether more or less of a reported metric is better; None where the task does not tell."""
        name = objective.removeprefix("val_")
        return self.metrics.get(name) or self.further.get(name) or _OTHERS.get(objective)


@cache
def task_info(name: str) -> TaskInfo:
    """The task of that name.

    Raises:
        ConfigError: There is none, or its file lacks what a task needs.
    """
    from omegaconf import OmegaConf

    path = registry.config_file("task", name)
    if path is None:
        raise ConfigError(f"Unknown task '{name}'. {nearest(name, registry.choices('task'))}")
    values = OmegaConf.to_container(OmegaConf.load(path))
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: a task is described by keys and values. Received: {values!r}.")
    try:
        info = construct(TaskInfo, {"name": name, **{str(key): value for key, value in values.items()}}, "")
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    if not info.metrics or set(info.metrics.values()) - {"maximize", "minimize"}:
        raise ConfigError(f"{path}: metrics maps each to maximize or minimize. Received: {dict(info.metrics)!r}.")
    return info


def load_task(name: str) -> Task:
    """The strategy of that name, for a worker.

    Raises:
        PluginError: Nothing of that name is installed, or it cannot be imported.
        ConfigError: Its YAML is missing or incomplete.
    """
    from automl.tasks.base import Task

    cls = registry.entry(registry.Group.TASKS, name).load()
    if not (isinstance(cls, type) and issubclass(cls, Task)):
        raise PluginError(f"The task '{name}' must be a subclass of automl.tasks.Task. Received: {cls!r}.")
    return cls(task_info(name))


def task_names() -> list[str]:
    """The names of all installed tasks, sorted."""
    return registry.choices("task")
