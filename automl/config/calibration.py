"""Calibration is of class probabilities: whoever asks for it of something else is told so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.tasks import TaskInfo


def check_calibration(wanted: bool, tasks: Sequence[TaskInfo]) -> None:
    """Refuse to calibrate where none of the tasks that it may be has classes.

    Raises:
        ConfigError: The message names the tasks.
    """
    if wanted and tasks and not any(task.classes for task in tasks):
        named = " or ".join(task.name for task in tasks)
        raise ConfigError(f"calibrate: {named} predicts no class probabilities; expected false. Received: true.")
