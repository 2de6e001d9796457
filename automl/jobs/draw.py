"""The second step of the final evaluation: figures and tables, each on its own, so that one that fails costs itself."""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.failure import sentence
from automl.jobs.fonts import widen
from automl.jobs.pareto import pareto
from automl.jobs.results import CAPTIONS
from automl.jobs.score import PREDICTIONS
from automl.tasks import load_task
from automl.tasks.figures import learning_curves

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from automl.data import Dataset
    from automl.jobs.work import SubjectJob
    from automl.plugin import ModelPlugin


def draw(plugin: ModelPlugin, dataset: Dataset, job: SubjectJob[Any]) -> list[str]:
    """Write figures and tables into ``job.dir``.

    Returns:
        What could not be drawn and why, one sentence each; tracebacks are in the job's log.
    """
    widen()
    figures = job.dir / "figures"
    figures.mkdir(exist_ok=True)
    task = load_task(dataset.spec.task)
    captions = {**task.captions, **plugin.captions}
    (job.dir / CAPTIONS).write_text(json.dumps(captions, ensure_ascii=False), encoding="utf-8")
    wanted: dict[str, Callable[[], None]] = {
        "The learning curves": lambda: None if dataset.folds else _curves(job, figures),
        "The Pareto front": lambda: _front(job, figures),
        "The figures of the predictions": lambda: task.draw(plugin, dataset, _predicted(job.dir), job.dir),
        f"What '{job.config['model']['name']}' draws of itself": lambda: plugin.artifacts(dataset, figures),
    }
    return [note for what, make in wanted.items() if (note := _attempt(what, make))]


def _attempt(what: str, make: Callable[[], None]) -> str:
    try:
        make()
    except Exception as error:  # noqa: BLE001 - a figure is not worth the others
        traceback.print_exc()
        return f"{what} could not be drawn: {sentence(error)}."
    return ""


def _curves(job: SubjectJob[Any], folder: Path) -> None:
    subject = job.subject
    if subject.history:
        learning_curves([dict(row) for row in subject.history], subject.objective, subject.best_step, folder)


def _front(job: SubjectJob[Any], folder: Path) -> None:
    if job.subject.points:
        pareto(job.subject.objectives, job.subject.points, folder)


def _predicted(folder: Path) -> np.ndarray | None:
    """The predictions of the whole test part, where scoring it kept them."""
    path = folder / PREDICTIONS
    return np.load(path, allow_pickle=False) if path.is_file() else None
