"""A trial: one configuration trained, its best weights kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from automl.jobs.common import make_plugin, open_data
from automl.plugin import Decision, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from automl.runner.base import Job


def train(job: Job, answer: Callable[[int, Mapping[str, float]], Decision]) -> dict[str, Any]:
    """Train one configuration and save the plugin into ``<job.dir>/plugin``.

    Returns:
        ``metrics``, ``best_step``, ``steps`` and ``parameters`` of the ``Result``, and the ``marks`` of the trial.

    Raises:
        Pruned: The driver gave the trial up.
        TrialFailed: The loss is not finite, or memory ran out.
    """
    plugin = make_plugin(job)
    trial = Trial(
        config=job.config,
        dir=job.dir,
        seed=job.config["seed"],
        objective=job.extra["objective"],
        direction=job.extra["direction"],
        number=job.id,
        answer=answer,
    )
    result = plugin.fit(open_data(job), trial)
    plugin.save(job.dir / "plugin")
    (job.dir / "history.json").write_text(json.dumps(trial.history))
    return {
        "metrics": dict(result.metrics),
        "best_step": result.best_step,
        "steps": result.steps,
        "parameters": result.parameters,
        "marks": trial.marks,
    }
