"""Calibration is refused where no class can be meant."""

from __future__ import annotations

import pytest

from automl.config.calibration import check_calibration
from automl.errors import ConfigError
from automl.tasks import task_info


def test_it_is_for_tasks_with_classes() -> None:
    check_calibration(False, [task_info("forecasting")])
    check_calibration(True, [task_info("tabular_regression"), task_info("tabular_classification")])
    check_calibration(True, [])
    with pytest.raises(ConfigError, match=r"calibrate: forecasting predicts no class probabilities; expected false\."):
        check_calibration(True, [task_info("forecasting")])
