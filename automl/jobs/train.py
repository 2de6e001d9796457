"""A trial: one configuration trained, its best weights kept."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from automl.checkpoint import CheckpointError
from automl.files import write_whole
from automl.jobs.common import make_plugin, open_data
from automl.jobs.measures import Measures, breach
from automl.jobs.results import Trained
from automl.jobs.settling import settle_trained, validated
from automl.objectives import constraints_of
from automl.plugin import CHECKPOINT, Pruned, Trial, TrialFailed
from automl.sealed import seal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.data import Dataset
    from automl.jobs.base import Answer
    from automl.jobs.work import TrainJob
    from automl.objectives import Constraint
    from automl.plugin import ModelPlugin, Result


def train(job: TrainJob, answer: Answer) -> Trained:
    """Train one configuration and save the plugin into ``<job.dir>/plugin``.

    A model that is too large for the study's constraints is not trained; one that breaks another is not kept.

    Raises:
        Pruned: The driver gave the trial up.
        TrialFailed: The loss is not finite, memory ran out, or there is nothing to salvage.
    """
    data = open_data(job)
    constraints = constraints_of(job.config)
    if (size := _size(job, data, constraints)) and (found := breach(constraints, {"parameters": size})):
        return Trained({}, best_step=0, steps=0, parameters=size, marks={}, notes=(), breach=found)
    trial = _trial(job, answer)
    began = time.monotonic()
    try:
        plugin, result = _fit(job, trial, data)
    except Pruned:
        trial.close()
        raise
    earlier = sum(entry.get("seconds", 0.0) for entry in trial.history[: trial.restored])
    seconds = earlier + time.monotonic() - began
    shutil.rmtree(job.dir / "plugin", ignore_errors=True)  # what a process left that was killed while it saved
    plugin.save(job.dir / "plugin")
    settle_trained(job.dir / "plugin", data.spec, trial, lambda: validated(plugin, data.validation))
    measures = Measures(plugin, result, trial, data, job.dir / "plugin", seconds)
    metrics = {**result.metrics, **measures.taken(_wanted(job))}
    found = breach(constraints, metrics)
    seal(job.dir / "plugin")
    if found:
        shutil.rmtree(job.dir / "plugin")
        trial.close()
    write_whole(job.dir / "history.json", json.dumps(trial.history))
    return Trained(
        metrics=metrics,
        best_step=result.best_step,
        steps=result.steps,
        parameters=result.parameters,
        marks=trial.marks,
        notes=trial.notes,
        breach=found,
    )


def _wanted(job: TrainJob) -> tuple[str, ...]:
    """Metrics that the study asks for besides the leading objective."""
    return tuple(dict.fromkeys([*job.further, *(one.metric for one in constraints_of(job.config))]))


def _size(job: TrainJob, data: Dataset, constraints: Sequence[Constraint]) -> int:
    """The model's parameters before it is trained, where a constraint asks for them; else 0."""
    if job.salvage or not any(one.metric == "parameters" for one in constraints):
        return 0
    return make_plugin(job).prepare(data.spec, job.config.get("training") or {})


def _trial(job: TrainJob, answer: Answer) -> Trial:
    resume = job.salvage or job.resume
    if job.start_from and not resume:
        resume = _fetch(job)
    return Trial(
        config=job.config,
        dir=job.dir,
        seed=job.config["seed"],
        objective=job.objective,
        direction=job.direction,
        further=_wanted(job),
        number=job.id,
        answer=answer,
        resume=resume,
        should_stop=job.salvage,
        until=job.until,
    )


def _fetch(job: TrainJob) -> bool:
    """Bring the checkpoint of the trial that this one goes on from; false where there is none any more."""
    found = job.place.study / job.start_from / CHECKPOINT
    with suppress(FileNotFoundError):
        shutil.copyfile(found, job.dir / CHECKPOINT)
        return True
    return False


def _fit(job: TrainJob, trial: Trial, data: Dataset) -> tuple[ModelPlugin, Result]:
    """The trained plugin; where the checkpoint is of another version of it, one that was trained anew."""
    plugin = make_plugin(job)
    try:
        return plugin, plugin.fit(data, trial)
    except CheckpointError as error:
        if trial.should_stop:
            raise TrialFailed("error", str(error)) from error
        trial.begin_anew(str(error))
    plugin = make_plugin(job)
    return plugin, plugin.fit(data, trial)
