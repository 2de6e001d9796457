"""Pre-flight as the driver sees it: one job that checks data and model, and one that rehearses the final evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.config.objectives import objectives
from automl.errors import AutomlError, BudgetError, DataError, StudyError, TaskError
from automl.interrupts import Interrupted
from automl.jobs import IdentifyJob, PreflightJob, RehearseJob
from automl.objectives import constraints_of
from automl.runner.base import Failed, Finished
from automl.settings import automatic
from automl.space import FamilySpace
from automl.space.families import joint
from automl.study.budget import reserve_for
from automl.study.failures import is_lost, told
from automl.study.journal.events import FamilyChecked, PreflightEnded, Rehearsed, Settled
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
        return settle(study, _of_task(space, study.record.spec.task))
    family, space, found = _first(study, space, folder)
    study.journal.append(_ended(study.record, found, family))
    _note_constraints(study, found.parameters)
    settled = settle(study, _of_task(space, found.spec.task))
    job = PreflightJob(_ID, _middle(study.record, settled), study.place, folder, study.paths)
    _rehearse(study, job, found)
    return settled


def family_job(study: Context, space: FamilySpace, family: str, number: int, folder: str) -> PreflightJob:
    """The job that looks at a family of a study whose data are known.

    Args:
        study: The study.
        space: What is searched, settled.
        family: The family's name.
        number: The job's.
        folder: The job's own.
    """
    own = space.spaces[family]
    config = study.record.concrete(own.configure(own.middle()))
    return PreflightJob(number, config, study.place, folder, study.paths)


def _first(study: Context, space: Space, folder: str) -> tuple[str, Space, Preflight]:
    """The first family that is sound, the space without those that are not, and what was found.

    Raises:
        AutomlError: There is none; where the data are wrong, each family says the same.
    """
    record, failed = study.record, list[AutomlError]()
    while True:
        config = _middle(record, space)
        job = PreflightJob(_ID, config, study.place, folder, study.paths, _by_task(record, space))
        try:
            return str(config["model"]["name"]), space, _result(study, job)
        except AutomlError as error:
            rest = _without(space, str(config["model"]["name"]))
            if rest is None or isinstance(error, BudgetError) or any(str(one) == str(error) for one in failed):
                raise failed[0] if failed else error from None
            failed.append(error)
            study.journal.append(FamilyChecked(name=str(config["model"]["name"]), left_out=str(error)))
            study.note(f"{config['model']['name']} is left out: {error}")
            space = rest


def _without(space: Space, family: str) -> FamilySpace | None:
    """The space of the other families, if there are any."""
    if not isinstance(space, FamilySpace) or len(space.spaces) < 2:
        return None
    return space.without({family})


def _of_task(space: Space, task: str) -> Space:
    """The space with the task that the data turned out to have, of the families that take it."""
    if isinstance(space, FamilySpace):
        takers = {name for name, one in space.spaces.items() if {task} & set(one.template["model"].get("tasks") or ())}
        if not takers:
            raise TaskError(
                f"model=auto: none of {', '.join(space.spaces)} takes {task}, which the data turned out to be."
            )
        space = space.without(set(space.spaces) - takers)
    return space.given(_TASK, task)


def settle(study: Context, space: Space) -> Space:
    """The space with what stands for ``auto`` now that the data are known; it is told and written down once."""
    spec = study.record.spec
    assert spec is not None
    families = space.spaces if isinstance(space, FamilySpace) else {"": space}
    values: dict[str, Any] = {}
    for name, one in families.items():
        training = one.template.get("training") or {}
        found = automatic.settled(training, spec.sizes.get("train", 0), spec.numbers)
        for key in (key for key, value in training.items() if found[key] != value):
            values[joint(name, f"training.{key}") if name else f"training.{key}"] = found[key]
    if values and not study.record.settled:
        study.journal.append(Settled(values=values))
        study.note(f"auto, by {spec.sizes.get('train', 0):,} samples: {_told(values)}")
    return space.settled(values)


def _told(values: Mapping[str, Any]) -> str:
    """Settled values by key, those of several families together where they are the same."""
    by_key: dict[str, list[Any]] = {}
    for path, value in values.items():
        by_key.setdefault(path[path.index("training.") :], []).append(value)
    return ", ".join(f"{key}={' or '.join(map(str, dict.fromkeys(found)))}" for key, found in by_key.items())


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
    return record.concrete(space.configure(space.middle()))


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


def _ended(record: StudyRecord, found: Preflight, family: str) -> PreflightEnded:
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
        family=family,
        pace=found.pace,
    )
