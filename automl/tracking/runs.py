"""Models of earlier runs, found by ``runs:/<MLflow run>``."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from automl.errors import DataError, StorageError
from automl.files import write_whole
from automl.tracking.address import database_file, shown
from automl.tracking.database import describe
from automl.tracking.faults import reason
from automl.tracking.store import Store, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SCHEME = "runs:/"
_FOLDER = "plugin"


def run_paths(config: Mapping[str, Any], experiments: Path) -> dict[str, str]:
    """Local folders of the runs that leaves of the ``model`` section name, by what stands there.

    The driver alone reads the tracking store; workers get the folders.

    Raises:
        DataError: There is no such run, or it holds no model.
    """
    named = {value for value in _leaves(config["model"]) if isinstance(value, str) and value.startswith(_SCHEME)}
    uri = (config.get("tracking") or {}).get("uri")
    return {value: str(_fetch(value, uri, experiments)) for value in sorted(named)}


def study_folder(run: str, uri: str | None, experiments: Path) -> Path:
    """The folder of the study that a run, or a trial's run, is of.

    Args:
        run: Its id.
        uri: The tracking store; None for the experiments folder's own.
        experiments: The experiments folder.

    Raises:
        DataError: There is no such run, or it is none of ours.
        StorageError: The store is damaged.
    """
    return Path(_tags(run, uri, experiments)["automl.folder"])


def trial_number(run: str, uri: str | None, experiments: Path) -> int | None:
    """The number of the trial that a run is of; None where it is a study's.

    Args:
        run: As of ``study_folder``, and so the rest.
        uri: Likewise.
        experiments: Likewise.
    """
    number = _tags(run, uri, experiments).get("automl.trial")
    return None if number is None else int(number)


def _tags(run: str, uri: str | None, experiments: Path) -> Mapping[str, str]:
    store = Store(uri, experiments)
    _check_store("load", run, store)
    try:
        tags = store.tags(run)
    except Exception as error:
        raise DataError(f"load: the run {run} cannot be had from {shown(store.uri)}: {reason(error)}") from error
    if "automl.folder" not in tags:
        raise DataError(f"load: the run {run} in {shown(store.uri)} is no study of automl's.")
    return tags


def _leaves(node: Any) -> Iterator[Any]:
    """Values and choices of a section."""
    if isinstance(node, dict | list | tuple):
        for child in node.values() if isinstance(node, dict) else node:
            yield from _leaves(child)
    else:
        yield node


def _fetch(value: str, uri: str | None, experiments: Path) -> Path:
    """The local folder of what a run holds, from the cache where all of it is there."""
    run, _, rest = value.removeprefix(_SCHEME).partition("/")
    inner = rest.strip("/") or _FOLDER
    if not re.fullmatch(r"[A-Za-z0-9][\w-]{0,255}", run, re.ASCII) or ".." in PurePosixPath(inner).parts:
        raise DataError(f"model: expected runs:/<MLflow run>, such as runs:/1f0c. Received: {value}")
    kept = experiments / "cache" / "runs" / run
    if (kept / inner).exists() and _contents(kept / inner) == _noted(kept, inner):
        return kept / inner  # a run that has ended does not change
    store = Store(uri, experiments)
    _check_store("model", value, store)
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".download-", dir=kept) as scratch:
        found = _download(value, run, inner, store.uri, scratch)
        _keep(found, kept, inner)
    return kept / inner


def _check_store(key: str, value: str, store: Store) -> None:
    path = database_file(store.uri)
    if path is None:
        return
    if not path.is_file():
        raise DataError(f"{key}: {value} cannot be found: there is no tracking store in {path.parent}.")
    if fault := describe(path):
        raise StorageError(f"{key}: {value} cannot be found: {fault}")


def _download(value: str, run: str, inner: str, uri: str, into: str) -> Path:
    quiet()
    from mlflow.artifacts import download_artifacts

    quiet()
    try:
        found = Path(download_artifacts(run_id=run, artifact_path=inner, tracking_uri=uri, dst_path=into))
    except Exception as error:
        raise DataError(f"model: {value} cannot be had from {shown(uri)}: {reason(error)}") from error
    if not found.exists() or not _contents(found):
        raise DataError(f"model: {value} cannot be had from {shown(uri)}: the run holds no '{inner}'.")
    return found


def _keep(found: Path, kept: Path, inner: str) -> None:
    """Put a complete download in its place; what it holds is noted, so that a broken one is known later."""
    target = kept / inner
    if target.is_dir():
        shutil.rmtree(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(_note(kept, inner), json.dumps(_contents(found)))
    found.replace(target)


def _contents(path: Path) -> dict[str, int]:
    """Sizes of the files by their relative paths."""
    files = path.rglob("*") if path.is_dir() else [path]
    return {str(one.relative_to(path)): one.stat().st_size for one in files if one.is_file()}


def _noted(kept: Path, inner: str) -> Any:
    try:
        return json.loads(_note(kept, inner).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _note(kept: Path, inner: str) -> Path:
    return kept / f".{inner.replace('/', '-')}.json"
