"""The conformance suite over every model that is installed."""

from __future__ import annotations

import pytest

from automl.registry import Group, entries
from automl.testing import ModelConformance


@pytest.mark.parametrize("model", sorted(entries(Group.MODELS)), scope="class")
class TestInstalledModels(ModelConformance):
    @pytest.fixture(autouse=True, scope="class")
    def named(self, request: pytest.FixtureRequest, model: str) -> None:
        request.cls.model = model
