"""What a trial leaves behind where its answers are to be settled, and what the evaluation makes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl.ensembles import Settled
from automl.jobs import EvaluateJob, Place, Scores, Step, Subject, TrainJob
from automl.jobs.evaluate import evaluate
from automl.jobs.train import train
from automl.plugin import Decision
from automl.sealed import check_seal

if TYPE_CHECKING:
    from pathlib import Path


def config(path: Path, **top: Any) -> dict[str, Any]:
    return {
        "seed": 1,
        "model": {"name": "mlp", "tasks": ["tabular_classification"], "layers": 0, "numeric": "plain"},
        "data": {"name": "csv", "path": str(path), "target": "y", "task": "tabular_classification"},
        "training": {"name": "supervised", "epochs": 15, "batch_size": 64, "learning_rate": 0.05},
        **top,
    }


@pytest.fixture
def rare(tmp_path: Path) -> Path:
    """A table of which one row in twenty is positive."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1500, 2))
    y = rng.random(1500) < 1.0 / (1.0 + np.exp(4.0 - 2.0 * x[:, 0]))
    path = tmp_path / "rare.csv"
    path.write_text("a,b,y\n" + "".join(f"{a:.4f},{b:.4f},{int(one)}\n" for (a, b), one in zip(x, y, strict=True)))
    return path


def test_a_trial_is_settled_and_the_evaluation_goes_by_it(rare: Path, tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path / "cache")
    for name in ("trial", "evaluation"):
        (tmp_path / name).mkdir()
    asked = config(rare, calibrate=True)
    job = TrainJob(0, asked, place, "trial", {}, "val_balanced_accuracy", "maximize")
    found = train(job, lambda *_: Decision.CONTINUE)
    train(replace(job, resume=True), lambda *_: Decision.CONTINUE)  # as where it was killed before it told its end
    assert not (tmp_path / "trial" / "plugin" / "model" / "settled.json").exists()
    check_seal(tmp_path / "trial" / "plugin")
    reported: list[Any] = []

    def keep(step: int, content: Any) -> Decision:
        reported.append(content)
        return Decision.CONTINUE

    subject = Subject("trial/plugin", [], "val_balanced_accuracy", found.best_step)
    evaluate(EvaluateJob(-2, asked, place, "evaluation", subject, (Step.SCORE,)), keep)
    (scores,) = reported
    assert isinstance(scores, Scores)
    assert scores.validation["balanced_accuracy"] > found.metrics["val_balanced_accuracy"]
    assert scores.validation["roc_auc"] > 0.8
    assert scores.settled["threshold"]["value"] < 0.5
    assert 0.2 <= scores.settled["temperature"] <= 20.0
    assert len(scores.settled["told"]) == 2
    spec = json.loads((tmp_path / "evaluation" / "plugin" / "spec.json").read_text())
    assert spec["details"]["threshold"] == scores.settled["threshold"]
    assert isinstance(Settled.load(tmp_path / "evaluation" / "plugin"), Settled)


def test_what_nobody_asks_for_is_left_as_it_is(rare: Path, tmp_path: Path) -> None:
    (tmp_path / "trial").mkdir()
    job = TrainJob(0, config(rare), Place(tmp_path, tmp_path / "cache"), "trial", {}, "val_log_loss", "minimize")
    train(job, lambda *_: Decision.CONTINUE)
    assert (tmp_path / "trial" / "plugin" / "model.keras").is_file()
