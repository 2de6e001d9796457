"""Models packed to be served take raw rows and texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from automl.jobs.served import pack
from automl.plugin import Trial
from automl.registry import Group, entry
from automl.tasks import task_info
from automl.testing.data import tiny

if TYPE_CHECKING:
    from pathlib import Path


def packed(model: str, fields: dict[str, Any], task: str, folder: Path) -> tuple[Any, Any, Any]:
    """A trained plugin, its data, and the packed model as MLflow loads it."""
    import mlflow.pyfunc

    data = tiny(task, folder / "data")
    plugin = entry(Group.MODELS, model).load()(**fields)
    plugin.fit(data, Trial({"training": {"epochs": 2}}, folder, objective=task_info(task).objective))
    assert pack(plugin, data, folder) == []
    return plugin, data, mlflow.pyfunc.load_model(str(folder / "model"))


@pytest.mark.parametrize("task", ["tabular_classification", "tabular_regression"])
def test_rows_of_a_table_are_answered_with_their_gaps(task: str, tmp_path: Path) -> None:
    plugin, data, served = packed("mlp", {"layers": 1, "width": 16, "bins": 8}, task, tmp_path)
    raw = data.test.examples(6)
    frame = pd.DataFrame(raw)
    expected = plugin.predict(raw)
    answer = served.predict(frame)
    if task == "tabular_classification":
        assert answer["label"].tolist() == [data.spec.classes[number] for number in expected.argmax(axis=1)]
    else:
        assert answer["prediction"].to_numpy() == pytest.approx(expected[:, 0], rel=1e-4)
    frame["noise"], frame["colour"] = np.float32(np.nan), "ultraviolet"
    assert len(served.predict(frame)) == 6


def test_texts_are_answered(tmp_path: Path) -> None:
    plugin, data, served = packed("transformer", {"width": 16}, "text_classification", tmp_path)
    raw = data.test.examples(5)
    answer = served.predict(pd.DataFrame(raw))
    assert np.stack(answer["probabilities"]) == pytest.approx(plugin.predict(raw), abs=1e-4)
    assert served.predict(pd.DataFrame({"text": ["never heard of it", ""]}))["label"].isin(data.spec.classes).all()


def test_windows_are_answered_with_forecasts(tmp_path: Path) -> None:
    plugin, data, served = packed("dlinear", {}, "forecasting", tmp_path)
    windows = np.ascontiguousarray(data.test.examples(3))
    answer = served.predict(windows)
    assert np.stack(answer["prediction"]) == pytest.approx(plugin.predict(windows), rel=1e-3)
