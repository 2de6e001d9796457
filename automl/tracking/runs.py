"""Models of earlier runs, found by ``runs:/<MLflow run>``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEME = "runs:/"
_FOLDER = "plugin"


def run_paths(config: Mapping[str, Any], experiments: Path) -> dict[str, str]:
    """Local folders of the runs that leaves of the ``model`` section name, by what stands there.

    The driver alone reads the tracking store; workers get the folders.

    Raises:
        DataError: There is no such run, or it holds no model.
    """
    named = {value for value in config["model"].values() if isinstance(value, str) and value.startswith(_SCHEME)}
    uri = config["tracking"].get("uri")
    return {value: str(_fetch(value, uri, experiments)) for value in sorted(named)}


def _fetch(value: str, uri: str | None, experiments: Path) -> Path:
    from automl.tracking.mlflow import database_uri, quiet

    quiet()
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    quiet()
    run, _, inner = value.removeprefix(_SCHEME).partition("/")
    store = uri or database_uri(experiments)
    if uri is None and not (experiments / "mlflow.db").is_file():
        raise DataError(f"model: {value} cannot be found: there is no tracking store in {experiments}.")
    target = experiments / "cache" / "runs" / run
    if (target / (inner or _FOLDER)).exists():
        return target / (inner or _FOLDER)  # a run that has ended does not change
    target.mkdir(parents=True, exist_ok=True)
    try:
        found = download_artifacts(run_id=run, artifact_path=inner or _FOLDER, tracking_uri=store, dst_path=str(target))
        return Path(found)
    except (MlflowException, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise DataError(f"model: {value} cannot be had from {store}: {reason}") from error
