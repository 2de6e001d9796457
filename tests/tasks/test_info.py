from __future__ import annotations

import pytest

from automl.errors import ConfigError
from automl.tasks import task_info, task_names


def test_directions_follow_from_the_names_of_metrics() -> None:
    images = task_info("image_classification")
    assert images.objective == "val_accuracy"
    assert images.direction_of("val_accuracy") == "maximize"
    assert images.direction_of("val_loss") == "minimize"
    assert images.direction_of("val_kappa") == "maximize"
    assert images.direction_of("val_beauty") is None
    assert task_info("tabular_regression").direction_of("val_rmse") == "minimize"


def test_every_task_knows_the_direction_of_its_own_objective() -> None:
    assert all(one.direction_of(one.objective) == one.direction for one in map(task_info, task_names()))


def test_an_unknown_task_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"Unknown task 'image_clasification'. Did you mean: image_classification"):
        task_info("image_clasification")
