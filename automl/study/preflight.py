"""Pre-flight as the driver sees it: one job, whose answer completes the study's record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from automl.data.spec import DataSpec
from automl.errors import AutomlError, BudgetError, StudyError
from automl.interrupts import Interrupted
from automl.runner.base import Failed, Finished, Job, JobKind
from automl.study.failures import is_lost, told
from automl.tasks import task_info

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.records import StudyRecord
    from automl.space import Space
    from automl.study.context import Context

_ID = -1
_TASK = "data.task"


def preflight(study: Context, space: Space) -> Space:
    """Check data and model in a worker, and put what they are into the record.

    Args:
        study: The study.
        space: What is searched.

    Returns:
        The space with the task that the data turned out to have, so that conditions on it hold.

    Raises:
        AutomlError: Something is wrong.
        Interrupted: The user ended it.
    """
    if study.interrupts.count:
        raise Interrupted
    folder = study.kept.job_folder("preflight")
    record = study.record
    extra = {"paths": study.paths, "by_task": _by_task(record, space)}
    job = Job(_ID, JobKind.PREFLIGHT, _middle(record, space), folder, study.cache, extra)
    done = _finished(study, job)
    record.spec = DataSpec.from_dict(done.value["spec"])
    _set_task(record)
    record.baseline = done.value["baseline"]
    record.parameters = done.value["parameters"]
    settled = space.given(_TASK, record.spec.task)
    _rehearse(study, replace(job, config=_middle(record, settled)), done.value)
    return settled


def _by_task(record: StudyRecord, space: Space) -> dict[str, Mapping[str, Any]]:
    """The configuration of pre-flight by task, where only the data can tell it and the space depends on it."""
    if record.config["data"].get("task") is not None or not space.depends_on(_TASK):
        return {}
    tasks = record.config["model"].get("tasks") or ()
    return {task: _middle(record, space.given(_TASK, task)) for task in tasks}


def _middle(record: StudyRecord, space: Space) -> dict[str, Any]:
    """A configuration without a space left: the middle of every range and the first of every choice."""
    return {**record.config, **space.configure(space.middle())}


def _rehearse(study: Context, job: Job, found: Mapping[str, Any]) -> None:
    """Evaluate what pre-flight has trained, in a process that knows no more of it than the final evaluation will."""
    evaluation = 0.0
    if found["trained"] is not None:
        rehearsal = replace(job, kind=JobKind.REHEARSE, extra={**job.extra, **found["trained"]})
        rehearsed = _finished(study, rehearsal).value
        evaluation = rehearsed["evaluation"]
        for text in rehearsed["notes"]:
            study.note(text)
    study.budget.rehearsal_took(found["reading"], evaluation)


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


def _set_task(record: StudyRecord) -> None:
    """Take the task that the data turned out to have, and its objective where the user gave none."""
    assert record.spec is not None
    asked, found = record.config["search"], task_info(record.spec.task)
    record.task = found
    record.objective = asked.get("objective") or found.objective
    record.direction = asked.get("direction") or found.direction_of(record.objective) or record.direction
