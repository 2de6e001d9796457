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
    from automl.jobs.results import Breach
    from automl.records import StudyRecord, TrialRecord
    from automl.runner.base import Event, Finished


def ending(trial: TrialRecord, event: Event, record: StudyRecord) -> TrialEnded:
    """The end of a trial: complete, pruned or failed, and told apart; one that breaks a constraint is pruned.

    Args:
        trial: As it was known so far.
        event: What became of its job.
        record: The study.
    """
    if isinstance(event, Failed):
        failure = "error" if event.kind == "user" else event.kind
        return TrialEnded(number=trial.number, state=TrialState.FAILED, failure=failure, message=event.message)
    if event.pruned:
        return TrialEnded(number=trial.number, state=TrialState.PRUNED)
    if event.value.breach is not None:
        return _broken(trial, event.value, event.value.breach)
    return _completed(trial, event, record)


def _broken(trial: TrialRecord, found: Trained, breach: Breach) -> TrialEnded:
    return TrialEnded(
        number=trial.number,
        state=TrialState.PRUNED,
        message=breach.message,
        metrics=found.metrics,
        best_step=found.best_step,
        parameters=found.parameters,
        violation=breach.violation,
    )


def _completed(trial: TrialRecord, event: Finished[Trained], record: StudyRecord) -> TrialEnded:
    metrics, number = event.value.metrics, trial.number
    for name in (one.metric for one in record.objectives):
        if name not in metrics:
            message = not_reported(name, metrics)
            return TrialEnded(number=number, state=TrialState.FAILED, failure="error", message=message)
        if not math.isfinite(metrics[name]):
            message = f"{name} is {metrics[name]}."
            return TrialEnded(number=number, state=TrialState.FAILED, failure="nan", message=message)
    return TrialEnded(
        number=number,
        state=TrialState.COMPLETE,
        message=_message(trial, event, record.unit),
        value=metrics[record.objective],
        metrics=metrics,
        best_step=event.value.best_step,
        parameters=event.value.parameters,
        startup=0.0 if trial.cut else _startup(trial, event.value),
    )


def _startup(trial: TrialRecord, trained: Trained) -> float:
    began = trial.resumed or trial.started
    return trained.marks.get("fit", began) - began


def not_reported(objective: str, metrics: Mapping[str, float]) -> str:
    """What to say where trials do not report what they are to optimize."""
    return f"search.objective: trials do not report '{objective}'. Received: {', '.join(sorted(metrics))}."


def _message(trial: TrialRecord, event: Finished[Trained], unit: str) -> str:
    if trial.cut is not None:
        kept = "its best epoch counts" if unit == "epoch" else "what it has counts"
        return f"Stopped after {unit} {event.value.steps}, {kept}: {trial.cut.message}"
    return trial.message or " ".join(event.value.notes)
