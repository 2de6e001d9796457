"""The task of data and model where the model needs no target: labels are left unread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.tasks import task_info, task_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def without_target(data: Mapping[str, Any], tasks: Sequence[str]) -> str | None:
    """The task without a target that a model takes such data for; None where it takes them as they are, or not at all.

    Args:
        data: The ``data`` section, or its face; a ``task`` of null says that the target will tell it.
        tasks: Those of the model.
    """
    known, name = task_names(), data.get("task")
    free = [one for one in tasks if one in known and task_info(one).target == "none"]
    if not free or name in tasks:
        return None
    if name is None:
        return free[0] if "task" in data and len(free) == len(tasks) else None
    if name not in known or task_info(name).target == "none":
        return None
    info = task_info(name)
    if info.unlabelled in free:
        return info.unlabelled
    return next((one for one in free if isinstance(info.inputs, str) and task_info(one).takes(info.inputs)), None)
