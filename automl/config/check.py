"""A composed configuration checked: whatever it alone shows to be wrong is refused here, before anything runs."""

from __future__ import annotations

import itertools
import os
import re
import unicodedata
from dataclasses import dataclass, field, replace
from glob import has_magic, iglob
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl import registry
from automl.bounds import Given
from automl.config.advice import meaning
from automl.config.families import AUTO
from automl.config.hints import field_docs, field_types
from automl.config.kinds import check_kind
from automl.config.named import check_named
from automl.config.objectives import check_constraints, check_objectives, check_one
from automl.config.offered import default, enqueued, of_family, portfolio
from automl.config.predicted import check_predicted
from automl.config.sections import (
    OPTIONAL,
    SEARCH_KEYS,
    TOP_KEYS,
    advised,
    check_sections,
    check_shape,
    check_values,
    face_of,
    infer,
)
from automl.config.served import served
from automl.config.study import Search, Top
from automl.errors import (
    ConfigError,
    DataError,
    PluginError,
    SpaceError,
    StorageError,
    TaskError,
    close,
    nearest,
    shown,
)
from automl.fields import alternatives, construct, field_hints
from automl.fields import check as check_type
from automl.records import UNCOUNTED
from automl.registry import Entry, Group, entry
from automl.space import FAMILIES, FamilySpace, Space, parse
from automl.tasks import TaskInfo, task_info, task_names

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings", "check", "check_values", "engine_section", "infer"]

_TAKEN = {"artifacts", "cache", "inputs", "mlflow.db"}
"""What an experiments folder holds beside its studies."""

_MOST_BESIDE = 10_000
"""Files of a folder that a misspelt name is compared with."""

_TRIALS, _TRIALS_A_FAMILY = 20, 10
"""How many where neither a number nor a time is given."""

_LONGEST_NAME = 200
"""Bytes; file systems take 255, and files beside a folder are named after it."""


@dataclass(frozen=True)
class Settings:
    """What a study is started with.

    Attributes:
        config: The composed configuration as plain values.
        space: What is searched.
        model: The entry point of the model.
        task: The task, where the configuration tells it; else the data will.
        experiments: The experiments folder, absolute.
        search: What every search has; one trial where there is nothing to search.
        trials: How many at most; ``UNCOUNTED`` where the time alone ends the search.
        families: Of ``model=auto``, what a study of each family would be started with.
        notes: What the user should hear, one sentence each.
    """

    config: Mapping[str, Any]
    space: Space
    model: Entry
    task: TaskInfo | None
    experiments: Path
    search: Search
    trials: int
    families: Mapping[str, Settings] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def check(config: Mapping[str, Any], *, in_memory: bool = False) -> Settings:
    """Refuse what is wrong, else tell what the study is started with.

    Args:
        config: The composed configuration.
        in_memory: Whether the data are yet to be written to a file, and so have no path.

    Raises:
        AutomlError: A sentence that says what is wrong, where, and what was received.
    """
    check_shape(config)
    if FAMILIES in config:
        return _check_families(config, in_memory=in_memory)
    config = {**OPTIONAL, **config}
    model = entry(Group.MODELS, str(config["model"]["name"]))
    config = _with_task(config)
    space = parse(config)
    check_sections(config)
    check_kind(model.name, config["training"])
    _check_searched(config["data"], space)
    top = _top(config).__dict__
    config = {**config, **top}
    for key, value in (("name", config["name"]), ("data.name", config["data"]["name"])):
        _check_file_name(value, key)
    section = config["search"]
    search = construct(Search, {key: section[key] for key in SEARCH_KEYS if key in section}, "search")
    for offered in (default, portfolio, enqueued):
        offered(config, space)
    found = _task(config)
    possible = _possible(found, config["model"])
    check_objectives(section, found, possible)
    check_one(section, config["ensemble"])
    check_constraints(section)
    check_predicted(config, possible)
    check_named(config["training"], possible)
    if not in_memory:
        _check_given(config["data"])
    config = {**config, "data": _with_paths(config["data"])}
    experiments = _folder(config["experiments"])
    _check_earlier(search.from_study, experiments)
    if not len(space):
        search = replace(search, trials=1, confirm=0)
    return Settings(config, space, model, found, experiments, search, _trials(search, _TRIALS))


def _trials(search: Search, usual: int) -> int:
    """The most trials; where a time is given and no number, the time is used."""
    if search.trials is not None:
        return search.trials
    return UNCOUNTED if search.timeout is not None else usual


