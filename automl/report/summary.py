"""A study in files: the best configuration, ready to run again, and a summary for machines."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from automl.files import write_whole
from automl.handover import Form, Refitting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.handover import Choice
    from automl.records import StudyRecord, TrialRecord


def write_best(record: StudyRecord, runner: Mapping[str, Any]) -> Path:
    """Write the best trial's configuration to ``best.yaml``: no space is left, and the same command runs it again.

    Args:
        record: The study; it has a best trial.
        runner: Keys of the ``runner`` section to pin, so that the scores come out the same.
    """
    from omegaconf import OmegaConf

    assert record.best is not None
    config = {**record.best.config, "name": None, "seed": record.seed, "ensemble": {"name": "none"}}
    config["refit"] = record.handed is not None and record.handed.form is Form.REFIT
    config["runner"] = {**config["runner"], **runner}
    config["search"] = {**config["search"], "trials": 1, "enqueue": [], "from_study": None}
    config["search"] |= {"warm_start": "none", "confirm": 0}
    lines = [
        f"# Trial {record.best.number} of {record.name}, {record.objective} {record.best.value:.6g}.",
        _again(record),
    ]
    path = record.folder / "best.yaml"
    write_whole(path, "\n".join(lines) + "\n" + OmegaConf.to_yaml(OmegaConf.create(config)))
    return path


def _again(record: StudyRecord) -> str:
    if record.is_of_session:
        return "# The command line cannot run it: the model's class is one of a notebook or script, and not installed."
    return f"# Run it again: python -m automl {record.folder / 'best.yaml'}"


def write_summary(record: StudyRecord) -> Path:
    """Write ``study.json``: how the study stands, its scores, and every trial's state, value and times in seconds."""
    evaluation, best = record.evaluation, record.best
    summary = {
        "name": record.name,
        "state": record.state,
        "message": record.message,
        "task": record.task.name,
        "objective": record.objective,
        "direction": record.direction,
        "objectives": [asdict(one) for one in record.objectives],
        "seed": record.seed,
        "plugin": dict(record.plugin),
        "git_commit": record.git_commit,
        "environment": dict(record.environment),
        "fingerprint": record.spec.fingerprint if record.spec else None,
        "traits": record.spec.traits if record.spec else None,
        "slots": record.slots,
        "best": best.number if best else None,
        "front": [trial.number for trial in record.front],
        "validation": dict(evaluation.validation) if evaluation else None,
        "test": dict(evaluation.test) if evaluation else None,
        "baseline": dict(evaluation.baseline) if evaluation else dict(record.baseline),
        **_handed(record),
        "settled": dict(evaluation.settled) if evaluation else {},
        "notes": list(evaluation.notes) if evaluation else [],
        "started": record.started,
        "seconds": record.seconds,
        "trials": [_trial(record, trial) for trial in record.trials],
    }
    path = record.folder / "study.json"
    write_whole(path, json.dumps(summary, indent=1, default=str))
    return path


def _handed(record: StudyRecord) -> dict[str, Any]:
    """What ``validation`` and ``test`` are of: its form and members, and the scores of the best single model."""
    handed, evaluation = record.handed, record.evaluation
    parts = ("validation", "test")
    return {
        "handed_back": None if handed is None else handed.form,
        "members": [asdict(one) for one in record.members],
        "single": {part: dict(evaluation.alone(part)) for part in parts} if evaluation else None,
        "ensemble": _choice(record.ensemble),
        "refit": _choice(record.refit),
    }


def _choice(one: Choice | None) -> dict[str, Any] | None:
    """What was decided about something in the place of the best single model."""
    if one is None:
        return None
    told = {
        name: getattr(one, name) for name in ("taken", "reason", "metric", "single", "value", "gain", "error", "finer")
    }
    return told | ({"epochs": one.epochs} if isinstance(one, Refitting) else {})


def _trial(record: StudyRecord, trial: TrialRecord) -> dict[str, Any]:
    return {
        "number": trial.number,
        "family": trial.family,
        "state": trial.outcome,
        "message": trial.message,
        "value": trial.value,
        "values": list(record.values(trial)),
        "params": dict(trial.params),
        "origin": trial.origin,
        "scores": trial.scores,
        "fresh": trial.fresh,
        "steps": trial.step,
        "best_step": trial.best_step,
        "parameters": trial.parameters,
        "startup": round(trial.startup, 4),
        "seconds": round(trial.seconds, 4),
    }
