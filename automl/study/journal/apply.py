"""What an event changes; the only place where a record is written."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, cast

from automl.handover import Ensembling, Refitting
from automl.records import Cut, Earlier, Evaluation, Family, Run, StudyRecord, StudyState, TrialRecord, TrialState
from automl.study.journal.events import (
    ChoiceEvent,
    EarlierTaken,
    EngineReplaced,
    EnsembleSelected,
    EvaluationStepEnded,
    FamilyChecked,
    HandoverBegun,
    Noted,
    PreflightEnded,
    Refitted,
    Rehearsed,
    RunEnded,
    Scored,
    SearchClosed,
    SearchEnded,
    Settled,
    StudyEnded,
    StudyResumed,
    StudyStarted,
    TrialCut,
    TrialEnded,
    TrialEvent,
    TrialReported,
    TrialResumed,
    TrialRetried,
    TrialStarted,
    TrialStopped,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.study.journal.events import Event


def begun(event: StudyStarted, folder: Path) -> StudyRecord:
    """The record of a study of which nothing but its start is known.

    Args:
        event: Its start.
        folder: Where the study lies now.
    """
    fields = {**vars(event)}
    fields.pop("format")
    return StudyRecord(started=fields.pop("time"), folder=folder, **fields)


def apply(record: StudyRecord, event: Event) -> None:
    """Bring the record to what is known with the event.

    Raises:
        KeyError: It is about a trial that has not begun.
        ValueError: It cannot come here.
    """
    match event:
        case TrialStarted():
            _written(record.trials).append(_trial(record, event))
        case TrialEvent():
            _tell_trial(record, record.trial(event.number), event)
        case PreflightEnded() | FamilyChecked() | Settled():
            _preflight(record, event)
        case Rehearsed():
            _set(record, {"reserve": max(record.reserve, event.reserve)})
        case Noted():
            _set(record, {"notes": (*record.notes, event.text)})
        case EarlierTaken():
            _set(record, {"earlier": Earlier(event.study, event.trials, event.offers)})
        case SearchClosed() | SearchEnded():
            _search(record, event)
        case HandoverBegun() | EnsembleSelected() | Refitted():
            _hand_over(record, event)
        case Scored() | EvaluationStepEnded():
            _set(record, {"evaluation": _evaluation(record, event)})
        case _:
            _turn(record, event)


def _preflight(record: StudyRecord, event: PreflightEnded | FamilyChecked | Settled) -> None:
    """What is known of data and models before any trial of theirs."""
    match event:
        case PreflightEnded(family=name, pace=pace):
            told = {key: value for key, value in vars(event).items() if key not in ("time", "family", "pace")}
            _set(record, {**told, "families": {**record.families, name: Family(event.parameters, pace)}})
        case FamilyChecked(name=name):
            found = Family(event.parameters, event.pace, event.left_out)
            _set(record, {"families": {**record.families, name: found}})
        case Settled():
            _set(record, {"settled": {**record.settled, **event.values}})


def _search(record: StudyRecord, event: SearchClosed | SearchEnded) -> None:
    _set(record, {"message": record.message or event.message})
    if isinstance(event, SearchClosed):
        _set(record, {"closed": record.closed or event.message, "finishing": event.finish})


def _trial(record: StudyRecord, event: TrialStarted) -> TrialRecord:
    earlier = None if event.start_from is None else record.trial(event.start_from)
    return TrialRecord(
        event.number,
        event.params,
        record.concrete(event.sections),
        record.folder / event.folder,
        steps=event.steps,
        started=event.time,
        asked=event.asked,
        origin=event.origin,
        partial=event.partial,
        start_from=event.start_from,
        planned=event.planned,
        history=[*earlier.history] if earlier else [],
        seen=earlier.seen if earlier else 0,
    )


def _tell_trial(record: StudyRecord, trial: TrialRecord, event: TrialEvent) -> None:
    match event:
        case TrialReported():
            _report(record, trial, event)
        case TrialStopped():
            _set(trial, {"message": trial.message or event.message, "stopped": event.interrupted})
        case RunEnded():
            about = {key: value for key, value in vars(event).items() if key not in ("number", "time")}
            _set(trial, {"runs": (*trial.runs, Run(**about))})
        case TrialRetried():
            config = {**trial.config, **event.sections}
            _set(trial, {"config": config, "message": event.message, "history": [], "heard": 0.0, "retried": True})
        case TrialResumed():
            _set(trial, {"resumed": event.time})
        case TrialCut():
            _set(trial, {"cut": Cut(event.kind, event.message)})
        case TrialEnded():
            told = {key: value for key, value in vars(event).items() if key not in ("number", "time") and value}
            _set(trial, {**told, "value": event.value, "seconds": trial.ran(event.time)})
        case _:
            raise ValueError(f"{type(event).__name__} says nothing of a trial that runs.")


def _report(record: StudyRecord, trial: TrialRecord, event: TrialReported) -> None:
    since = event.time - trial.heard if trial.heard else 0.0
    _set(record, {"slowest": max(record.slowest, event.metrics.get("seconds", since))})
    history = _written(trial.history)
    while history and history[-1]["step"] >= event.step:  # it goes on from a checkpoint before what it had reported
        history.pop()
    history.append({"step": float(event.step), **event.metrics})
    seen = max(trial.seen, event.step)
    _set(trial, {"step": event.step, "metrics": event.metrics, "seen": seen, "heard": event.time})


def _hand_over(record: StudyRecord, event: HandoverBegun | EnsembleSelected | Refitted) -> None:
    """Scores are those of what was handed back; where that is something else now, they are to be taken anew."""
    before = record.handed
    match event:
        case HandoverBegun():
            _set(record, {"ensemble": None, "refit": None})
        case EnsembleSelected():
            ensemble = Ensembling(**_choice(record, event), members=event.members, candidates=event.candidates)
            _set(record, {"ensemble": ensemble})
        case Refitted():
            _set(record, {"refit": Refitting(**_choice(record, event), epochs=event.epochs)})
    if record.handed != before:
        _set(record, {"evaluation": None})


def _choice(record: StudyRecord, event: ChoiceEvent) -> dict[str, Any]:
    told = {one.name: getattr(event, one.name) for one in fields(ChoiceEvent) if one.name != "time"}
    return {**told, "folder": record.folder / event.folder}


def _evaluation(record: StudyRecord, event: Scored | EvaluationStepEnded) -> Evaluation:
    if isinstance(event, Scored):
        folder = record.folder / event.folder
        told = ("trial", "validation", "test", "baseline", "single", "settled")
        return Evaluation(**{name: getattr(event, name) for name in told}, folder=folder, done=("score",))
    before = record.evaluation
    if before is None:
        raise ValueError("A step of the final evaluation comes before its score.")
    notes, done = (*before.notes, *event.notes), (*before.done, *filter(None, [event.step]))
    return replace(before, notes=notes, done=done, unfinished=0 if event.step else len(event.notes))


def _turn(record: StudyRecord, event: Event) -> None:
    """One process ends with the study, or another takes it up."""
    match event:
        case StudyEnded():
            _end(record, event)
        case StudyResumed():
            _resume(record, event)
        case EngineReplaced():
            for trial in record.trials:
                _set(trial, {"asked": None})
        case _:
            raise ValueError(f"{type(event).__name__} cannot come after the beginning of a study.")


def _end(record: StudyRecord, event: StudyEnded) -> None:
    how = "was killed" if event.state is StudyState.KILLED else "ended"
    for trial in record.trials:
        if trial.state is TrialState.RUNNING:
            why = {"failure": "interrupted", "message": f"The study {how}."}
            seconds = trial.ran(event.time)
            _set(trial, {"state": TrialState.FAILED, "seconds": seconds, **why})
    message, seconds = event.message or record.message, record.ran(event.time)
    _set(record, {"state": event.state, "message": message, "seconds": seconds})


def _resume(record: StudyRecord, event: StudyResumed) -> None:
    if record.state is StudyState.RUNNING:
        raise ValueError("A study is resumed that has not ended.")
    interrupted = [trial for trial in record.trials if trial.is_interrupted]
    if record.evaluation is not None and any(trial.number == record.evaluation.trial for trial in interrupted):
        _set(record, {"evaluation": None})
    if interrupted:
        _hand_over(record, HandoverBegun())
    for trial in interrupted:
        cut = trial.cut if trial.cut is not None and trial.cut.kind == "timeout" else None
        again = {"state": TrialState.RUNNING, "failure": "", "message": "", "seconds": 0.0, "cut": cut, "heard": 0.0}
        _set(trial, {**again, "value": None, "stopped": False, "resumed": event.time, "spent": trial.seconds})
    if record.evaluation is not None and record.evaluation.unfinished:
        notes = record.evaluation.notes[: -record.evaluation.unfinished]
        _set(record, {"evaluation": replace(record.evaluation, notes=notes, unfinished=0)})
    told = {key: value for key, value in vars(event).items() if key != "time"}
    again = {"state": StudyState.RUNNING, "closed": "", "finishing": False, "message": "", "seconds": 0.0}
    _set(record, {**told, **again, "resumed": event.time, "spent": record.seconds})


def _set(record: StudyRecord | TrialRecord, values: Mapping[str, Any]) -> None:
    """Write into a record, which is frozen to everyone else."""
    for name, value in values.items():
        assert name in record.__dataclass_fields__, name
        object.__setattr__(record, name, value)


def _written(values: Any) -> list[Any]:
    """A list that everyone else may only read."""
    return cast("list[Any]", values)
