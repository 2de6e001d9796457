"""Every task that is installed, ours or foreign, passes the suite by its name."""

from __future__ import annotations

import pytest

from automl import registry
from automl.registry import Group
from automl.testing import TaskConformance


@pytest.mark.parametrize("task", registry.names(Group.TASKS), scope="class")
class TestEveryTask(TaskConformance):
    @pytest.fixture(autouse=True)
    def _named(self, task: str) -> None:
        self.task = task
