"""Which template suits a task: by what its samples and its targets are, so that foreign tasks have one too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl.errors import ConfigError, nearest
from automl.tasks import task_info, task_names

if TYPE_CHECKING:
    from automl.tasks import TaskInfo


@dataclass(frozen=True)
class Kind:
    """A template.

    Attributes:
        name: Of its files.
        inputs: What samples it takes, as tasks call them.
        targets: What targets it takes.
        face: The name of its face's file, where that is another.
        size: The field that says how many samples there are, and how many it makes.
    """

    name: str
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    face: str = ""
    size: tuple[str, int] = ("", 0)

    def suits(self, info: TaskInfo) -> bool:
        """Whether it is for a task."""
        kinds = (info.inputs,) if isinstance(info.inputs, str) else info.inputs
        return info.target in self.targets and (not self.inputs or bool(set(kinds) & set(self.inputs)))


_LABELS = ("class", "value")

MODELS = (
    Kind("mask", ("image",), ("tensor",)),
    Kind("image", ("image",), _LABELS),
    Kind("sequence", ("sequence", "series"), _LABELS),
    Kind("text", ("text",), _LABELS),
    Kind("table", ("table",), _LABELS),
    Kind("any", (), _LABELS),
)
DATA = (
    Kind("mask", ("image",), ("tensor",), "array", ("images", 200)),
    Kind("image", ("image",), ("class", "none", "condition"), "array", ("images", 400)),
    Kind("sequence", ("sequence",), ("class",), "array", ("sequences", 400)),
    Kind("table", ("table",), ("class", "value", "none"), "", ("rows", 400)),
)


def suitable(kinds: tuple[Kind, ...], task: str, what: str) -> Kind:
    """The first template for a task.

    Raises:
        ConfigError: There is no such task, or no template for it.
    """
    if task not in task_names():
        raise ConfigError(f"new {what}: there is no task '{task}'. {nearest(task, task_names())}")
    info = task_info(task)
    found = next((one for one in kinds if one.suits(info)), None)
    if found is None:
        others = [name for name in task_names() if any(one.suits(task_info(name)) for one in kinds)]
        raise ConfigError(f"new {what}: there is no template for the task {task}. Tasks with one: {', '.join(others)}.")
    return found
