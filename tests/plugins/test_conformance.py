"""The conformance suite over every model that is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from automl.plugin import Trial
from automl.registry import Group, entries, entry
from automl.testing import ModelConformance
from automl.testing.data import tiny

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A residual network that was trained for a moment, in the place of weights from the network."""
    folder = tmp_path_factory.mktemp("saved")
    plugin = entry(Group.MODELS, "resnet").load()(8, 8)
    training = {"epochs": 1, "learning_rate": 0.01}
    plugin.fit(tiny("image_classification", folder), Trial({"training": training}, folder, objective="val_loss"))
    plugin.save(folder / "plugin")
    return folder / "plugin"


@pytest.mark.parametrize("model", sorted(entries(Group.MODELS)))
class TestInstalledModels(ModelConformance):
    @pytest.fixture(autouse=True)
    def named(self, model: str) -> None:
        self.model = model

    @pytest.fixture
    def pinned(self, model: str, saved: Path) -> Mapping[str, Any]:
        if model == "unet":  # what takes long is to trace a deep one
            return {"depth": 1, "context": "plain"}
        return {"backbone": "saved", "weights": str(saved)} if model == "transfer" else {}
