"""Pre-flight as the driver sees it: one job that checks data and model, and one that rehearses the final evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from automl.data.spec import DataSpec
from automl.errors import AutomlError, BudgetError, StudyError
from automl.interrupts import Interrupted
from automl.runner.base import Failed, Finished, Job, JobKind
from automl.study.budget import reserve_for
from automl.study.failures import is_lost, told
from automl.study.journal.events import PreflightEnded, Rehearsed
from automl.tasks import task_info

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.records import StudyRecord
    from automl.study.context import Context

_ID = -1


def preflight(study: Context, config: Mapping[str, Any]) -> None:
    """Check data and model in a worker, and put what they are into the record.

    Args:
        study: The study.
        config: A configuration without a space left.

    Raises:
        AutomlError: Something is wrong.
        Interrupted: The user ended it.
    """
    if study.interrupts.count:
        raise Interrupted
    folder = study.kept.job_folder("preflight")
    job = Job(_ID, JobKind.PREFLIGHT, config, folder, study.cache, {"paths": study.paths})
    done = _finished(study, job)
    study.journal.append(_ended(study.record, done.value))
    _rehearse(study, job, done.value)


def _rehearse(study: Context, job: Job, found: Mapping[str, Any]) -> None:
    """Evaluate what pre-flight has trained, in a process that knows no more of it than the final evaluation will."""
    evaluation = 0.0
    if found["trained"] is not None:
        rehearsal = replace(job, kind=JobKind.REHEARSE, extra={**job.extra, **found["trained"]})
        rehearsed = _finished(study, rehearsal).value
        evaluation = rehearsed["evaluation"]
        for text in rehearsed["notes"]:
            study.note(text)
    study.journal.append(Rehearsed(reserve=reserve_for(found["reading"], evaluation)))


def _finished(study: Context, job: Job) -> Finished:
    """Run the job, and once more where its worker was lost."""
    event = study.run(job)
    if isinstance(event, Failed) and is_lost(event):
        study.note(f"{event.message.rstrip()} Pre-flight is tried again.")
        event = study.run(job)
    if isinstance(event, Finished):
        return event
    study.kept.trace(event)
    if event.kind == "user":
        raise AutomlError(event.message)
    if event.kind == "timeout":
        raise BudgetError(
            "search.timeout was over before pre-flight had read the data and built a model."
            f" Received: {study.record.config['search'].get('timeout')} seconds."
        )
    raise StudyError(told(event))


def _ended(record: StudyRecord, found: Mapping[str, Any]) -> PreflightEnded:
    """What was found, with the task that the data turned out to have, and its objective where the user gave none."""
    spec = DataSpec.from_dict(found["spec"])
    asked, task = record.config["search"], task_info(spec.task)
    objective = asked.get("objective") or task.objective
    return PreflightEnded(
        spec=spec,
        baseline=found["baseline"],
        parameters=found["parameters"],
        task=task,
        objective=objective,
        direction=asked.get("direction") or task.direction_of(objective) or record.direction,
    )
