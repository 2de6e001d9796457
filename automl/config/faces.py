"""What authors get wrong in a face, its place and its class: told by file and line, and nothing is imported."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from automl import registry
from automl.config.keys import chosen
from automl.config.sections import face_of
from automl.config.source import Source
from automl.errors import AutomlError, ConfigError, PluginError, nearest, shown
from automl.registry import Group
from automl.tasks import task_info, task_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from automl.config.source import Defined
    from automl.registry import Entry

FOLDERS = {
    Group.MODELS: "model",
    Group.DATASETS: "data",
    Group.TASKS: "task",
    Group.TRAINING: "training",
    Group.SEARCH_ENGINES: "search",
    Group.RUNNERS: "runner",
}
"""Where in a ``conf`` the faces of a group lie."""

KEYS = Group.MODELS.said | {"defaults"}
"""Keys of a model's face that are no fields, Hydra's own among them."""


def check_choices(words: list[str]) -> None:
    """Refuse what a command line chooses where it is installed, and its author got it wrong.

    Raises:
        PluginError: The message names the author's file and line.
    """
    model = dict(word.lstrip("+").partition("=")[::2] for word in words).get("model", "")
    _check("model", model)  # the first of all, since it may choose the others
    for folder, choice in chosen(words).items():
        _check(folder, choice)


def _check(folder: str, choice: str) -> None:
    group = next((one for one, name in FOLDERS.items() if name == folder), None)
    if group is None:
        return
    entry = registry.entries(group).get(choice)
    if entry is not None and (told := fault(entry)):
        raise PluginError(f"{folder}={choice}, of {entry.distribution} {entry.version}: {told}")


def fault(entry: Entry) -> str:
    """What is wrong with an entry, the first of it in a sentence, as far as files tell; else empty."""
    source = Source(entry)
    told = source.fault() or _class_fault(source.defined)
    return told or (_face_fault(entry, source.defined) if entry.group in FOLDERS else "")


def _class_fault(found: Defined | None) -> str:
    if found is not None and found.annotated and not found.decorated:
        fields = ", ".join(found.annotated)
        return f"{found.place}: {found.name} declares {fields}, but is no dataclass. Write @dataclass above it."
    return ""


def _face_fault(entry: Entry, found: Defined | None) -> str:
    path = face_file(entry)
    if path is None:
        return _misplaced(entry)
    try:
        face = read(path)
        if entry.group is Group.MODELS:
            face = face_of("model", entry.name)  # with what it inherits
        if entry.group is Group.TASKS:
            task_info(entry.name)
    except AutomlError as error:
        return str(error)
    if entry.group is Group.MODELS:
        return next(_model_faults(entry, face, path, found), "")
    return ""


def face_file(entry: Entry) -> Path | None:
    """The YAML behind an entry; of a loader the first that names it, where none has its name."""
    folder = FOLDERS[entry.group]
    path = registry.config_file(folder, entry.name)
    if path is not None or entry.group is not Group.DATASETS:
        return path
    files = (registry.config_file(folder, choice) for choice in registry.choices(folder))
    named = re.compile(rf"^loader:\s*{re.escape(entry.name)}\s*(#.*)?$", re.MULTILINE)
    return next((one for one in files if one and named.search(one.read_text(encoding="utf-8", errors="replace"))), None)


def read(path: Path) -> dict[str, Any]:
    """A face as plain values.

    Raises:
        ConfigError: It is not YAML, or no mapping.
    """
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ConfigError(f"{_shown(path, line)}: this is not YAML: {error.problem}.") from error
    except (yaml.YAMLError, OSError, ValueError) as error:
        raise ConfigError(f"{_shown(path)}: it cannot be read: {error}.") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{_shown(path)}: expected keys and values. Received: {shown(values)}.")
    return {str(key): value for key, value in values.items()}


def _misplaced(entry: Entry) -> str:
    """Where the face is looked for, and where it may be instead."""
    package = registry.package_folder(entry.package)
    assert package is not None
    inside = f"conf/{FOLDERS[entry.group]}/{entry.name}.yaml"
    expected = f"its face is expected in {package / inside}"
    names = (f"{entry.name}.yaml", f"{entry.name}.yml")
    near = [path for name in names for path in sorted(package.rglob(name))]
    near += [path for name in names if (path := package.parent / "conf" / FOLDERS[entry.group] / name).is_file()]
    if near:
        return f"{expected}. Received: {near[0]}. Move it."
    others = sorted((package / "conf" / FOLDERS[entry.group]).glob("*.yaml"))
    if others:
        return f"{expected}, under the name of the entry point. Received: {', '.join(one.name for one in others)}."
    return f"{expected}, and there is none. Write it, or, where it was lost in building, add it to the package's data."


def _model_faults(entry: Entry, face: Mapping[str, Any], path: Path, found: Defined | None) -> Iterator[str]:
    for key, told in _said_faults(entry, face):
        yield f"{_shown(path, _line(path, key))}: {told}"
    if found is not None:
        yield from _field_faults(face, path, found)


def _said_faults(entry: Entry, face: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with what a face says of its model, by key."""
    if face.get("name") != entry.name:
        yield "name", f"'name' is to be that of the entry point, {entry.name}. Received: {shown(face.get('name'))}."
    summary = face.get("summary")
    if not isinstance(summary, str) or not summary.strip():
        yield "summary", f"'summary' is to be a sentence about the model. Received: {shown(summary)}."
    if told := _tasks_fault(face.get("tasks")):
        yield "tasks", told


def _field_faults(face: Mapping[str, Any], path: Path, found: Defined) -> Iterator[str]:
    for name in [one for one in found.required if one in KEYS]:
        yield f"{found.place}: '{name}' cannot be a field of {found.name}: it is a key of every face. Rename the field."
    for key in [one for one in face if found.whole and one not in (*found.required, *KEYS)]:
        yield f"{_shown(path, _line(path, key))}: {_no_field(key, found)}"
    for name, needed in found.required.items():
        if needed and name not in face:
            yield f"{_shown(path)}: '{name}' is missing: give it a value or a space, or at {found.place} a default."


def _tasks_fault(tasks: Any) -> str:
    known = task_names()
    if not isinstance(tasks, list) or not tasks:
        offer = f"Available: {', '.join(known)}."
        return f"'tasks' is to be a list of what the model takes. Received: {shown(tasks)}. {offer}"
    unknown = [str(one) for one in tasks if one not in known]
    # A task of a distribution that is not installed is no mistake.
    wrong = [one for one in unknown if len(unknown) == len(tasks) or difflib.get_close_matches(one, known)]
    return f"'tasks': there is no task '{wrong[0]}'. {nearest(wrong[0], known)}" if wrong else ""


def _no_field(key: str, found: Defined) -> str:
    if key in found.assigned:
        return f"'{key}' is no field of {found.name} ({found.place}) without its type: write {key}: int = ..., or so."
    return f"'{key}' is no field of {found.name} ({found.place}). {nearest(key, found.required)}"


def _line(path: Path, key: str) -> int | None:
    """The line of a key at the top of a face."""
    starts = re.compile(rf"[\"']?{re.escape(key)}[\"']?\s*:")
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((number for number, line in enumerate(lines, 1) if starts.match(line)), None)


def _shown(path: Path, line: int | None = None) -> str:
    """A face as its author knows it: ``<package>/conf/<group>/<name>.yaml``, and the line."""
    return f"{path.relative_to(path.parents[3]).as_posix()}{'' if line is None else f':{line}'}"
