"""What trials keep of the validation part: read back as it was, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl.data import ArrayPart, Dataset, DataSpec, TensorSpec
from automl.jobs import validation
from automl.jobs.results import VALIDATION
from automl.jobs.ruler import make_ruler
from automl.jobs.validation import is_averaged, keep_validation, read_validation
from automl.tasks import load_task, task_names

if TYPE_CHECKING:
    from pathlib import Path


class Says:
    """Predicts the first class with the probability that is the input."""

    def predict(self, inputs: Any) -> np.ndarray:
        return np.stack([inputs[:, 0], 1.0 - inputs[:, 0]], axis=1).astype(np.float32)


@pytest.fixture
def data() -> Dataset:
    inputs, target = np.linspace(0.0, 1.0, 30)[:, np.newaxis], np.arange(30) % 2
    spec = DataSpec(
        "x", "sequence_classification", TensorSpec((1,), "float64"), TensorSpec((), "int64"), classes=("a", "b")
    )
    return Dataset(spec, *(ArrayPart(inputs, target, np.arange(first, first + 10)) for first in (0, 10, 20)))


def test_predictions_come_back_in_the_order_of_the_part(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automl.data.spec._MOST", 3)
    keep_validation(Says(), data, tmp_path)  # type: ignore[arg-type]
    found = read_validation(tmp_path, 10)
    assert found is not None
    np.testing.assert_allclose(found[:, 0], np.linspace(0.0, 1.0, 30)[10:20], rtol=1e-6)
    assert read_validation(tmp_path, 9) is None


def test_large_ones_are_not_kept(data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "_MOST_BYTES", 79)
    keep_validation(Says(), data, tmp_path)  # type: ignore[arg-type]
    assert read_validation(tmp_path, 10) is None


def test_a_full_disk_costs_no_trial(data: Dataset, tmp_path: Path) -> None:
    keep_validation(Says(), data, tmp_path / "gone")  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_what_is_no_array_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / VALIDATION).write_bytes(content)
    assert read_validation(tmp_path, 10) is None
    np.save(tmp_path / VALIDATION, np.array(["text"] * 10))
    assert read_validation(tmp_path, 10) is None


def test_what_is_scored_from_predictions_alone_can_be_averaged() -> None:
    assert {name for name in task_names() if not is_averaged(load_task(name))} >= {
        "control",
        "generation",
        "sampling",
        "segmentation",
    }
    assert is_averaged(load_task("tabular_regression"))


def test_a_ruler_says_nothing_of_samples_that_lack_what_a_metric_needs(data: Dataset) -> None:
    ruler = make_ruler(data, "roc_auc", "maximize")
    predictions = Says().predict(data.validation.arrays()[0])
    assert ruler.loss(np.arange(10), predictions) == -ruler.score(predictions)
    assert np.isnan(ruler.loss(np.array([0, 2, 4]), predictions[[0, 2, 4]]))
