"""Events as lines of JSON, and back to the letter.

JSON has neither numbers that are not finite nor keys that are not texts; both are written as mappings of one key that
begins with a dollar sign: ``{"$float": "nan"}`` and ``{"$map": [[key, value], ...]}``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import PurePath
from typing import Any

from automl.data.spec import DataSpec
from automl.handover import Member
from automl.objectives import Objective
from automl.records import StudyState, TrialState
from automl.runner.plain import plain
from automl.study.journal import events
from automl.study.journal.events import Event
from automl.tasks import TaskInfo


def _task(values: Mapping[str, Any]) -> TaskInfo:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    return TaskInfo(**fields)


def _objectives(values: list[Mapping[str, Any]]) -> tuple[Objective, ...]:
    return tuple(Objective(**one) for one in values)


def _members(values: list[Mapping[str, Any]]) -> tuple[Member, ...]:
    return tuple(Member(**one) for one in values)


_MADE: dict[type[Event], dict[str, Callable[[Any], Any]]] = {
    events.StudyStarted: {"task": _task, "further": _objectives},
    events.PreflightEnded: {"spec": DataSpec.from_dict, "task": _task, "further": _objectives},
    events.TrialEnded: {"state": TrialState},
    events.EnsembleSelected: {"members": _members, "candidates": tuple},
    events.EvaluationStepEnded: {"notes": tuple},
    events.StudyEnded: {"state": StudyState},
}
"""How those fields come to be that JSON knows nothing of."""


class UnknownError(ValueError):
    """An event of another version."""


def encode(event: Event) -> bytes:
    """A line, without a line break in it.

    Raises:
        TypeError: The event holds what is no plain value.
    """
    values = {"event": _NAMES[type(event)], **vars(event)}
    return _ENCODER.encode(_tagged(values)).encode() + b"\n"


def decode(line: bytes) -> Event:
    """The event of a line.

    Raises:
        UnknownError: It is of a newer version.
        ValueError: It was cut or edited.
    """
    values = _DECODER.decode(line.decode())
    if not isinstance(values, dict) or not isinstance(values.get("event"), str):
        raise ValueError(f"{line[:80]!r} is no event.")  # noqa: TRY004 - of the line's content
    name = values.pop("event")
    if name not in _KINDS:
        raise UnknownError(name)
    kind = _KINDS[name]
    try:
        if values.get("format", 0) > events.FORMAT:
            raise UnknownError(name)
        for field, make in _MADE.get(kind, {}).items():
            if field in values:
                values[field] = make(values[field])
        return kind(**values)
    except (KeyError, TypeError, AttributeError) as error:
        if set(values) - set(kind.__dataclass_fields__):
            raise UnknownError(name) from error
        raise ValueError(f"{line[:80]!r} is no event.") from error


def _kinds(base: type[Event]) -> dict[str, type[Event]]:
    """By name, those without others below them."""
    found: dict[str, type[Event]] = {}
    for kind in base.__subclasses__():
        below = _kinds(kind)
        found |= below or {re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(): kind}
    return found


_KINDS = _kinds(Event)
_NAMES = {kind: name for name, kind in _KINDS.items()}


def _tagged(value: Any) -> Any:
    kind = type(value)  # subclasses are rare, and looked at last: most of what is written are metrics
    if kind is float:
        return value if math.isfinite(value) else {"$float": str(value)}
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is dict:
        return _mapping(value)
    return [_tagged(item) for item in value] if isinstance(value, list | tuple) else _tagged(_simpler(value))


def _simpler(value: Any) -> Any:
    """What stands for a value that is not JSON's own."""
    if isinstance(value, DataSpec):
        return value.to_dict()
    if isinstance(value, TaskInfo | Objective | Member):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value) if isinstance(value, PurePath | date) else plain(value, "event")


def _mapping(values: Mapping[Any, Any]) -> dict[str, Any]:
    if all(type(key) is str and key[:1] != "$" for key in values):
        return {key: _tagged(value) for key, value in values.items()}
    return {"$map": [[_tagged(key), _tagged(value)] for key, value in values.items()]}


def _untagged(values: dict[str, Any]) -> Any:
    if "$float" in values:
        return float(values["$float"])
    if "$map" in values:
        return dict(values["$map"])
    return values


# Made once: the functions of the module make new ones at each call, which costs as much as the work.
_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
_DECODER = json.JSONDecoder(object_hook=_untagged)
