"""What a study is made of: its runner, its engine, its record."""

from __future__ import annotations

import subprocess
import time
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.config.check import Settings
    from automl.engines.base import SearchEngine
    from automl.interrupts import Interrupts
    from automl.records import StudyRecord
    from automl.runner.base import Runner
    from automl.space import Space
    from automl.study import Study
    from automl.study.audience import Audience
    from automl.study.journal import Journal


def make_runner(settings: Settings) -> Runner:
    """The runner, not started yet."""
    from automl.fields import construct
    from automl.registry import Group, entry

    section = {**settings.config["runner"]}
    cls = entry(Group.RUNNERS, section.pop("name")).load()
    runner: Runner = construct(cls, section, "runner")
    return runner


def make_study(
    settings: Settings,
    runner: Runner,
    journal: Journal,
    paths: Mapping[str, str],
    interrupts: Interrupts,
    audience: Audience,
) -> Study:
    """The study, not run yet.

    Args:
        settings: What it is started with.
        runner: Started.
        journal: Its own.
        paths: Local folders of what the ``model`` section names by ``runs:/<MLflow run>``.
        interrupts: How often the user asked to end.
        audience: Hears of everything.
    """
    from automl.study import Study

    return Study(
        journal=journal,
        space=settings.space,
        runner=runner,
        make_engine=lambda space: _make_engine(settings, journal.record, space),
        audience=audience,
        cache=settings.experiments / "cache",
        paths=paths,
        interrupts=interrupts,
    )


def study_name(settings: Settings) -> tuple[bool, str]:
    """Whether the user chose the study's name, and the name."""
    config = settings.config
    if config["name"]:
        return True, str(config["name"])
    return False, f"{settings.model.name}-{config['data']['name']}-{time.strftime('%Y%m%d-%H%M%S')}"


def begin_journal(settings: Settings, folder: Path, slots: int) -> Journal:
    """The journal of a new study.

    Args:
        settings: What it is started with.
        folder: Its own.
        slots: How many trials run side by side.
    """
    from automl.config.objectives import objectives
    from automl.study.environment import environment
    from automl.study.journal import Journal
    from automl.study.journal.events import StudyStarted
    from automl.tasks import task_info

    config, model = settings.config, settings.model
    # Where the data have to tell the task, pre-flight puts the right one in place of the model's first.
    found = settings.task or task_info(config["model"]["tasks"][0])
    started, (leading, *further) = time.time(), objectives(config["search"], found)
    event = StudyStarted(
        time=started,
        name=folder.name,
        config=config,
        task=found,
        objective=leading.metric,
        direction=leading.direction,
        further=tuple(further),
        plugin={"name": model.name, "distribution": model.distribution, "version": model.version},
        seed=config["seed"],
        slots=slots,
        max_trials=settings.search.trials,
        deadline=None if settings.search.timeout is None else started + settings.search.timeout,
        git_commit=_git_commit(),
        environment=environment(model.distribution),
        id=uuid.uuid4().hex,
    )
    return Journal.begin(folder, event)


def _make_engine(settings: Settings, record: StudyRecord, space: Space) -> SearchEngine:
    """The search engine, started; imported while the workers import too."""
    from automl.config.check import engine_section
    from automl.engines.base import Problem
    from automl.fields import construct
    from automl.registry import Group, entry

    cls = entry(Group.SEARCH_ENGINES, settings.config["search"]["name"]).load()
    engine: SearchEngine = construct(cls, engine_section(settings.config), "search")
    steps = _most_steps(settings.config) if record.folds == 1 else record.folds
    directions = tuple(one.direction for one in record.objectives)
    engine.start(Problem(space, directions, record.seed, record.name, record.folder, steps, record.folds > 1))
    return engine


def _most_steps(config: Mapping[str, Any]) -> int | None:
    """The most epochs that a trial can be asked for."""
    epochs = (config.get("training") or {}).get("epochs")
    if isinstance(epochs, dict):
        epochs = max(epochs["choices"]) if "choices" in epochs else epochs.get("high")
    return epochs if isinstance(epochs, int) else None


def _git_commit() -> str:
    try:
        run = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
