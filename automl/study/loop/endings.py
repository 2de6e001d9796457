"""How a trial ended, by what its worker sent last."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from automl.records import TrialState
from automl.runner.base import Failed
from automl.study.journal.events import TrialEnded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.jobs import Trained
    from automl.records import TrialRecord
    from automl.runner.base import Event, Finished


def ending(trial: TrialRecord, event: Event, objective: str) -> TrialEnded:
    """The end of a trial: complete, pruned or failed, and told apart.

    Args:
        trial: As it was known so far.
        event: What became of its job.
        objective: The metric that the study optimizes.
    """
    if isinstance(event, Failed):
        failure = "error" if event.kind == "user" else event.kind
        return TrialEnded(number=trial.number, state=TrialState.FAILED, failure=failure, message=event.message)
    if event.pruned:
        return TrialEnded(number=trial.number, state=TrialState.PRUNED)
    return _completed(trial, event, objective)


def _completed(trial: TrialRecord, event: Finished[Trained], objective: str) -> TrialEnded:
    metrics, number = event.value.metrics, trial.number
    if objective not in metrics:
        message = not_reported(objective, metrics)
        return TrialEnded(number=number, state=TrialState.FAILED, failure="error", message=message)
    if not math.isfinite(metrics[objective]):
        message = f"{objective} is {metrics[objective]}."
        return TrialEnded(number=number, state=TrialState.FAILED, failure="nan", message=message)
    return TrialEnded(
        number=number,
        state=TrialState.COMPLETE,
        message=_message(trial, event),
        value=metrics[objective],
        metrics=metrics,
        best_step=event.value.best_step,
        parameters=event.value.parameters,
        startup=0.0 if trial.cut else event.value.marks.get("fit", trial.started) - trial.started,
    )


def not_reported(objective: str, metrics: Mapping[str, float]) -> str:
    """What to say where trials do not report what they are to optimize."""
    return f"search.objective: trials do not report '{objective}'. Received: {', '.join(sorted(metrics))}."


def _message(trial: TrialRecord, event: Finished[Trained]) -> str:
    if trial.cut is not None:
        return f"Stopped after epoch {event.value.steps}, its best epoch counts: {trial.cut.message}"
    return trial.message or " ".join(event.value.notes)
