"""What a network ends in and minimizes: its task's head, loss and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl.errors import PluginError, TaskError
from automl.registry import Group, entry, names
from automl.tasks import SupervisedTask, load_task

if TYPE_CHECKING:
    import keras

    from automl.data import DataSpec
    from automl.settings import Supervised


@dataclass(frozen=True)
class Objective:
    """A loss, and what is measured beside it.

    Attributes:
        loss: Takes (target, outputs of the network).
        metrics: Take the same; by the names that are reported.
    """

    loss: keras.losses.Loss
    metrics: tuple[keras.metrics.Metric, ...]


def supervised_task(spec: DataSpec) -> SupervisedTask:
    """The task of such data.

    Raises:
        TaskError: It has no target.
    """
    found = load_task(spec.task)
    if not isinstance(found, SupervisedTask):
        raise TaskError(f"The task {spec.task} has no target that a network could be trained on.")
    return found


def make_loss(task: SupervisedTask, spec: DataSpec, settings: Supervised) -> keras.losses.Loss:
    """The loss that the settings name: one of the task's, else one that a distribution offers.

    Raises:
        ConfigError: There is none of that name, or the data do not fit it.
        PluginError: What is offered makes no Keras loss.
    """
    import keras

    name = settings.loss
    if name in ("auto", *task.info.losses) or name not in names(Group.LOSSES):
        return task.loss(spec, settings)
    made = entry(Group.LOSSES, name).load()(spec, settings)
    if not isinstance(made, keras.losses.Loss):
        raise PluginError(f"The loss function '{name}' must return a keras.losses.Loss. Received: {made!r}.")
    return made


def head(spec: DataSpec) -> Any:
    """The last layer of a network, as its task has it: logits for classes, else standardised values; in 32 bits.

    Example:
        ``return keras.Model(inputs, head(spec)(features))``
    """
    return supervised_task(spec).head(spec)
