"""The objectives and constraints of a ``search`` section: what is wrong with them, and what they are for a task."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from automl.errors import ConfigError, close, nearest, shown
from automl.objectives import MEASURED, Objective

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.tasks import Direction, TaskInfo

_MODES: dict[str, Direction] = {"max": "maximize", "min": "minimize"}
_KEY = "search.objective"


def objectives(search: Mapping[str, Any], task: TaskInfo) -> tuple[Objective, ...]:
    """What a study of the task optimizes, the leading one first.

    Raises:
        ConfigError: A list names a metric of the plugin's own without its mode.
    """
    asked = _asked(search.get("objective"))
    if isinstance(search.get("objective"), list | tuple):
        return tuple(Objective(metric, _direction(metric, mode, task)) for metric, mode in asked)
    metric = asked[0][0] if asked else task.objective
    return (Objective(metric, search.get("direction") or task.direction_of(metric) or task.direction),)


def check_objectives(search: Mapping[str, Any], found: TaskInfo | None, possible: Sequence[TaskInfo]) -> None:
    """Refuse objectives that nothing can be compared by.

    Args:
        search: The section; each of its values is of its type.
        found: The task, where the configuration tells it.
        possible: The task, or else all that the model takes.

    Raises:
        ConfigError: The message names the key and what was received.
    """
    asked = _asked(search.get("objective"))
    _check_names([metric for metric, _ in asked], found)
    if isinstance(search.get("objective"), list | tuple):
        if search.get("direction"):
            raise ConfigError(
                "search.direction: in a list of objectives each has a mode of its own; leave the direction out."
                f" Received: {search['direction']}."
            )
        for metric, mode in asked:
            _check_mode(metric, mode, possible)
        if found is not None:
            objectives(search, found)
    else:
        _check_direction(search, found, possible)
    if len(asked) > 1:
        _check_pruner(search)


def check_one(search: Mapping[str, Any], ensemble: Mapping[str, Any]) -> None:
    """Refuse an ensemble where there is no one objective that it could be better in.

    Raises:
        ConfigError: There are several.
    """
    asked = _asked(search.get("objective"))
    if ensemble["name"] != "none" and len(asked) > 1:
        raise ConfigError(
            f"ensemble: models are chosen by one objective, and search.objective names {len(asked)}."
            f" Choose ensemble=none, or one objective. Received: {ensemble['name']}."
        )


def check_constraints(search: Mapping[str, Any]) -> None:
    """Refuse constraints that say nothing, or what nothing can keep to.

    Raises:
        ConfigError: The message names the key and what was received.
    """
    for metric, ends in (search.get("constraints") or {}).items():
        path = f"search.constraints.{metric}"
        if not isinstance(ends, Mapping) or not ends:
            raise ConfigError(f"{path}: expected a bound or two, such as {{max: 500000}}. Received: {shown(ends)}.")
        for end, bound in ends.items():
            if end not in ("min", "max"):
                raise ConfigError(f"{path}.{end}: there is no such bound. {nearest(str(end), ('min', 'max'))}")
            if isinstance(bound, bool) or not isinstance(bound, int | float) or not math.isfinite(bound):
                raise ConfigError(f"{path}.{end}: expected a finite number. Received: {shown(bound)}.")
        if ends.get("min", -math.inf) > ends.get("max", math.inf):
            raise ConfigError(f"{path}: min must not exceed max. Received: {shown(dict(ends))}.")


def _asked(objective: Any) -> list[tuple[str, str | None]]:
    """Metrics and their modes, as they were asked for; none where the task's own is meant."""
    if objective is None:
        return []
    if not isinstance(objective, list | tuple):
        return [(str(objective), None)]
    if not objective:
        raise ConfigError(f"{_KEY}: at least one metric is needed. Received: [].")
    return [_item(one, f"{_KEY}[{number}]") for number, one in enumerate(objective)]


