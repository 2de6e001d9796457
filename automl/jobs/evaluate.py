"""The final evaluation of the best trial: scored once on the test part, drawn, and packed to be served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.jobs.common import as_settled, load_trained, open_data
from automl.jobs.results import Notes, Scores, Step
from automl.sealed import check_seal

if TYPE_CHECKING:
    from automl.data import Dataset
    from automl.jobs.base import Answer
    from automl.jobs.work import EvaluateJob
    from automl.plugin import ModelPlugin


def evaluate(job: EvaluateJob, answer: Answer) -> None:
    """Take the steps that are still to be done, and report each once it is: what comes after may fail."""
    check_seal(job.plugin_folder)
    plugin = load_trained(job, job.plugin_folder)
    dataset = as_settled(open_data(job), plugin)
    for number, step in enumerate(job.steps, start=1):
        answer(number, _take(step, job, plugin, dataset))


def _take(step: Step, job: EvaluateJob, plugin: ModelPlugin, dataset: Dataset) -> Scores | Notes:
    match step:
        case Step.SCORE:
            from automl.jobs.score import score

            return score(plugin, dataset, job)
        case Step.FIGURES:
            from automl.jobs.draw import draw

            return Notes(draw(plugin, dataset, job))
        case Step.PACK:
            from automl.jobs.served import pack

            return Notes(pack(plugin, dataset, job.dir))
