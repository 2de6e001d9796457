"""The conformance suites that models, tasks, data, search engines and runners pass by naming themselves."""

import pytest

_SUITES = ("datasets", "engines", "models", "runners", "tasks")
pytest.register_assert_rewrite(*(f"automl.testing.{one}" for one in _SUITES))  # a failure shows what it compared

# ruff: noqa: E402
from automl.testing.datasets import LoaderConformance
from automl.testing.engines import EngineConformance
from automl.testing.models import ModelConformance
from automl.testing.runners import RunnerConformance
from automl.testing.tasks import TaskConformance

__all__ = ["EngineConformance", "LoaderConformance", "ModelConformance", "RunnerConformance", "TaskConformance"]
