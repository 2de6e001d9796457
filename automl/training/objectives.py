"""What a network ends in and minimizes: its task's head, loss and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl.errors import TaskError
from automl.tasks import SupervisedTask, load_task

if TYPE_CHECKING:
    import keras

    from automl.data import DataSpec


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


def head(spec: DataSpec) -> Any:
    """The last layer of a network, as its task has it: logits for classes, else standardised values; in 32 bits.

    Example:
        ``return keras.Model(inputs, head(spec)(features))``
    """
    return supervised_task(spec).head(spec)
