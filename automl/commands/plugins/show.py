"""One plugin in full: its fields with types, bounds, spaces and defaults, where it lies, and how it is run."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

from automl.commands.plugins.found import named
from automl.config.faces import KEYS
from automl.config.hints import field_types
from automl.config.keys import chosen
from automl.config.sections import models_for
from automl.config.source import Source
from automl.errors import shown
from automl.fields import describe
from automl.registry import Group
from automl.space import is_space, parse
from automl.tasks import task_info

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from automl.commands.plugins.found import Found

_NOT_SHOWN = {"name", "summary", "loader", "searchable", "serves", "tasks", "defaults"}


def show(name: str) -> int:
    """Print all plugins of a name; returns 1 where one is broken, else 0.

    Raises:
        PluginError: There is none.
    """
    several = named(name)
    sys.stdout.write("\n\n".join("\n".join(_lines(one)) for one in several) + "\n")
    return int(any(one.fault for one in several))


def _lines(one: Found) -> Iterator[str]:
    entry, source = one.entry, Source(one.entry)
    yield f"{entry.group.noun} {one.choice}: {one.summary or '(no summary)'}"
    place = f" ({source.defined.place})" if source.defined is not None else ""
    about = {"from": f"{entry.distribution} {entry.version}", "class": f"{entry.target}{place}"}
    if one.face is not None:
        about["face"] = str(one.face)
    if one.fault:
        yield from _columns([*about.items(), ("broken", one.fault)])
        return
    yield from _columns([*about.items(), *_said(one)])
    if fields := list(_fields(one)):
        yield ""
        yield from _columns([("field", "type", "value or space", "default"), *fields])
    if commands := list(_commands(one)):
        yield ""
        yield from _columns(commands)


def _said(one: Found) -> Iterator[tuple[str, str]]:
    """What a face says besides fields."""
    values = one.values
    match one.entry.group:
        case Group.MODELS:
            made = chosen([f"+model={one.choice}"])
            yield "tasks", ", ".join(values["tasks"])
            yield "data", f"{made['data']}, unless another is chosen"
            yield "training", made["training"]
            for label, tried in (("tried first", [values.get("default")]), ("tried next", values.get("portfolio"))):
                yield from ((label, _tried(one)) for one in tried or () if one)
        case Group.DATASETS:
            yield "task", str(values.get("task") or "as its target has it")
            if values.get("searchable"):
                yield "searchable", ", ".join(values["searchable"])
        case Group.TASKS:
            info = task_info(one.choice)
            yield "inputs", info.inputs if isinstance(info.inputs, str) else ", ".join(info.inputs)
            yield "target", info.target
            yield "metrics", ", ".join(f"{name} ({way})" for name, way in info.metrics.items())
            yield "losses", ", ".join(info.losses) or "its own"
            yield "baseline", info.baseline
            yield "models", ", ".join(models_for(one.choice)) or "none is installed"


def _tried(values: Mapping[str, Any]) -> str:
    """A configuration that a face tries, and when."""
    told = ", ".join(f"{key}={value}" for key, value in values.items() if key != "when")
    return f"{told}{_condition(values)}"


def _condition(values: Mapping[str, Any]) -> str:
    return "".join(f", when {key} is {value}" for key, value in (values.get("when") or {}).items())


def _fields(one: Found) -> Iterator[tuple[str, str, str, str]]:
    """Each field: its type with bounds, what the face gives it, and the default that the class has."""
    if one.entry.group is Group.TASKS:
        return
    hints, found, values = field_types(one.entry.target), Source(one.entry).defined, one.values
    hidden = KEYS if one.entry.group is Group.MODELS else _NOT_SHOWN
    own = found.defaults if found is not None else {}
    for name in dict.fromkeys([*values, *hints, *own]):
        if name not in hidden:
            kind = describe(hints[name]) if name in hints else ""
            yield name, kind, _leaf(one.folder, name, values), own.get(name, "")


def _leaf(section: str, name: str, values: dict[str, Any]) -> str:
    """A value, or a space in words."""
    if name not in values:
        return ""
    leaf = values[name]
    if not is_space(leaf):
        return shown(leaf) if isinstance(leaf, str) else str(leaf).lower() if isinstance(leaf, bool) else _plain(leaf)
    when = _condition(leaf)
    if "choices" in leaf:
        return f"one of {', '.join(map(_plain, leaf['choices']))}{when}"
    parse({section: {name: {**leaf, "when": {}}}})  # refuses what is no space
    step = f" by {leaf['step']}" if leaf.get("step") else ""
    return f"{_plain(leaf['low'])} to {_plain(leaf['high'])}{step}{', on a log scale' if leaf.get('log') else ''}{when}"


def _plain(value: Any) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _commands(one: Found) -> Iterator[tuple[str, str]]:
    name = shlex.quote(one.choice)
    match one.entry.group:
        case Group.MODELS:
            yield "run it", f"python -m automl +model={name}"
        case Group.DATASETS:
            takers = models_for(str(one.values.get("task"))) or ["<model>"]
            needed = "".join(f" data.{key}=..." for key, value in one.values.items() if key == "path" and value is None)
            yield "run it", f"python -m automl +model={takers[0]} data={name}{needed}"
        case Group.SEARCH_ENGINES | Group.RUNNERS:
            yield "run it", f"python -m automl +model=<model> {one.folder}={name}"
    if one.folder and one.entry.group is not Group.TRAINING:
        yield "check it", f"python -m automl plugins check {shlex.quote(one.entry.name)}"


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Cells below each other, the last of a row as long as it is."""
    widths = [max(len(row[column]) for row in rows if len(row) > column) for column in range(max(map(len, rows)))]
    for row in rows:
        yield ("  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False))).rstrip()