def _check_families(config: Mapping[str, Any], *, in_memory: bool) -> Settings:
    """Check what each family would be started with.

    One that its author got wrong is left out, and told, unless none is left.
    """
    rest = {key: value for key, value in config.items() if key not in (FAMILIES, "model", "training")}
    settings: dict[str, Settings] = {}
    faults: list[PluginError] = []
    able, notes = _able(config[FAMILIES])
    for name, sections in able.items():
        try:
            settings[name] = check(of_family({**rest, **sections}, name), in_memory=in_memory)
        except PluginError as error:
            faults.append(error)
    if not settings:
        raise faults[0]
    first = next(iter(settings.values()))
    if config["search"].get("storage"):
        raise ConfigError("search.storage: drivers share the search of one family. Name a model, as in +model=<name>.")
    families = {name: {key: one.config[key] for key in ("model", "training")} for name, one in settings.items()}
    kept = {key: config[key] for key in ("model", "training", "search")}
    return replace(
        first,
        config={**first.config, **kept, FAMILIES: families},
        space=FamilySpace.of({name: one.space for name, one in settings.items()}),
        model=Entry(AUTO, Group.MODELS, "", "automl", version("automl")),
        trials=_trials(first.search, _TRIALS_A_FAMILY * len(settings)),
        families=settings,
        notes=(*notes, *(f"a family was left out: {error}" for error in faults)),
    )


