"""A composed configuration checked: whatever it alone shows to be wrong is refused here, before anything runs."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from glob import has_magic, iglob
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

from automl import registry
from automl.config.compose import no_model
from automl.config.fields import check as check_type
from automl.config.hints import field_types
from automl.config.training import SCHEMAS
from automl.errors import BudgetError, ConfigError, DataError, StorageError, TaskError, nearest
from automl.registry import Entry, Group, entry
from automl.space import Space, is_space, parse
from automl.tasks import TASKS, Task, task

if TYPE_CHECKING:
    from collections.abc import Mapping

_FACE_KEYS = {"name", "summary", "tasks"}
_DATA_KEYS = {"name", "loader", "task"}
_STUDY_KEYS = ("name", "trials", "timeout", "objective", "direction")


@dataclass(frozen=True)
class Settings:
    """What a study is started with.

    Attributes:
        config: The composed configuration as plain values.
        space: What is searched.
        model: The entry point of the model.
        task: The task, where the configuration tells it; else the data will.
        experiments: The experiments folder, absolute.
        max_trials: The budget of trials; one where nothing is searched.
        timeout: Wall-clock of the whole study in seconds, if limited.
    """

    config: Mapping[str, Any]
    space: Space
    model: Entry
    task: Task | None
    experiments: Path
    max_trials: int
    timeout: float | None


def check(config: Mapping[str, Any]) -> Settings:
    """Refuse what is wrong, else tell what the study is started with.

    Raises:
        AutomlError: A sentence that says what is wrong, where, and what was received.
    """
    if not config.get("model"):
        raise no_model()
    model = entry(Group.MODELS, str(config["model"].get("name")))
    config = _without_labels(config)
    loader = entry(Group.DATASETS, str(config["data"].get("loader") or config["data"].get("name")))
    engine = entry(Group.SEARCH_ENGINES, str(config["search"].get("name")))
    runner = entry(Group.RUNNERS, str(config["runner"].get("name")))
    space = parse(config)
    _check_face("model", config["model"], model, _FACE_KEYS)
    _check_face("data", config["data"], loader, _DATA_KEYS)
    _check_face("search", engine_section(config), engine, set())
    _check_face("runner", config["runner"], runner, {"name"})
    _check_training(config.get("training") or {})
    for key, hint in (("seed", int), ("name", str | None), ("experiments", str)):
        check_type(config.get(key), hint, key)
    for key, value in (("name", config.get("name")), ("data.name", config["data"].get("name"))):
        _check_file_name(value, key)
    max_trials, timeout = _budget(config["search"])
    found = _task(config)
    _check_direction(config["search"], found)
    _check_paths(config["data"])
    experiments = Path(config["experiments"]).resolve()
    _check_writable(experiments)
    return Settings(config, space, model, found, experiments, max_trials if len(space) else 1, timeout)


def engine_section(config: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of the ``search`` section that are the engine's own."""
    return {key: value for key, value in config["search"].items() if key not in _STUDY_KEYS}


def _check_face(section: str, values: Mapping[str, Any], point: Entry, own: set[str]) -> None:
    """Every key is one that the configuration file has, and every value, or end of a space, of its type."""
    face = _face(section, str(values.get("name"))) or _face(section, str(values.get("loader")))
    hints = field_types(point)
    for key, value in values.items():
        if face and key not in face and key not in hints and key not in own:
            raise ConfigError(f"{section}.{key}: there is no such field. {nearest(str(key), {*face, *hints} - own)}")
        if key not in own:
            hint = hints[key] if key in hints else infer(face.get(key))
            check_values(value, hint, f"{section}.{key}")


def _face(section: str, name: str) -> dict[str, Any]:
    from omegaconf import OmegaConf

    path = registry.config_file(section, name)
    face = OmegaConf.to_container(OmegaConf.load(path)) if path else {}
    return {str(key): value for key, value in face.items()} if isinstance(face, dict) else {}


def infer(leaf: Any) -> Any:
    """The type hint that a value or space of a face stands for; ``Any`` where it tells nothing."""
    if is_space(leaf):
        values = leaf["choices"] if "choices" in leaf else [leaf.get("low"), leaf.get("high")]
        hints = {infer(value) for value in values}
        if hints == {int, float}:
            return float
        return hints.pop() if len(hints) == 1 else Any
    return type(leaf) if isinstance(leaf, bool | int | float | str) else Any