def _item(one: Any, path: str) -> tuple[str, str | None]:
    if isinstance(one, str):
        return one, None
    if not isinstance(one, Mapping):
        raise ConfigError(
            f"{path}: expected a metric, such as {{metric: parameters, mode: min}}. Received: {shown(one)}."
        )
    for key in one:
        if key not in ("metric", "mode"):
            raise ConfigError(f"{path}.{key}: there is no such key. {nearest(str(key), ('metric', 'mode'))}")
    metric, mode = one.get("metric"), one.get("mode")
    if not isinstance(metric, str) or not metric:
        raise ConfigError(f"{path}.metric: the name of a metric is needed. Received: {shown(metric)}.")
    if mode is not None and mode not in _MODES:
        raise ConfigError(f"{path}.mode: expected one of max, min. Received: {shown(mode)}.")
    return metric, mode


def _check_names(metrics: list[str], found: TaskInfo | None) -> None:
    if len(set(metrics)) < len(metrics):
        twice = next(one for one in metrics if metrics.count(one) > 1)
        raise ConfigError(f"{_KEY}: each metric is named once. Received: {twice} twice.")
    if metrics and metrics[0] in MEASURED:
        usual = found.objective if found is not None else "val_accuracy"
        raise ConfigError(
            f"{_KEY}: the first metric is the one that the epochs of a trial are compared by, and {metrics[0]} is known"
            f" at its end alone. Name another first: [{{metric: {usual}}}, {{metric: {metrics[0]}}}]."
        )
    if "val_loss" in metrics and found is not None:
        raise ConfigError(
            f"{_KEY}: val_loss depends on settings that trials may differ in, such as label smoothing."
            f" Choose one of: {', '.join(f'val_{name}' for name in found.metrics)}."
        )


def _direction(metric: str, mode: str | None, task: TaskInfo) -> Direction:
    known = _MODES[mode] if mode else task.direction_of(metric)
    if known is None:
        names = [*(f"val_{name}" for name in task.metrics), *MEASURED]
        raise ConfigError(
            f"{_KEY}: mode, min or max, is needed for {metric}, which is no metric of {task.name}."
            f" {nearest(metric, names)}"
        )
    return known


def _check_mode(metric: str, mode: str | None, possible: Sequence[TaskInfo]) -> None:
    """A mode must not contradict what a task says of its metric; how large a model is may be asked for either way."""
    told = {one.direction_of(metric) for one in possible}
    known = told.pop() if len(told) == 1 and metric not in MEASURED else None
    if mode and known and _MODES[mode] != known:
        raise ConfigError(f"{_KEY}: {metric} is to {known}; leave its mode out. Received: {mode}.")


def _check_direction(search: Mapping[str, Any], found: TaskInfo | None, possible: Sequence[TaskInfo]) -> None:
    """An objective of one's own comes with its direction, unless its name tells it; the two must not contradict."""
    metric, direction = search.get("objective"), search.get("direction")
    told = {one.direction_of(metric or one.objective) for one in possible}
    if metric and not direction and found is not None and told == {None}:
        near = close(str(metric), [f"val_{name}" for name in found.metrics])
        hint = f" Did you mean: {', '.join(near)}?" if near else ""
        raise ConfigError(
            f"search.direction: maximize or minimize is needed for {_KEY}={metric}. Received: null.{hint}"
        )
    known = told.pop() if len(told) == 1 else None
    if direction and known and direction != known:
        raise ConfigError(
            f"search.direction: {metric or possible[0].objective} is to {known}; leave the direction out, or choose"
            f" another {_KEY}. Received: {direction}."
        )


def _check_pruner(search: Mapping[str, Any]) -> None:
    """Epochs tell one objective of several: a trial that is behind in it may be ahead in the others."""
    if search.get("pruner", "none") not in ("auto", "none"):
        raise ConfigError(
            "search.pruner: with several objectives no trial is pruned, since its epochs tell the first one alone."
            f" Leave it out, or set search.pruner=none. Received: {shown(search['pruner'])}."
        )
