"""The task of data that serve several, by what the model takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.tasks import task_info, task_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.tasks import TaskInfo


def served(data: Mapping[str, Any], tasks: Sequence[str]) -> str | None:
    """The task, another than theirs, that a model takes such data for; None where it is theirs, or where there is none.

    Args:
        data: The ``data`` section, or its face; a ``task`` of null says that the target will tell it, ``serves`` lists
            those that the loader knows besides.
        tasks: Those of the model.
    """
    known, name = task_names(), data.get("task")
    taken = [one for one in tasks if one in known]
    if name in tasks:
        return None
    if name is None:
        free = _free(taken)
        return free[0] if "task" in data and free and len(free) == len(tasks) else None
    named = [one for one in data.get("serves") or () if one in taken]
    if len(named) == 1:
        return str(named[0])
    return _besides(task_info(name), taken) if name in known else None


def _besides(info: TaskInfo, taken: Sequence[str]) -> str | None:
    """The task that the data's own names, else one that leaves the labels of such samples unread."""
    named = next((one for one in info.serves if one in taken), None)
    if named is not None or info.target == "none":
        return named
    free = _free(taken)
    inputs = info.inputs
    return next((one for one in free if isinstance(inputs, str) and task_info(one).takes(inputs)), None)


def _free(tasks: Sequence[str]) -> list[str]:
    return [one for one in tasks if task_info(one).target == "none"]
