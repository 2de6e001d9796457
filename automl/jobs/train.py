"""A trial: one configuration trained, its best weights kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from automl.checkpoint import CheckpointError
from automl.files import write_whole
from automl.jobs.common import make_plugin, open_data
from automl.plugin import Decision, Pruned, Trial, TrialFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from automl.data import Dataset
    from automl.plugin import ModelPlugin, Result
    from automl.runner.base import Job


def train(job: Job, answer: Callable[[int, Mapping[str, float]], Decision]) -> dict[str, Any]:
    """Train one configuration and save the plugin into ``<job.dir>/plugin``.

    ``job.extra`` names ``objective`` and ``direction``. With ``resume`` the trial goes on from the checkpoint in its
    folder; with ``salvage`` it ends with the best epoch of that checkpoint, untrained.

    Returns:
        ``metrics``, ``best_step``, ``steps`` and ``parameters`` of the ``Result``, and the ``marks`` and ``notes`` of
        the trial.

    Raises:
        Pruned: The driver gave the trial up.
        TrialFailed: The loss is not finite, memory ran out, or there is nothing to salvage.
    """
    trial = _trial(job, answer)
    data = open_data(job)
    try:
        plugin, result = _fit(job, trial, data)
    except Pruned:
        trial.close()
        raise
    plugin.save(job.dir / "plugin")
    write_whole(job.dir / "history.json", json.dumps(trial.history))
    trial.close()
    return {
        "metrics": dict(result.metrics),
        "best_step": result.best_step,
        "steps": result.steps,
        "parameters": result.parameters,
        "marks": trial.marks,
        "notes": trial.notes,
    }


def _trial(job: Job, answer: Callable[[int, Mapping[str, float]], Decision]) -> Trial:
    salvage = job.extra.get("salvage", False)
    return Trial(
        config=job.config,
        dir=job.dir,
        seed=job.config["seed"],
        objective=job.extra["objective"],
        direction=job.extra["direction"],
        number=job.id,
        answer=answer,
        resume=salvage or job.extra.get("resume", False),
        should_stop=salvage,
    )


def _fit(job: Job, trial: Trial, data: Dataset) -> tuple[ModelPlugin, Result]:
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
