"""The conformance suite over every model that is installed."""

from __future__ import annotations

import pytest

from automl.registry import Group, entries
from automl.testing import ModelConformance


@pytest.mark.parametrize("model", sorted(entries(Group.MODELS)))
class TestInstalledModels(ModelConformance):
    @pytest.fixture(autouse=True)
    def named(self, model: str) -> None:
        self.model = model
