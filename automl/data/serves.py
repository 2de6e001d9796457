"""Which tasks a kind of data serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.errors import ConfigError
from automl.tasks.info import task_info, task_names

if TYPE_CHECKING:
    from automl.tasks.info import Inputs, Target, TaskInfo


def check_serves(task: str, what: str, inputs: Inputs, *targets: Target) -> None:
    """Refuse a task that asks for other samples or other targets than a loader has.

    Args:
        task: By name.
        what: The loader's data in words, for the message.
        inputs: What its samples are.
        targets: What it gives a model to learn.

    Raises:
        ConfigError: The message lists the tasks that it serves.
    """

    def fits(info: TaskInfo) -> bool:
        return info.takes(inputs) and info.target in targets

    if not fits(task_info(task)):
        served = [name for name in task_names() if fits(task_info(name))]
        listed = " or ".join(filter(None, [", ".join(served[:-1]), *served[-1:]]))
        raise ConfigError(f"data.task: {what} is for {listed}. Received: {task}.")
