"""When a study has enough: the objective has reached what was asked for, or nothing better has come for long."""

from __future__ import annotations

from operator import le
from typing import TYPE_CHECKING

from automl.records import TrialState
from automl.report.wording import score

if TYPE_CHECKING:
    from automl.records import StudyRecord


def reaches(record: StudyRecord, value: float) -> bool:
    """Whether a value of the objective is what ``search.target`` asks for."""
    target = record.config["search"].get("target")
    if target is None:
        return False
    return bool(value >= target if record.direction == "maximize" else value <= target)


def reached(record: StudyRecord, number: int) -> str:
    """What to say of the trial that reached the target."""
    target = record.config["search"].get("target")
    return f"search.target: trial {number} reached {record.objective} {score(target)}."


def stalled(record: StudyRecord) -> str:
    """Why nothing better is expected, in a sentence; empty where it is, or no limit was set."""
    patience = record.config["search"].get("patience")
    if patience is None:
        return ""
    ended = [trial for trial in record.trials if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)]
    best: list[tuple[float, ...]] = []
    since = 0
    for trial in ended:
        losses = record.losses(trial)
        # Of several objectives one is enough, in which nothing before was as good that was no worse in the others.
        improves = bool(losses) and not any(all(map(le, before, losses)) for before in best)
        best, since = ([*best, losses], 0) if improves else (best, since + 1)
    if since < patience:
        return ""
    return f"search.patience: {since} trial{'s' if since > 1 else ''} brought nothing better."
