"""Models whose classes a notebook's cell or a script defines: held in the registry while they are used."""

from __future__ import annotations

import inspect
import re
import tempfile
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import MISSING, fields
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl import registry
from automl.config.faces import KEYS
from automl.config.keys import chosen
from automl.config.sections import face_of
from automl.errors import ConfigError, PluginError, nearest, shown
from automl.fields import check_is_dataclass, is_required
from automl.plugin import ModelPlugin
from automl.records import SESSION
from automl.registry import Group, Held, holding
from automl.tasks import task_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from automl.records import StudyRecord

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def class_of(model: Any) -> type[ModelPlugin] | None:
    """The class that is handed over as ``model``, or under ``name`` in a mapping; None where it is none.

    Raises:
        PluginError: It is no model, or no dataclass.
        ConfigError: A field has a name that is not free.
    """
    cls = model.get("name") if isinstance(model, Mapping) else model
    if not isinstance(cls, type):
        return None
    if not issubclass(cls, ModelPlugin):
        raise PluginError(f"model: expected a subclass of ModelPlugin, such as KerasPlugin. Received: {cls!r}.")
    check_is_dataclass(cls)
    taken = [one.name for one in fields(cls) if one.name in KEYS]  # type: ignore[arg-type]
    if taken:
        hint = " Write it without its type." if taken[0] == "tasks" else " Rename it."
        raise ConfigError(f"model: '{taken[0]}' cannot be a field of {cls.__name__}.{hint}")
    return cls


def tasks_of(cls: type) -> tuple[str, ...]:
    """The tasks that a class names; none where it has no attribute ``tasks``.

    Raises:
        ConfigError: It names what is no task.
    """
    tasks = getattr(cls, "tasks", ())
    tasks = (tasks,) if isinstance(tasks, str) else tuple(tasks)
    for one in tasks:
        if one not in task_names():
            raise ConfigError(f"{cls.__name__}.tasks: there is no task {shown(one)}. {nearest(str(one), task_names())}")
    return tasks


def model_name(cls: type) -> str:
    """What a class is called in a configuration: ``MyNet`` is ``my_net``, unless something installed is."""
    name = _WORDS.sub("_", cls.__name__).lower()
    return f"own_{name}" if name in registry.choices("model") else name


@contextmanager
def composed_with(cls: type, data: Mapping[str, Any], keys: Mapping[str, Any]) -> Iterator[str]:
    """The class can be chosen by the name that this gives, and be composed into configurations, meanwhile.

    Args:
        cls: As ``class_of`` has checked it.
        data: The ``data`` section, which tells the task where the class does not.
        keys: Those under ``model`` that are given.

    Raises:
        ConfigError: The task cannot be told, or a field that needs a value has none.
    """
    name = model_name(cls)
    face = {
        "name": name,
        "summary": _summary(cls),
        "tasks": [*(tasks_of(cls) or _task(cls, data))],
        **_values(cls, keys),
    }
    with tempfile.TemporaryDirectory(prefix="automl-") as folder:
        _write(face, Path(folder, "model", f"{name}.yaml"))
        with holding(_held(cls, name, Path(folder))):
            yield name


@contextmanager
def known(record: StudyRecord, cls: type | None, asked: str) -> Iterator[None]:
    """The model of a study can be had by its name meanwhile, though it is no installed one.

    Args:
        record: The study.
        cls: The class of its model, where it is not installed.
        asked: What for, in a word.

    Raises:
        PluginError: It is needed, and not given.
    """
    if not record.is_of_session:
        yield
        return
    name = record.plugin["name"]
    if cls is None:
        raise PluginError(
            f"{asked}: the model of {record.name}, {name}, is not installed: its class was one of a notebook or a"
            f" script. Define it and hand it over: automl.load({str(record.folder)!r}, model=<class>)."
        )
    with holding(_held(cls, name, None)):
        yield


def _held(cls: type, name: str, conf: Path | None) -> Held:
    try:
        told = inspect.getsource(cls)
    except (OSError, TypeError):
        told = cls.__qualname__
    version = sha256(told.encode()).hexdigest()[:8]
    return Held(name, Group.MODELS, f"{cls.__module__}:{cls.__qualname__}", SESSION, version, cls, conf)


def _summary(cls: type) -> str:
    """The first line of the docstring, where it is the author's: a dataclass without one is given its signature."""
    told = (vars(cls).get("__doc__") or "").strip()
    return told.splitlines()[0] if told and not told.startswith(f"{cls.__name__}(") else cls.__name__


def _task(cls: type, data: Mapping[str, Any]) -> Sequence[str]:
    """The task that the data name."""
    choice = data.get("loader") or data.get("name") or chosen([])["data"]
    task = data.get("task") or face_of("data", str(choice)).get("task")
    if task is None:
        raise ConfigError(
            f"model: data={choice} do not tell what {cls.__name__} is to solve. Write it into the class:"
            f" tasks = ['tabular_classification'], or so. Available: {', '.join(task_names())}."
        )
    return [str(task)]


def _values(cls: type, keys: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with their defaults, as far as YAML has them; those that are given, for now, with none."""
    found: dict[str, Any] = {}
    for one in fields(cls):
        if one.name in keys:
            found[one.name] = None
        elif is_required(one):
            raise ConfigError(
                f"model.{one.name}: {cls.__name__} needs a value, or a space to search:"
                f' {{"name": {cls.__name__}, "{one.name}": {{"low": 1, "high": 4}}}}. Received: none.'
            )
        elif one.default is not MISSING and isinstance(one.default, bool | int | float | str | None):
            found[one.name] = one.default
    return found


def _write(face: Mapping[str, Any], path: Path) -> None:
    import yaml

    path.parent.mkdir()
    path.write_text(yaml.safe_dump(dict(face), allow_unicode=True, sort_keys=False), encoding="utf-8")
