"""What tasks draw and list of the test part, for a person who looks at the report."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from automl.tasks import load_task
from automl.tasks.picking import picked

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def predicted(data: Dataset) -> np.ndarray:
    """What a model may say that is wrong about every third sample, and surer the later one comes."""
    target = data.test.target()
    if not data.spec.classes:
        return np.asarray(target, np.float64) + np.linspace(-1.0, 3.0, target.size).reshape(target.shape)
    called = np.where(np.arange(len(target)) % 3 == 0, (target + 1) % len(data.spec.classes), target)
    sure = np.linspace(0.5, 0.99, len(target))
    others = (1.0 - sure) / (len(data.spec.classes) - 1)
    shares = np.repeat(others[:, None], len(data.spec.classes), axis=1)
    shares[np.arange(len(target)), called] = sure
    return shares


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("image_classification", {"figures/mistakes.png", "figures/confusion_matrix.png", "data_classes.csv"}),
        ("sequence_classification", {"figures/mistakes.png"}),
        ("text_classification", {"mistakes.csv", "data_classes.csv"}),
        ("tabular_classification", {"mistakes.csv"}),
        ("tabular_regression", {"figures/residuals.png", "figures/data_target.png", "largest_errors.csv"}),
        ("forecasting", {"figures/forecasts.png", "figures/step_errors.png"}),
        ("generation", {"figures/anomalies.png"}),
    ],
)
def test_a_task_shows_what_its_model_is_wrong_about(tmp_path: Path, name: str, files: set[str]) -> None:
    task = load_task(name)
    data = task.tiny(tmp_path / "data")
    folder = tmp_path / "evaluation"
    (folder / "figures").mkdir(parents=True)
    told: Any = None  # no model: what it said is known
    task.draw(told, data, predicted(data) if name != "generation" else np.arange(len(data.test)), folder)
    written = {str(path.relative_to(folder)) for path in folder.rglob("*.*")}
    assert files <= written
    assert {path.rpartition("/")[2].rpartition(".")[0] for path in written} <= set(task.captions)
    for path in folder.rglob("*.png"):
        with Image.open(path) as image:
            assert image.width > 300
    if "mistakes.csv" in files:
        found = rows(folder / "mistakes.csv")
        assert all(row["true"] != row["called"] for row in found)
        sure = [float(row["probability"]) for row in found]
        assert sure == sorted(sure, reverse=True)
        assert "text" in found[0] or found[0]["colour"] in ("red", "green", "blue")
    if "largest_errors.csv" in files:
        assert abs(float(rows(folder / "largest_errors.csv")[0]["error"])) == pytest.approx(3.0)
    if "data_classes.csv" in files:
        counted = [sum(int(row[part]) for row in rows(folder / "data_classes.csv")) for part in data.spec.sizes]
        assert counted == list(data.spec.sizes.values())


def test_a_model_without_a_mistake_has_none_to_be_shown(tmp_path: Path) -> None:
    task = load_task("tabular_classification")
    data = task.tiny(tmp_path / "data")
    (tmp_path / "figures").mkdir()
    none: Any = None
    task.draw(none, data, np.eye(len(data.spec.classes))[data.test.target()], tmp_path)
    assert not (tmp_path / "mistakes.csv").exists()


def test_samples_are_picked_in_the_order_that_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automl.tasks.picking._CHUNK", 7)
    images = load_task("image_classification").tiny(tmp_path / "images").test
    table = load_task("tabular_regression").tiny(tmp_path / "table").test
    places = [20, 3, 3, 0]
    assert np.array_equal(picked(images, places), images.arrays()[0][places])
    assert np.array_equal(picked(table, places)["colour"], table.arrays()[0]["colour"][places])
