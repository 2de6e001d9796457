"""The conformance suites that models, tasks, data loaders and search engines pass by naming themselves."""

from automl.testing.datasets import LoaderConformance
from automl.testing.engines import EngineConformance
from automl.testing.models import ModelConformance
from automl.testing.tasks import TaskConformance

__all__ = ["EngineConformance", "LoaderConformance", "ModelConformance", "TaskConformance"]
