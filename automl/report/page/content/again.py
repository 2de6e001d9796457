"""How to have it again, and how to use what came of it."""

from __future__ import annotations

import platform
import shlex
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from automl.records import StudyState
from automl.report.wording import relative, resume_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.records import StudyRecord

_PACKAGES = ("automl", "tensorflow", "keras", "numpy", "scikit-learn", "optuna", "mlflow")


@dataclass(frozen=True)
class Again:
    """How to have it again.

    Attributes:
        commands: What for, and what to type.
        facts: What it depends on: names and values.
        versions: Packages that are installed where the page was written.
    """

    commands: Sequence[tuple[str, str]]
    facts: Sequence[tuple[str, str]]
    versions: Sequence[tuple[str, str]]


def again(study: StudyRecord) -> Again:
    """How to have a study again."""
    facts = {
        "Seed": str(study.seed),
        "Data fingerprint": study.spec.fingerprint if study.spec else "",
        "Git commit": study.git_commit,
        "Plugin": " ".join(study.plugin.values()),
        "Study": str(study.folder),
    }
    return Again(_commands(study), [(name, value) for name, value in facts.items() if value], _versions(study))


def _commands(study: StudyRecord) -> list[tuple[str, str]]:
    if study.is_of_session:
        return [
            *_served(study),
            ("open it in Python", f"automl.load({study_name(study, quoted=False)!r}, model=<class>)"),
        ]
    name = study_name(study)
    steps: list[tuple[str, str]] = []
    if study.state not in (StudyState.FINISHED, StudyState.RUNNING):
        steps.append(("go on with the search", resume_command(study.folder)))
    best = study.folder / "best.yaml"
    if best.is_file():
        steps.append(("train the best configuration again", f"python -m automl {relative(best)}"))
        steps.append(("see whether it comes out the same", f"python -m automl reproduce {name}"))
    config = study.folder / "config.yaml"
    if config.is_file():
        steps.append(("run the whole search again", f"python -m automl {relative(config)}"))
    if study.evaluation is not None:
        steps.append(("ask the model about new inputs", f"python -m automl predict {name} <input>"))
        steps.append(("export it", f"python -m automl export {name} --format keras"))
    steps += _served(study)
    steps.append(("open it in Python", f"automl.load({study_name(study, quoted=False)!r})"))
    steps.append(("write this page anew", f"python -m automl report {name}"))
    return steps


def _served(study: StudyRecord) -> list[tuple[str, str]]:
    model = study.evaluation.folder / "model" if study.evaluation is not None else None
    if model is None or not model.is_dir():
        return []
    return [("serve it", f"mlflow models serve --env-manager local -m {relative(model)}")]


def study_name(study: StudyRecord, *, quoted: bool = True) -> str:
    """A study as commands name it here: by its name where it lies in ``experiments``, else by its folder."""
    is_found = study.folder.parent == Path("experiments").resolve()
    named = study.folder.name if is_found else str(study.folder)
    return shlex.quote(named) if quoted else named


def _versions(study: StudyRecord) -> list[tuple[str, str]]:
    names = dict.fromkeys([*_PACKAGES, study.plugin.get("distribution", "")])
    found = [("python", platform.python_version())]
    for name in filter(None, names):
        try:
            found.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            continue
    return [*found, ("system", platform.platform(terse=True))]
