"""``python -m automl new model my-model``: a whole distribution to begin with, which works at once."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from automl import registry
from automl.config.keys import chosen
from automl.config.sections import face_of, models_for
from automl.errors import StorageError
from automl.registry import Group
from automl.scaffold import DATA, MODELS, make_names, write
from automl.scaffold.kinds import suitable
from automl.scaffold.write import template
from automl.tasks import task_info

if TYPE_CHECKING:
    from automl.scaffold import Kind, Names

_TASK = "image_classification"


def main(argv: list[str]) -> int:
    """Write a distribution with a model, or data, of a new name; returns 0.

    Raises:
        ConfigError: The name cannot be had, or there is no template for the task.
        StorageError: The folder is there already, or cannot be written.
    """
    parser = argparse.ArgumentParser(prog="python -m automl new", description="Write a distribution to begin with.")
    parser.add_argument("what", choices=["model", "data"])
    parser.add_argument("name", help="what it is chosen by, such as my-model; also the name of its folder")
    parser.add_argument("--task", default=_TASK, help=f"the kind of problem (default: {_TASK})")
    parser.add_argument("--folder", default=".", help="where its folder is made (default: here)")
    given = parser.parse_args(argv)
    is_model = given.what == "model"
    kind = suitable(MODELS if is_model else DATA, given.task, given.what)
    code = template(f"{given.what}/{kind.name}.py")
    group = Group.MODELS if is_model else Group.DATASETS
    names = make_names(given.name, group, set(re.findall(r"\b[A-Z]\w+", code)))
    place = Path(given.folder)
    if not place.is_dir():
        raise StorageError(f"new: there is no folder {place}. Make it, or leave --folder out.")
    texts = {
        "pyproject.toml": template("pyproject.toml"),
        "README.md": template("README.md"),
        "$package/__init__.py": '"""$title."""\n',
        "$package/$module.py": code,
        "$package/conf/$folder/$name.yaml": _data_choice(given.task, is_model=is_model)
        + template(f"{given.what}/{kind.face or kind.name}.yaml"),
        "test_$module.py": template("test.py"),
    }
    values = _values(names, given.task, kind, is_model=is_model)
    write(place / names.plugin, texts, values)
    _tell(place / names.plugin, values, texts)
    return 0


def _values(names: Names, task: str, kind: Kind, *, is_model: bool) -> dict[str, str]:
    info = task_info(task)
    noun = "model" if is_model else "data"
    return {
        "name": names.plugin,
        "module": names.module,
        "package": names.package,
        "distribution": names.distribution,
        "cls": names.cls,
        "task": task,
        "title": f"The {noun} {names.plugin}",
        "description": f"{'A model' if is_model else 'Data'} for automl: {info.summary}",
        "group": Group.MODELS.value if is_model else Group.DATASETS.value,
        "folder": noun,
        "suite": "ModelConformance" if is_model else "LoaderConformance",
        "attribute": "model" if is_model else "loader",
        "about": _about(is_model=is_model),
        "command": _command(names.plugin, task, is_model=is_model),
        "size": kind.size[0],
        "count": str(kind.size[1]),
        "target_change": '.assign(rent=np.where(rent > 900, "dear", "cheap"))' if info.target == "class" else "",
    }


def _about(*, is_model: bool) -> str:
    if is_model:
        return "a dataclass; its fields are the hyperparameters, and `build` makes the network."
    return "a dataclass; its fields are the keys of its configuration, and it reads the data."


def _command(name: str, task: str, *, is_model: bool) -> str:
    """What runs it at once, or what else has to be named."""
    if not is_model:
        takers = models_for(task)
        return f"python -m automl +model={takers[0] if takers else '<model>'} data={name}"
    needed = "" if _is_default(task) or _ready(task) else f" data={_unready(task)} data.path=<path>"
    return f"python -m automl +model={name}{needed}"


def _data_choice(task: str, *, is_model: bool) -> str:
    """The lines of a face that choose data which are at hand, where the usual ones are of another task."""
    ready = _ready(task)
    if not is_model or _is_default(task) or not ready:
        return ""
    return f"defaults:\n  - _self_\n  - override /data@_global_.data: {ready}\n"


def _is_default(problem: str) -> bool:
    face = face_of("data", chosen([])["data"])
    return problem == face.get("task") or problem in task_info(str(face["task"])).serves


def _ready(task: str) -> str:
    """Data of a task that need neither a path nor a download; empty where there are none."""
    faces = {one: face_of("data", one) for one in registry.choices("data")}
    ready = [one for one, face in faces.items() if face.get("task") == task and "path" not in face]
    return next(iter(ready), "")


def _unready(problem: str) -> str:
    faces = {one: face_of("data", one) for one in registry.choices("data")}
    serving = [one for one, face in faces.items() if problem in (face.get("task"), *(face.get("serves") or ()))]
    return next(iter(serving), "<data>")


def _tell(target: Path, values: dict[str, str], texts: dict[str, str]) -> None:
    """What was written, and what to type next."""
    from string import Template

    sys.stdout.write(f"Written: {target}\n")
    for name in texts:
        sys.stdout.write(f"  {Template(name).substitute(values)}\n")
    sys.stdout.write("Next\n")
    for line in (f"cd {shlex.quote(str(target))} && pip install -e .", values["command"]):
        sys.stdout.write(f"  {line}\n")
    sys.stdout.write(f"  python -m automl plugins check {values['name']}\n")
