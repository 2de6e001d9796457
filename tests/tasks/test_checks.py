"""Settings that do not go with a task are refused before a trial is spent."""

from __future__ import annotations

from typing import Any

import pytest

from automl.data import DataSpec, TensorSpec
from automl.errors import ConfigError
from automl.tasks import load_task

VALUE = TensorSpec((), "float32")
TABLES = {
    "tabular_regression": DataSpec("t", "tabular_regression", {"a": VALUE}, TensorSpec((1,), "float32")),
    "tabular_classification": DataSpec(
        "t", "tabular_classification", {"a": VALUE}, TensorSpec((), "int32"), classes=("no", "yes")
    ),
}


@pytest.mark.parametrize(
    ("task", "training", "sentence"),
    [
        ("tabular_classification", {"augmentation": "flip_crop"}, "only images can be augmented; data=t has none"),
        ("tabular_regression", {"augmentation": "mixup"}, "only images can be augmented; data=t has none"),
        ("tabular_regression", {"class_weight": "balanced"}, "tabular_regression has no classes; expected none"),
        ("tabular_regression", {"label_smoothing": 0.1}, "tabular_regression has no classes; expected 0.0"),
    ],
)
def test_what_does_not_go_with_a_task_is_refused(task: str, training: dict[str, Any], sentence: str) -> None:
    (key,) = training
    with pytest.raises(ConfigError, match=rf"^training.{key}: {sentence}\. Received: "):
        load_task(task).check(TABLES[task], {"training": training})
    load_task(task).check(TABLES[task], {"training": {}})
