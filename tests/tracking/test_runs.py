"""Models of earlier runs, found by their run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from automl.errors import DataError
from automl.tracking.address import database_uri
from automl.tracking.runs import run_paths
from automl.tracking.store import quiet

if TYPE_CHECKING:
    from pathlib import Path


def config(weights: str, uri: str | None = None) -> dict[str, Any]:
    return {"model": {"name": "resnet", "weights": weights, "depth": 8}, "tracking": {"name": "mlflow", "uri": uri}}


@pytest.fixture
def run(tmp_path: Path) -> str:
    quiet()
    from mlflow.tracking import MlflowClient

    client = MlflowClient(database_uri(tmp_path))
    experiment = client.create_experiment("digits", artifact_location=(tmp_path / "artifacts").as_uri())
    found: str = client.create_run(experiment).info.run_id
    (tmp_path / "plugin").mkdir()
    (tmp_path / "plugin" / "model.keras").write_text("weights")
    client.log_artifacts(found, str(tmp_path / "plugin"), "plugin")
    return found


def test_a_run_is_the_folder_of_its_plugin(run: str, tmp_path: Path) -> None:
    for name in (f"runs:/{run}", f"runs:/{run}/plugin"):
        (folder,) = run_paths(config(name), tmp_path).values()
        assert (tmp_path / "cache" / "runs" / run / "plugin" / "model.keras").read_text() == "weights"
        assert folder == str(tmp_path / "cache" / "runs" / run / "plugin")


def test_what_is_no_run_is_left_alone(tmp_path: Path) -> None:
    assert run_paths(config("some/folder"), tmp_path) == {}


def test_a_run_that_is_not_there_is_told(run: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"model: runs:/abc cannot be had from sqlite:.*: Run with id=abc not found"):
        run_paths(config("runs:/abc"), tmp_path)
    with pytest.raises(DataError, match=r"runs:/abc cannot be found: there is no tracking store in"):
        run_paths(config("runs:/abc"), tmp_path / "elsewhere")
