"""What cannot be predicted is refused when it is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from automl.config.predicted import check_predicted
from automl.errors import AutomlError, ConfigError
from automl.settings import Supervised
from automl.tasks import task_info


def test_calibration_is_for_tasks_with_classes() -> None:
    check_predicted({"calibrate": False}, [task_info("forecasting")])
    check_predicted({"calibrate": True}, [task_info("tabular_regression"), task_info("tabular_classification")])
    check_predicted({"calibrate": True}, [])
    with pytest.raises(ConfigError, match=r"calibrate: forecasting predicts no class probabilities; expected false\."):
        check_predicted({"calibrate": True}, [task_info("forecasting")])


@pytest.mark.parametrize(
    ("training", "told"),
    [
        ({"quantiles": [0.1, 0.9], "loss": "mse"}, r"expected training.loss=auto\. Received: mse"),
        ({"quantiles": [0.1, 0.9], "loss": {"choices": ["auto", "huber"]}}, "Received: huber"),
        ({"quantiles": {"choices": [[0.1, 0.9], [0.2, 0.8]]}}, "cannot be searched"),
    ],
)
def test_quantiles_are_one_list_with_a_loss_of_their_own(training: dict[str, Any], told: str) -> None:
    with pytest.raises(AutomlError, match=told):
        check_predicted({"training": training}, [task_info("tabular_regression")])


def test_quantiles_are_of_values() -> None:
    asked = {"training": {"quantiles": [0.1, 0.9], "loss": "quantile"}}
    check_predicted(asked, [task_info("forecasting"), task_info("tabular_classification")])
    with pytest.raises(ConfigError, match=r"training.quantiles: tabular_classification predicts no values"):
        check_predicted(asked, [task_info("tabular_classification")])


@pytest.mark.parametrize("given", [[0.5], [], [0.9, 0.1], [0.1, 0.1], [0.0, 0.5], [0.5, 1.0], [0.1, "x"], 0.5])
def test_lists_that_do_not_rise_within_0_and_1_are_refused(given: Any) -> None:
    with pytest.raises(ConfigError, match=r"training.quantiles: expected a list, each item a number .*Received: "):
        Supervised.of({"quantiles": given})
    assert Supervised.of({"quantiles": [0.1, 0.9]}).quantiles == (0.1, 0.9)
