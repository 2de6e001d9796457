"""Losses and optimizers by name: a misspelt one is refused before anything is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.bounds import Offered, TaskLoss
from automl.config.advice import advice
from automl.config.hints import field_types
from automl.errors import ConfigError, close, nearest, shown
from automl.fields import alternatives
from automl.registry import Group, entry, names
from automl.space import is_space

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from automl.bounds import Bound
    from automl.tasks import TaskInfo


def check_named(training: Mapping[str, Any], tasks: Sequence[TaskInfo]) -> None:
    """Refuse a loss that neither the tasks list nor a distribution offers, and what is offered by no distribution.

    Args:
        training: The section; its fields that are bound by ``TaskLoss`` or ``Offered`` are looked at.
        tasks: The one that the data name, or else all that the model takes.

    Raises:
        ConfigError: The message names the key and the nearest name.
    """
    for key, hint in field_types(entry(Group.TRAINING, str(training["name"])).target).items():
        for bound in (one for _, bounds in alternatives(hint) for one in bounds):
            for path, value in _values(training, key):
                _check(path, value, bound, tasks)


def _check(path: str, value: Any, bound: Bound, tasks: Sequence[TaskInfo]) -> None:
    match bound:
        case TaskLoss():
            known = _losses(tasks)
            said, hint = f"{' or '.join(task.name for task in tasks)} has no loss {shown(value)}.", nearest
        case Offered(group=group, own=own):
            known = [*own, *names(Group(group))]
            said, hint = f"expected one of {', '.join(known)}. Received: {shown(value)}.", _near
        case _:
            return
    if value is not None and value not in known:
        raise ConfigError(f"{path}: {said} {advice(path, value) or hint(str(value), known)}".strip())


def _near(name: str, known: Iterable[str]) -> str:
    """The nearest; all of them have been told."""
    found = close(name, known)
    return f"Did you mean: {', '.join(found)}?" if found else ""


def _losses(tasks: Sequence[TaskInfo]) -> list[str]:
    """Those of the tasks, and where these have a target those that distributions offer."""
    offered = names(Group.LOSSES) if any(task.target not in ("none", "condition") for task in tasks) else []
    return list(dict.fromkeys(["auto", *(loss for task in tasks for loss in task.losses), *offered]))


def _values(training: Mapping[str, Any], key: str) -> Iterator[tuple[str, Any]]:
    """The value with its path, or all that a space may take."""
    leaf: Any = training.get(key)
    if is_space(leaf):
        yield from ((f"training.{key}.choices", one) for one in leaf.get("choices") or ())
    else:
        yield f"training.{key}", leaf
