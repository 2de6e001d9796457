"""Kinds of problem, each one strategy: its metrics, its baseline, its loss, its figures, its answers."""

from automl.tasks.base import Settled, SupervisedTask, TalliedTask, Task
from automl.tasks.info import Direction, TaskInfo, load_task, task_info, task_names

__all__ = [
    "Direction",
    "Settled",
    "SupervisedTask",
    "TalliedTask",
    "Task",
    "TaskInfo",
    "load_task",
    "task_info",
    "task_names",
]
