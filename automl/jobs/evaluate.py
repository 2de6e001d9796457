"""The final evaluation of the best trial: scored once on the test part, drawn, and packed to be served."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.jobs.common import load_plugin_class, open_data
from automl.jobs.steps import Step, with_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from automl.data import Dataset
    from automl.plugin import Decision, ModelPlugin
    from automl.runner.base import Job


def evaluate(job: Job, answer: Callable[[int, Mapping[str, Any]], Decision]) -> dict[str, Any]:
    """Take the steps that ``job.extra["steps"]`` names, and report each once it is done: what comes after may fail.

    Returns:
        Nothing; the reports tell all.
    """
    dataset = open_data(job)
    plugin = load_plugin_class(job).load(Path(job.extra["plugin_folder"]))
    for number, step in enumerate(job.extra["steps"], start=1):
        answer(number, _take(Step(step), job, plugin, dataset))
    return {}


def _take(step: Step, job: Job, plugin: ModelPlugin, dataset: Dataset) -> dict[str, Any]:
    match step:
        case Step.SCORE:
            from automl.jobs.score import score

            return score(plugin, dataset, job).plain()
        case Step.FIGURES:
            from automl.jobs.draw import draw

            return with_notes(draw(plugin, dataset, job))
        case Step.PACK:
            from automl.jobs.served import pack

            return with_notes(pack(plugin, dataset, job.dir))