def _able(families: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Those that predict what is asked for, quantiles, and a sentence on those that do not."""
    if not any(sections["training"].get("quantiles") for sections in families.values()):
        return families, ()
    able = {name: sections for name, sections in families.items() if "quantiles" in sections["training"]}
    others = [name for name in families if name not in able]
    return able, (f"training.quantiles: left out, as they predict none: {', '.join(others)}",) if others else ()


def engine_section(config: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of the ``search`` section that are the engine's own."""
    return {key: value for key, value in config["search"].items() if key not in ("name", *SEARCH_KEYS)}


def _with_task(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Data that serve several tasks become those of one that the model takes."""
    found = served(config["data"], config["model"].get("tasks") or [])
    return config if found is None else {**config, "data": {**config["data"], "task": found}}


def _task(config: Mapping[str, Any]) -> TaskInfo | None:
    """The task that the data name; refused where the model does not take it."""
    name = config["data"].get("task")
    if name is None:
        return None
    found = task_info(str(name))
    if found.name not in (config["model"].get("tasks") or []):
        takers = [one for one in registry.choices("model") if found.name in (face_of("model", one).get("tasks") or [])]
        raise TaskError(
            f"model={config['model']['name']} does not take the task of data={config['data']['name']},"
            f" {found.name}. Models that do: {', '.join(takers) or 'none is installed'}."
            f" Data for {config['model']['name']}: {', '.join(_data_for(config['model'])) or 'none is installed'}."
        )
    return found


def _data_for(model: Mapping[str, Any]) -> list[str]:
    """The choices of data that serve a task which a model takes."""
    tasks = model.get("tasks") or []
    faces = {one: face_of("data", one) for one in registry.choices("data")}
    return [one for one, face in faces.items() if face.get("task") in tasks or served(face, tasks)]


def _possible(found: TaskInfo | None, model: Mapping[str, Any]) -> list[TaskInfo]:
    """The task, or where the data are yet to tell it all that the model takes."""
    installed = task_names()
    return [found] if found is not None else [task_info(one) for one in model.get("tasks") or () if one in installed]


def _check_searched(data: Mapping[str, Any], space: Space) -> None:
    """Trials are compared on the same rows and targets: of the data they differ in what the loader names alone."""
    face = face_of("data", str(data["name"])) or face_of("data", str(data.get("loader")))
    allowed = face.get("searchable") or []
    for path in space.parameters:
        section, _, field = path.partition(".")
        if section == "data" and field not in allowed:
            named = f"Fields of data={data['name']} that can be searched: {', '.join(allowed) or 'none'}."
            raise SpaceError(
                f"{path}: trials are compared on the same rows and targets, so that this cannot be searched. {named}"
            )


def _check_earlier(name: str | None, experiments: Path) -> None:
    """An earlier study is one of the experiments folder, or a folder of its own."""
    if name is None or any((folder / "journal.jsonl").is_file() for folder in (experiments / name, Path(name))):
        return
    known = sorted(path.parent.name for path in experiments.glob("*/journal.jsonl"))
    raise ConfigError(f"search.from_study: there is no study {shown(name)} in {experiments}. {nearest(name, known)}")


def _check_file_name(value: str | None, path: str) -> None:
    """Folders are named after studies and data: letters of any script, with their marks."""
    if value is None:
        return
    if not all(_is_letter(one) or one in "_.- " for one in value) or value[0] in ".- " or value[-1] in ". ":
        raise ConfigError(f"{path}: expected letters, digits, '.', '-' and '_'. Received: {shown(value)}.")
    try:
        length = len(os.fsencode(value))
    except UnicodeEncodeError as error:
        raise ConfigError(f"{path}: the locale cannot write {shown(value)}. Set PYTHONUTF8=1.") from error
    if length > _LONGEST_NAME:
        raise ConfigError(f"{path}: expected a name of at most {_LONGEST_NAME} bytes. Received: {shown(value)}.")
    if path == "name" and value.casefold() in _TAKEN:
        raise ConfigError(f"{path}: the experiments folder keeps '{value}' for itself. Choose another name.")


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


def _top(config: Mapping[str, Any]) -> Top:
    """The keys beside the sections.

    Raises:
        ConfigError: The message tells what the key means.
    """
    docs = field_docs(f"{Top.__module__}:{Top.__name__}")
    given = {key: config[key] for key in TOP_KEYS if key in config}
    for key, value in given.items():
        try:
            check_type(value, field_hints(Top)[key], key)
        except ConfigError as error:
            raise advised(error, key, value, docs.get(key, "")) from None
    return construct(Top, given, "")


def _check_given(section: Mapping[str, Any]) -> None:
    """What the user alone knows of the data, such as their path, is not left open."""
    target = entry(Group.DATASETS, str(section.get("loader") or section["name"])).target
    for key, hint in field_types(target).items():
        needed = any(isinstance(bound, Given) for _, bounds in alternatives(hint) for bound in bounds)
        if needed and section.get(key) is None:
            doc = meaning(field_docs(target).get(key, ""))
            raise ConfigError(f"data.{key}: data={section['name']} needs one. {doc} Add data.{key}=<{key}>.")


def _with_paths(section: Mapping[str, Any]) -> dict[str, Any]:
    """Keys named ``path`` or ``..._path`` name files or folders, or patterns; ``~`` is the user's own folder."""
    found = dict(section)
    for key, value in section.items():
        if isinstance(value, str) and (key == "path" or key.endswith("_path")):
            found[key] = value if _exists(value) else _expanded(value)
            if not _exists(found[key]):
                received = f"{_plain(value)}{_beside(value)}"
                raise DataError(f"data.{key}: there is no such file or folder. Received: {received}")
    return found


def _expanded(path: str) -> str:
    """With the user's own folder for ``~``, which shells leave as it is behind a ``=``."""
    return os.path.expanduser(path) if path.startswith("~") else path  # noqa: PTH111 - patterns are no paths


def _beside(path: str) -> str:
    """What is there of a similar name, or why a variable was not read."""
    if re.search(r"(^|/)\$\{?[A-Z]{2}", path):
        return ". In single quotes the shell leaves $ as it is."
    asked = Path(_expanded(path))
    try:
        near = close(asked.name, [one.name for one in itertools.islice(asked.parent.iterdir(), _MOST_BESIDE)])
    except OSError:
        return ""
    return f". Did you mean: {', '.join(str(asked.with_name(one)) for one in near)}?" if near else ""


def _exists(path: str) -> bool:
    if os.path.exists(path):  # noqa: PTH110 - Path.exists raises where a name is too long
        return True
    return has_magic(path) and any(iglob(path))  # noqa: PTH207 - a pattern may be absolute


def _plain(value: str) -> str:
    """A path as it was typed, unless it cannot be shown on a line."""
    return value if value.isprintable() and len(value) <= 1000 else shown(value)


def _folder(value: str) -> Path:
    """The experiments folder, absolute; refused where it could not be written, without making it."""
    if not value.strip():
        raise ConfigError(f"experiments: expected a folder. Received: {shown(value)}.")
    try:
        experiments = Path(_expanded(value)).resolve()
        existing = next(path for path in (experiments, *experiments.parents) if path.exists())
    except (OSError, ValueError) as error:
        raise StorageError(
            f"experiments: {shown(value)} cannot be a folder: {getattr(error, 'strerror', error)}."
        ) from error
    if not existing.is_dir():
        raise StorageError(f"experiments: a folder is needed. Received: {existing}, a file.")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise StorageError(f"experiments: {existing} cannot be written. Choose another folder with experiments=<path>.")
    return experiments
