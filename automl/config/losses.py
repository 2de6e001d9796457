"""Losses by name, held against what the task lists: a misspelt one is refused before anything is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.bounds import TaskLoss
from automl.config.hints import field_types
from automl.errors import ConfigError, nearest, shown
from automl.fields import alternatives
from automl.registry import Group, entry
from automl.space import is_space

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from automl.tasks import TaskInfo


def check_losses(training: Mapping[str, Any], tasks: Sequence[TaskInfo]) -> None:
    """Refuse a loss, or a choice of one, that none of the tasks lists.

    Args:
        training: The section; its fields that are bound by ``TaskLoss`` are looked at.
        tasks: The one that the data name, or else all that the model takes.

    Raises:
        ConfigError: The message names the key and the nearest loss.
    """
    hints = field_types(entry(Group.TRAINING, str(training["name"])).target)
    known = list(dict.fromkeys(["auto", *(loss for task in tasks for loss in task.losses)]))
    names = " or ".join(task.name for task in tasks)
    for key, hint in hints.items():
        if not any(isinstance(bound, TaskLoss) for _, bounds in alternatives(hint) for bound in bounds):
            continue
        for value in _values(training.get(key, "auto")):
            if value not in known:
                raise ConfigError(f"training.{key}: {names} has no loss {shown(value)}. {nearest(str(value), known)}")


def _values(leaf: Any) -> Iterator[Any]:
    """The value, or all that a space may take."""
    if is_space(leaf):
        yield from leaf.get("choices") or ()
    else:
        yield leaf
