"""Pre-flight: what the data turn out to be is known to everything after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from by_hand import started

from automl.config.check import check
from automl.interrupts import Interrupts
from automl.runner.inline import InlineRunner
from automl.study.audience import Audience
from automl.study.context import Context
from automl.study.journal import Journal
from automl.study.loop.preflight import preflight
from automl.tasks import task_info

if TYPE_CHECKING:
    from pathlib import Path


def test_conditions_hold_for_the_task_that_the_data_turn_out_to_have(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{'yes' if a > b else 'no'}" for a, b in rng.normal(size=(80, 2))]
    (tmp_path / "table.csv").write_text("\n".join(["a,b,answer", *rows]))
    (tmp_path / "study").mkdir()
    conditional = {
        "width": {"choices": [8, 16], "when": {"data.task": "tabular_classification"}},
        "numeric_width": {"choices": [4, 8], "when": {"data.task": "tabular_regression"}},
    }
    config = {
        "seed": 1, "experiments": str(tmp_path), "name": None,
        "model": {"name": "mlp", "tasks": ["tabular_regression", "tabular_classification"], **conditional,
                  "layers": 1},
        "data": {"name": "csv", "loader": "csv", "task": None, "path": str(tmp_path / "table.csv"), "target": "answer"},
        "training": {"name": "supervised", "epochs": 1},
        "search": {"name": "optuna", "trials": 2},
        "runner": {"name": "inline"},
        "tracking": {"name": "none"},
    }  # fmt: skip
    settings = check(config)
    assert [one.path for one in settings.space.active({})] == []  # nobody knows the task yet
    event = started(
        config=settings.config, task=task_info("tabular_regression"), objective="val_rmse", direction="minimize"
    )
    journal = Journal.begin(tmp_path / "study", event)
    context = Context(journal, InlineRunner(), Audience([]), tmp_path / "cache", {}, Interrupts())
    context.runner.start(lambda _: None, 1)  # type: ignore[arg-type, return-value]
    settled = preflight(context, settings.space)
    assert [one.path for one in settled.active({})] == ["model.width"]
    assert settled.configure(settled.middle())["model"]["width"] == 8
    assert journal.record.objective == "val_accuracy"
    # Of 12 numbers for each of two inputs, 8 units and two classes; with the default width it would be thousands.
    assert journal.record.parameters < 2000
