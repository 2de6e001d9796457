"""What a model without a target makes of the task of the data."""

from __future__ import annotations

from typing import Any

import pytest

from automl.config.served import served


@pytest.mark.parametrize(
    ("data", "tasks", "found"),
    [
        ({"task": "image_classification"}, ["image_classification"], None),
        ({"task": "image_classification"}, ["generation"], "generation"),
        ({"task": "image_classification"}, ["clustering", "generation"], "generation"),  # the data name it
        ({"task": "image_classification"}, ["clustering"], "clustering"),
        ({"task": "tabular_regression"}, ["generation"], None),  # it is for images
        ({"task": "tabular_regression"}, ["clustering"], "clustering"),
        ({"task": "text_classification"}, ["clustering"], None),
        ({"task": None}, ["clustering"], "clustering"),
        ({"task": None}, ["tabular_regression", "clustering"], None),  # the target will tell
        ({}, ["clustering"], None),
        ({"task": "control"}, ["clustering"], None),
        ({"task": "nonsense"}, ["clustering"], None),
    ],
)
def test_the_task_that_leaves_labels_unread(
    clustering: str, data: dict[str, Any], tasks: list[str], found: str | None
) -> None:
    assert served(data, tasks) == found
