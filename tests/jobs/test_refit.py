"""The best configuration fitted again on train and validation part, and how that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl.ensembles import Settled
from automl.ensembles.spread import Spread
from automl.jobs import Place, TrainJob
from automl.jobs.refit import refit
from automl.jobs.train import train
from automl.jobs.work import RefitJob
from automl.plugin import Decision
from automl.sealed import check_seal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def config(tmp_path: Path) -> dict[str, Any]:
    """A line with noise, of which quantiles are asked for."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    rows = "".join(f"{a:.4f},{3 * a + b:.4f}\n" for a, b in zip(x, rng.normal(size=400), strict=True))
    (tmp_path / "line.csv").write_text("a,y\n" + rows)
    data = {"name": "csv", "path": str(tmp_path / "line.csv"), "target": "y", "task": "tabular_regression", "folds": 1}
    return {
        "seed": 1,
        "model": {"name": "mlp", "tasks": ["tabular_regression"], "layers": 1, "width": 16, "numeric": "plain"},
        "data": data,
        "training": {
            "name": "supervised", "epochs": 20, "batch_size": 32, "learning_rate": 0.02, "quantiles": [0.1, 0.5, 0.9],
        },
    }  # fmt: skip


def test_a_model_that_was_fitted_again_answers_as_was_decided_of_the_one_before(
    config: dict[str, Any], tmp_path: Path
) -> None:
    place = Place(tmp_path, tmp_path / "cache")
    for name in ("trial", "refit"):
        (tmp_path / name).mkdir()
    job = TrainJob(0, config, place, "trial", {}, "val_pinball", "minimize")
    best = train(job, lambda *_: Decision.CONTINUE).best_step
    again = RefitJob(-3, config, place, "refit", {}, "trial", best, "val_pinball", "pinball", "minimize")
    found = refit(again, lambda *_: Decision.CONTINUE)
    assert found.reason == ""
    assert found.single is not None
    assert found.value == pytest.approx(found.single, rel=0.2)
    check_seal(tmp_path / "refit" / "plugin")
    before, after = (Settled.load(tmp_path / name / "plugin") for name in ("trial", "refit"))
    assert isinstance(before.answers.adjustment, Spread)
    assert after.answers == before.answers
    assert after.spec.details["quantiles"] == [0.1, 0.5, 0.9]