def check_values(value: Any, hint: Any, path: str) -> None:
    """Refuse a value, or any choice or end of a space, that is not of the type.

    Raises:
        ConfigError: The message names the path and what was received.
    """
    if not is_space(value):
        check_type(value, hint, path)
        return
    for key in ("low", "high", "choices"):
        for one in value.get(key) if key == "choices" and key in value else [value[key]] if key in value else []:
            check_type(one, hint, f"{path}.{key}")


def _check_training(section: Mapping[str, Any]) -> None:
    """Fields of the known kinds of training are checked here; a plugin that trains in its own way checks its own."""
    schema = SCHEMAS.get(str(section.get("name")))
    if schema is None:
        return
    hints = get_type_hints(schema)
    for key, value in section.items():
        if key != "name":
            if key not in hints:
                raise ConfigError(f"training.{key}: there is no such field. {nearest(str(key), hints)}")
            check_values(value, hints[key], f"training.{key}")


def _budget(section: Mapping[str, Any]) -> tuple[int, float | None]:
    trials: int = check_type(section.get("trials"), int, "search.trials")
    timeout: float | None = check_type(section.get("timeout"), float | None, "search.timeout")
    check_type(section.get("objective"), str | None, "search.objective")
    check_type(section.get("direction"), Literal["maximize", "minimize"] | None, "search.direction")
    if trials < 1:
        raise BudgetError(f"search.trials: at least one trial is needed. Received: {trials}.")
    if timeout is not None and timeout <= 0:
        raise BudgetError(f"search.timeout: the time is already spent. Received: {timeout:g} seconds.")
    return trials, timeout


def _without_labels(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Labelled data for a model that learns without labels: the task becomes the one that leaves them unread."""
    name = config["data"].get("task")
    unlabelled = TASKS[name].unlabelled if name in TASKS else None
    tasks = config["model"].get("tasks") or []
    if unlabelled is None or name in tasks or unlabelled not in tasks:
        return config
    return {**config, "data": {**config["data"], "task": unlabelled}}


def _task(config: Mapping[str, Any]) -> Task | None:
    """The task that the data name; refused where the model does not take it."""
    name = config["data"].get("task")
    if name is None:
        return None
    found = task(str(name))
    if found.name not in (config["model"].get("tasks") or []):
        takers = [one for one in registry.choices("model") if found.name in (_face("model", one).get("tasks") or [])]
        raise TaskError(
            f"model={config['model']['name']} does not take the task of data={config['data']['name']},"
            f" {found.name}. Models that do: {', '.join(takers) or 'none is installed'}."
            f" Data for {config['model']['name']}: {', '.join(_data_for(config['model'])) or 'none is installed'}."
        )
    return found


def _data_for(model: Mapping[str, Any]) -> list[str]:
    """The choices of data whose task a model takes, as it is or with the labels left unread."""
    tasks = set(model.get("tasks") or [])
    faces = {one: _face("data", one).get("task") for one in registry.choices("data")}
    return [one for one, name in faces.items() if name in TASKS and tasks & {name, TASKS[name].unlabelled}]


def _check_direction(section: Mapping[str, Any], found: Task | None) -> None:
    """An objective of one's own comes with its direction, unless its name tells it."""
    objective = section.get("objective")
    if objective and not section.get("direction") and found is not None and found.direction_of(objective) is None:
        raise ConfigError(
            f"search.direction: maximize or minimize is needed for search.objective={objective}. Received: null."
        )


def _check_file_name(value: str | None, path: str) -> None:
    """Folders are named after studies and data."""
    if value is not None and not re.fullmatch(r"[\w][\w. -]*", value):
        raise ConfigError(f"{path}: expected letters, digits, '.', '-' and '_'. Received: {value!r}.")


def _check_paths(section: Mapping[str, Any]) -> None:
    """Keys named ``path`` or ``..._path`` name files or folders, or patterns of them."""
    for key, value in section.items():
        named = key == "path" or key.endswith("_path")
        if named and isinstance(value, str) and not _exists(value):
            raise DataError(f"data.{key}: there is no such file or folder. Received: {value}")


def _exists(path: str) -> bool:
    return any(iglob(path)) if has_magic(path) else Path(path).exists()  # noqa: PTH207 - a pattern may be absolute


def _check_writable(experiments: Path) -> None:
    """Refuse an experiments folder that could not be written, without making it."""
    nearest_existing = next(path for path in (experiments, *experiments.parents) if path.exists())
    if not nearest_existing.is_dir():
        raise StorageError(f"experiments: a folder is needed. Received: {nearest_existing}, a file.")
    if not os.access(nearest_existing, os.W_OK | os.X_OK):
        raise StorageError(
            f"experiments: {nearest_existing} cannot be written. Choose another folder with experiments=<path>."
        )
