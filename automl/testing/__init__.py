"""The conformance suites that models, tasks and data loaders pass by naming themselves."""

from automl.testing.datasets import LoaderConformance
from automl.testing.models import ModelConformance
from automl.testing.tasks import TaskConformance

__all__ = ["LoaderConformance", "ModelConformance", "TaskConformance"]
