"""A job handed to the function of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.jobs.determinism import settle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from automl.plugin import Decision
    from automl.runner.base import Job


def perform(job: Job, answer: Callable[[int, Mapping[str, float]], Decision]) -> dict[str, Any]:
    """Do a job and return its result as plain values.

    Args:
        job: What to do.
        answer: How the reports of a trial reach the driver.

    Raises:
        AutomlError: The user has to mend something.
        Pruned: The driver gave the trial up.
        TrialFailed: The trial cannot go on.
    """
    settle(job.config)
    match job.kind.value:
        case "preflight":
            from automl.jobs.preflight import preflight

            return preflight(job)
        case "rehearse":
            from automl.jobs.rehearsal import rehearse

            return rehearse(job)
        case "trial":
            from automl.jobs.train import train

            return train(job, answer)
        case _:
            from automl.jobs.evaluate import evaluate

            return evaluate(job, answer)
