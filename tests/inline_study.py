"""A study of the scripted model in this very process, not started yet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from by_hand import started

from automl.config.objectives import objectives
from automl.engines.base import Problem
from automl.engines.optuna import OptunaSearch
from automl.records import Observer
from automl.runner.inline import InlineRunner
from automl.space import Space, parse
from automl.study import Study
from automl.study.audience import Audience
from automl.study.journal import Journal
from automl.study.resuming import reopen
from automl.tasks import task_info

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from automl.records import StudyRecord, TrialRecord


class Listener(Observer):
    """Remembers what it heard, in order."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.on_report: Callable[[], None] = lambda: None

    def study_started(self, study: StudyRecord) -> None:
        self.heard.append("study_started")

    def preflight_ended(self, study: StudyRecord) -> None:
        self.heard.append("preflight_ended")

    def trial_reported(self, study: StudyRecord, trial: TrialRecord) -> None:
        self.on_report()

    def trial_ended(self, study: StudyRecord, trial: TrialRecord) -> None:
        self.heard.append(f"{trial.number} {trial.outcome}")

    def search_ended(self, study: StudyRecord) -> None:
        self.heard.append("search_ended")

    def study_ended(self, study: StudyRecord) -> None:
        self.heard.append(f"study {study.state}")


def make_study(
    folder: Path,
    trials: int = 4,
    timeout: float | None = None,
    objective: str | list[dict[str, str]] = "val_accuracy",
    seed: int = 1,
    search: Mapping[str, Any] | None = None,
    pruner: Literal["median", "none"] = "median",
    folds: int = 1,
    *,
    refit: Literal["auto"] | bool = False,
    ensemble: Mapping[str, Any] | None = None,
    **model: Any,
) -> tuple[Study, Listener]:
    """A study of the scripted model, and who listens to it."""
    config: dict[str, Any] = {
        "name": None,
        "seed": seed,
        "model": {"name": "scripted", "tasks": ["image_classification"], "x": {"low": 0.0, "high": 1.0}, **model},
        "data": {
            "name": "digits",
            "task": "image_classification",
            "validation": 0.2,
            "test": 0.2,
            "folds": folds,
        },
        "training": {"batch_size": 32},
        "search": {
            "name": "optuna",
            "trials": trials,
            "objective": objective,
            **(search or {}),
        },
        "runner": {"name": "inline"},
        "refit": refit,
        "ensemble": {"name": "none"} if ensemble is None else {"name": "greedy", **ensemble},
    }
    if isinstance(objective, str):
        config["search"]["direction"] = "maximize"
    leading, *further = objectives(config["search"], task_info("image_classification"))
    space = parse(config)
    cache, folder = folder / "cache", folder / f"study-{time.monotonic_ns()}"
    folder.mkdir()
    now = time.time()
    event = started(
        time=now,
        config=config,
        objective=leading.metric,
        direction=leading.direction,
        further=tuple(further),
        plugin={"name": "scripted", "distribution": "automl-faults", "version": "0.1"},
        seed=seed,
        max_trials=trials,
        deadline=None if timeout is None else now + timeout,
    )

    return _study(Journal.begin(folder, event), space, cache, pruner)


def resume_study(study: Study, trials: int | None = None) -> tuple[Study, Listener]:
    """The study as another process goes on with it."""
    record = study.record
    journal = reopen(record.folder, record.config, 1, trials or record.max_trials, None)
    return _study(journal, parse(dict(record.config)), study.cache)


def _study(journal: Journal, space: Space, cache: Path, pruner: Any = "median") -> tuple[Study, Listener]:
    record = journal.record

    def engine(space: Space) -> OptunaSearch:
        directions = (record.direction, *(one.direction for one in record.further))
        kind: Any = "none" if record.further else pruner
        search = OptunaSearch(sampler="random", startup_trials=2, warmup_steps=1, pruner=kind)
        steps = record.folds if record.folds > 1 else 3
        search.start(Problem(space, directions, record.seed, "study", record.folder, steps, record.folds > 1))
        return search

    listener, runner = Listener(), InlineRunner()
    study = Study(journal, space, runner, engine, Audience([listener]), cache)
    runner.start(study.on_report, record.max_trials)
    return study, listener
