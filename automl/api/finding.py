"""``automl.load``: a study by its folder, its name, or its MLflow run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from automl.api.handle import Study
from automl.errors import ConfigError, DataError, nearest, shown

if TYPE_CHECKING:
    from os import PathLike

    from automl.plugin import ModelPlugin

LAST = "last"
"""Stands for the study of which something happened last."""

_RUN = re.compile(r"(?:runs:/)?([0-9a-f]{32})/?")
_SCHEME = "runs:/"


def load(
    study: str | PathLike[str],
    *,
    experiments: str | PathLike[str] = "experiments",
    uri: str | None = None,
    model: type[ModelPlugin] | None = None,
) -> Study:
    """A study of an earlier day, however it ended.

    Args:
        study: Its folder, or a file in it such as ``best.yaml``; its name; ``last`` for the one of which something
            happened last; or its MLflow run, or that of one of its trials: ``runs:/<id>`` or the id alone.
        experiments: The experiments folder that names and runs are looked up in.
        uri: The tracking store of runs; by default the database of the experiments folder.
        model: The class of its model, where that is one of a notebook or a script.

    Raises:
        DataError: There is no such study.
        StorageError: Its files, or the tracking store, cannot be read.

    Example:
        >>> automl.load("first").state
        'finished'
    """
    found = named(study, experiments, uri, asked="load")
    return found if model is None else found.having(model)


def named(study: str | PathLike[str], experiments: str | PathLike[str], uri: str | None = None, *, asked: str) -> Study:
    """As ``load``, whose arguments these are, for a command.

    Args:
        study: As of ``load``.
        experiments: Likewise.
        uri: Likewise.
        asked: What it is wanted for, in a word.

    Raises:
        DataError: There is no such study.
        StorageError: Its files, or the tracking store, cannot be read.
    """
    from automl.api.record import read_record

    if not isinstance(study, str) and not hasattr(study, "__fspath__"):
        raise ConfigError(f"{asked}: expected a study's folder, its name or its run. Received: {shown(study)}.")
    return Study(read_record(find(study, Path(experiments).resolve(), uri, asked=asked)))


def find(study: str | PathLike[str], experiments: Path, uri: str | None = None, *, asked: str = "load") -> Path:
    """The folder of a study.

    Args:
        study: As of ``load``.
        experiments: Likewise; absolute.
        uri: Likewise.
        asked: What it is wanted for, in a word.

    Raises:
        DataError: There is no such study.
    """
    from automl.tracking.runs import study_folder

    places = [Path(study).resolve(), experiments / study]
    for place in [*places, *(place.parent for place in places if place.is_file())]:
        if is_study(place):
            return place
    if study == LAST:
        return latest(experiments, asked=asked)
    match = _RUN.fullmatch(str(study))
    if match is None and str(study).startswith(_SCHEME):
        raise DataError(f"{asked}: expected runs:/<MLflow run>, 32 hexadecimal digits. Received: {study}")
    if match is None:
        raise _unknown(str(study), places[0], experiments, asked)
    told = study_folder(match[1], uri, experiments)
    for place in (told, experiments / told.name):
        if is_study(place):
            return place
    raise DataError(f"{asked}: the run {match[1]} is of the study in {told}, which is not on this machine any more.")


def find_trial(study: str, experiments: Path, uri: str | None = None) -> int | None:
    """The number of the trial whose MLflow run a study is named by; None where it is named otherwise.

    Args:
        study: As of ``load``; it is there.
        experiments: As of ``find``.
        uri: Likewise.
    """
    from automl.tracking.runs import trial_number

    match = _RUN.fullmatch(study)
    named = match is None or any(is_study(place) for place in (Path(study).resolve(), experiments / study))
    return None if named else trial_number(match[1], uri, experiments)  # type: ignore[index]


def is_study(folder: Path) -> bool:
    """Whether a folder is a study's."""
    return (folder / "journal.jsonl").is_file()


def latest(experiments: Path, *, asked: str) -> Path:
    """The folder of the study of which something happened last.

    Raises:
        DataError: There is none.
    """
    from automl.study.journal import last_time

    studies = [one for one in experiments.iterdir() if is_study(one)] if experiments.is_dir() else []
    if not studies:
        raise DataError(f"{asked}: there is no study in {experiments} yet. Start one: python -m automl +model=resnet")
    return max(studies, key=last_time)


def _unknown(study: str, place: Path, experiments: Path, asked: str) -> DataError:
    if place.exists():
        return DataError(f"{asked}: {place} is no study: it holds no journal.jsonl.")
    if not experiments.is_dir():
        return DataError(f"{asked}: there is no study {shown(study)}, and no folder {experiments} to look it up in.")
    known = sorted(one.name for one in experiments.iterdir() if is_study(one))
    return DataError(f"{asked}: there is no study {shown(study)} in {experiments}. {nearest(study, known)}")
