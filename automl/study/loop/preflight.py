"""Pre-flight as the driver sees it: one job that checks data and model, and one that rehearses the final evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from automl.config.objectives import objectives
from automl.errors import AutomlError, BudgetError, DataError, StudyError
from automl.interrupts import Interrupted
from automl.jobs import IdentifyJob, PreflightJob, RehearseJob
from automl.objectives import constraints_of
from automl.runner.base import Failed, Finished
from automl.study.budget import reserve_for
from automl.study.failures import is_lost, told
from automl.study.journal.events import PreflightEnded, Rehearsed
from automl.tasks import task_info

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.data import DataSpec
    from automl.jobs import Job, Preflight
    from automl.jobs.base import R_co
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
    if study.record.spec is not None and study.record.reserve:  # an earlier process has done it
        _check_same(study, study.record.spec, IdentifyJob(_ID, _middle(study.record, space), study.place, folder))
        return space.given(_TASK, study.record.spec.task)
    by_task = _by_task(study.record, space)
    job = PreflightJob(_ID, _middle(study.record, space), study.place, folder, study.paths, by_task)
    found = _result(study, job)
    study.journal.append(_ended(study.record, found))
    _note_constraints(study, found.parameters)
    settled = space.given(_TASK, found.spec.task)
    _rehearse(study, replace(job, config=_middle(study.record, settled)), found)
    return settled


def _check_same(study: Context, spec: DataSpec, job: IdentifyJob) -> None:
    """Refuse data that are not those of the earlier trials.

    Raises:
        DataError: They are others.
    """
    if _result(study, job) != spec.fingerprint:
        raise DataError(
            f"data: {spec.name} has changed since the study began, so that its trials could not be compared. Put back"
            " what was there, or begin another study."
        )


def _by_task(record: StudyRecord, space: Space) -> dict[str, Mapping[str, Any]]:
    """The configuration of pre-flight by task, where only the data can tell it and the space depends on it."""
    if record.config["data"].get("task") is not None or not space.depends_on(_TASK):
        return {}
    tasks = record.config["model"].get("tasks") or ()
    return {task: _middle(record, space.given(_TASK, task)) for task in tasks}


def _middle(record: StudyRecord, space: Space) -> dict[str, Any]:
    """A configuration without a space left: the middle of every range and the first of every choice."""
    return {**record.config, **space.configure(space.middle())}


def _rehearse(study: Context, job: PreflightJob, found: Preflight) -> None:
    """Evaluate what pre-flight has trained, where it has trained anything."""
    evaluation = 0.0
    if found.trained is not None:
        rehearsed = _result(study, RehearseJob(job.id, job.config, job.place, job.folder, found.trained))
        evaluation = rehearsed.evaluation
        for text in rehearsed.notes:
            study.note(text)
    study.journal.append(Rehearsed(reserve=reserve_for(found.reading, evaluation, found.spec.folds)))


def _result(study: Context, job: Job[R_co]) -> R_co:
    """What comes of the job, which is run once more where its worker was lost."""
    event = study.run(job)
    if isinstance(event, Failed) and is_lost(event):
        study.note(f"{event.message.rstrip()} Pre-flight is tried again.")
        event = study.run(job)
    if isinstance(event, Finished):
        return event.value
    study.kept.trace(event)
    if event.kind == "user":
        raise AutomlError(told(event) if event.trace else event.message)
    if event.kind == "timeout":
        raise BudgetError(
            "search.timeout was over before pre-flight had read the data and built a model."
            f" Received: {study.record.config['search'].get('timeout')} seconds."
        )
    raise StudyError(told(event))


def _note_constraints(study: Context, parameters: int) -> None:
    """Say that a model in the middle of the space is beyond what trials may be."""
    for one in constraints_of(study.record.config):
        if one.metric == "parameters" and (told := one.told(parameters)):
            study.note(f"{told}, in the middle of the space; trials like it are not trained.")


def _ended(record: StudyRecord, found: Preflight) -> PreflightEnded:
    """What was found, with the task that the data turned out to have, and its objective where the user gave none."""
    task = task_info(found.spec.task)
    leading, *further = objectives(record.config["search"], task)
    return PreflightEnded(
        spec=found.spec,
        baseline=found.baseline,
        parameters=found.parameters,
        task=task,
        objective=leading.metric,
        direction=leading.direction,
        further=tuple(further),
    )
