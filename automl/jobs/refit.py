"""The best configuration trained again on train and validation part, for as long as it was best after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from automl.ensembles import Settled, with_details
from automl.ensembles.gain import Gain, gain
from automl.ensembles.opening import SETTLED
from automl.jobs.common import load_trained, make_plugin, open_data
from automl.jobs.results import Chosen
from automl.jobs.ruler import make_ruler
from automl.jobs.validation import is_averaged, read_validation
from automl.plugin import Trial
from automl.sealed import check_seal, seal
from automl.tasks import SupervisedTask, load_task

if TYPE_CHECKING:
    from automl.data import Dataset
    from automl.jobs.base import Answer
    from automl.jobs.work import RefitJob
    from automl.plugin import ModelPlugin


def refit(job: RefitJob, answer: Answer) -> Chosen:
    """Train, and write ``plugin`` into the job's folder, unless what was gained in samples was lost in training.

    There is nothing left to choose the model by; that it does no worse on the validation part, which it has learned
    from now, is the least that it has to show.

    Raises:
        TrialFailed: The loss is not finite, or memory ran out.
    """
    data = open_data(job)
    if data.folds:
        return Chosen("it is cross-validated, and its models have learned from all samples")
    whole = data.joined()
    if whole is None or not isinstance(load_task(data.spec.task), SupervisedTask):
        return Chosen(f"train and validation part of {data.spec.name} cannot be learned from together")
    plugin = make_plugin(job)
    trial = _trial(job, answer)
    try:
        plugin.fit(whole, trial)
    except NotImplementedError as error:
        return Chosen(str(error).rstrip("."))
    finally:
        trial.close()
    return _compared(job, data, _answering(job, data, plugin))


def _trial(job: RefitJob, answer: Answer) -> Trial:
    return Trial(
        config=job.config,
        dir=job.dir,
        seed=job.config["seed"],
        objective=job.objective,
        direction=job.direction,
        answer=answer,
        until=job.epochs,
        keep_last=True,
    )


def _answering(job: RefitJob, data: Dataset, plugin: ModelPlugin) -> ModelPlugin:
    """The model with what was decided of the one before, on samples that were not learned from then, and are now."""
    before = job.place.study / job.trial / "plugin"
    if not (before / SETTLED).is_file():
        return plugin
    answers = Settled.load(before).answers
    return Settled(str(job.config["model"]["name"]), plugin, with_details(data.spec, answers), answers)


def _compared(job: RefitJob, data: Dataset, plugin: ModelPlugin) -> Chosen:
    folder = job.dir / "plugin"
    single, value, found = _scores(job, data, plugin)
    reason = ""
    if not found.mean >= -found.error:
        reason = "it does worse on the validation part, although it has learned from it"
    else:
        plugin.save(folder)
        seal(folder)
    return Chosen(reason, single, value, found.mean, found.error)


def _scores(job: RefitJob, data: Dataset, plugin: ModelPlugin) -> tuple[float, float, Gain]:
    """The metric before and now, and what was gained."""
    task = load_task(data.spec.task)
    before = read_validation(job.place.study / job.trial, len(data.validation))
    if is_averaged(task) and before is not None:
        ruler = make_ruler(data, job.metric, job.direction)
        now = np.concatenate([plugin.predict(inputs) for inputs, _ in data.validation.chunks(data.spec.chunk)])
        return ruler.score(before), ruler.score(now), gain(now, before, ruler.loss, data.validation.overlap, seed=0)
    source = job.place.study / job.trial / "plugin"
    check_seal(source)
    both = [task.score(one, data, data.validation)[job.metric] for one in (load_trained(job, source), plugin)]
    sign = 1.0 if job.direction == "maximize" else -1.0
    return both[0], both[1], Gain(sign * (both[1] - both[0]), 0.0)
