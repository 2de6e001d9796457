"""A trial: one configuration trained, its best weights kept."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from automl.ensembles.opening import SETTLED
from automl.files import write_whole
from automl.jobs.common import load_trained, make_plugin, open_data
from automl.jobs.fitting import fitted
from automl.jobs.folded import cross_validate
from automl.jobs.measures import Measures, breach
from automl.jobs.results import FOLDS, Trained
from automl.jobs.settling import settle_trained, validated
from automl.jobs.validation import keep_validation, read_validation
from automl.objectives import constraints_of, ensemble_limits
from automl.plugin import CHECKPOINT, Pruned, Trial
from automl.sealed import seal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

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
    data = _shared(job, open_data(job))
    constraints = constraints_of(job.config)
    if (size := _size(job, data, constraints)) and (found := breach(constraints, {"parameters": size})):
        return Trained({}, best_step=0, steps=0, parameters=size, marks={}, notes=(), breach=found)
    trial, folder = _trial(job, answer), job.dir / "plugin"
    began = time.monotonic()
    try:
        model, result = _folded(job, trial, data, folder) if data.folds else _whole(job, trial, data, folder)
    except Pruned:
        _close(job, trial)
        raise
    earlier = sum(entry.get("seconds", 0.0) for entry in trial.history[: trial.restored])
    seconds = earlier + time.monotonic() - began
    model = _settled(job, trial, data, model)
    measures = Measures(model, result, trial, data, folder, seconds)
    metrics = {**result.metrics, **measures.taken(_wanted(job))}
    found = breach(constraints, metrics)
    if not found and not data.folds:
        keep_validation(model(), data, job.dir)
    seal(folder)
    if found:
        shutil.rmtree(folder)
        _close(job, trial)
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


def _shared(job: TrainJob, data: Dataset) -> Dataset:
    """The data with as many of the train samples as ``training.share`` tells, from all over the part."""
    share = (job.config.get("training") or {}).get("share", 1.0)
    if share >= 1.0 or data.folds:
        return data
    return replace(data, train=data.train.few(max(1, round(share * len(data.train)))))


def _wanted(job: TrainJob) -> tuple[str, ...]:
    """Metrics that the study asks for besides the leading objective."""
    limits = ensemble_limits(job.config)
    return tuple(dict.fromkeys([*job.further, *(one.metric for one in constraints_of(job.config)), *limits]))


def _size(job: TrainJob, data: Dataset, constraints: Sequence[Constraint]) -> int:
    """The model's parameters before it is trained, where a constraint asks for them; else 0."""
    if job.salvage or not any(one.metric == "parameters" for one in constraints):
        return 0
    one = make_plugin(job).prepare(data.spec, job.config.get("training") or {})
    return one * max(1, len(data.folds))


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
    found = job.place.study / job.start_from
    with suppress(FileNotFoundError):
        shutil.copyfile(found / CHECKPOINT, job.dir / CHECKPOINT)
        if (found / FOLDS).is_dir():
            shutil.copytree(found / FOLDS, job.dir / FOLDS, dirs_exist_ok=True)
        return True
    return False


def _whole(job: TrainJob, trial: Trial, data: Dataset, folder: Path) -> tuple[Callable[[], ModelPlugin], Result]:
    """Train one model and save it; how to have it, and what came of it."""
    plugin, result = fitted(lambda: make_plugin(job), trial, data)
    shutil.rmtree(folder, ignore_errors=True)  # what a process left that was killed while it saved
    plugin.save(folder)
    return lambda: plugin, result


def _folded(job: TrainJob, trial: Trial, data: Dataset, folder: Path) -> tuple[Callable[[], ModelPlugin], Result]:
    """As ``_whole``, of a model for each fold."""
    result = cross_validate(job, trial, data, folder)
    return lambda: load_trained(job, folder), result


def _settled(job: TrainJob, trial: Trial, data: Dataset, model: Callable[[], ModelPlugin]) -> Callable[[], ModelPlugin]:
    """How to have the saved model, once it is decided how that answers."""
    folder, name = job.dir / "plugin", str(job.config["model"]["name"])

    def settle(held_out: Callable[[], tuple[np.ndarray, np.ndarray]]) -> None:
        settle_trained(folder, name, data.spec, job.config, trial.objective, held_out)

    if not data.folds:
        settle(lambda: validated(model(), data.validation, data.spec))
    elif (found := read_validation(job.dir, len(data.compared))) is not None:
        settle(lambda: (data.compared.target(), np.asarray(found)))
    return (lambda: load_trained(job, folder)) if (folder / SETTLED).is_file() else model


def _close(job: TrainJob, trial: Trial) -> None:
    """Let go of what the trial could be gone on with from."""
    trial.close()
    shutil.rmtree(job.dir / FOLDS, ignore_errors=True)
