"""The main job as a recipe: compose, check, search, report."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from automl.config.compose import run as compose
from automl.errors import AutomlError
from automl.interrupts import EXIT_INTERRUPTED, Interrupts, say
from automl.outcome import report_error, report_fault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.config.check import Settings
    from automl.records import Observer, StudyRecord
    from automl.runner.base import Reported, Runner
    from automl.space import Space
    from automl.study import Study
    from automl.study.audience import Audience
    from automl.study.journal import Journal


def main(argv: list[str]) -> int:
    """Run the study (or, with ``--multirun``, the studies) that the command line asks for.

    Returns:
        0 where a best model was found; 1 where the study failed, 2 where the user has something to mend, and 130
        after an interrupt.
    """
    codes: list[int] = []

    def search_and_report(config: Mapping[str, Any]) -> int:
        """One study of a sweep; its error is told here, so that the next has its turn; an interrupt ends them all."""
        if EXIT_INTERRUPTED not in codes:
            codes.append(_search_and_report(config))
        return codes[-1]

    return compose(argv, search_and_report, report_error)


def _search_and_report(config: Mapping[str, Any]) -> int:
    try:
        return search(config)
    except AutomlError as error:
        return report_error(error)
    except Exception as error:  # noqa: BLE001 - a sweep goes on
        return report_fault(error)


def search(config: Mapping[str, Any]) -> int:
    """Run one study.

    Raises:
        AutomlError: The configuration or the data are wrong, or no trial completed.
    """
    from automl.config.check import check
    from automl.tracking import check_tracking
    from automl.tracking.runs import run_paths

    settings = check(config)
    check_tracking(settings.config["tracking"], settings.experiments)
    paths = run_paths(settings.config, settings.experiments)
    runner = _make_runner(settings)
    interrupts = Interrupts()
    with interrupts.counted():
        try:
            return _run(settings, runner, paths, interrupts)
        finally:
            runner.close()


def _make_runner(settings: Settings) -> Runner:
    """The runner, not started yet."""
    from automl.fields import construct
    from automl.registry import Group, entry

    section = {**settings.config["runner"]}
    cls = entry(Group.RUNNERS, section.pop("name")).load()
    runner: Runner = construct(cls, section, "runner")
    return runner


def _run(settings: Settings, runner: Runner, paths: Mapping[str, str], interrupts: Interrupts) -> int:
    from automl.study.folder import held, make_folder
    from automl.study.killed import mark_killed

    studies: list[Study] = []

    def on_report(report: Reported) -> Any:
        return studies[0].on_report(report)

    runner.start(on_report, settings.max_trials)
    killed = mark_killed(settings.experiments)
    fixed, name = _name(settings)
    folder = make_folder(settings.experiments, name, fixed=fixed, config=settings.config)
    with held(folder):
        study = _make_study(settings, runner, folder, paths, interrupts)
        studies.append(study)
        for note in killed:
            study.audience.noted(study.record, note)
        try:
            study.run()
        except AutomlError:
            raise
        except Exception as error:  # noqa: BLE001 - told with the folder that holds its traceback
            return report_fault(error, folder)
        finally:
            _close(study.audience, interrupts)
            if not study.is_worth_keeping:
                shutil.rmtree(folder, ignore_errors=True)
    return EXIT_INTERRUPTED if interrupts.count else 0


def _make_study(
    settings: Settings, runner: Runner, folder: Path, paths: Mapping[str, str], interrupts: Interrupts
) -> Study:
    from automl.study import Study
    from automl.study.audience import Audience

    journal = _begin_journal(settings, folder, runner.capacity)
    return Study(
        journal=journal,
        space=settings.space,
        runner=runner,
        make_engine=lambda space: _make_engine(settings, journal.record, space),
        audience=Audience(_make_observers(settings)),
        cache=settings.experiments / "cache",
        paths=paths,
        interrupts=interrupts,
    )


def _close(audience: Audience, interrupts: Interrupts) -> None:
    """Let everyone record to the end what they heard; who does not want to wait has to say so more than once."""

    def respond(count: int) -> None:
        if count > 1:
            say("leaving before everything is recorded.")
            raise KeyboardInterrupt
        say("the study has ended and is being recorded; interrupt again to leave sooner.")

    with suppress(KeyboardInterrupt), interrupts.answered(respond):
        audience.close()


def _name(settings: Settings) -> tuple[bool, str]:
    """Whether the user chose the study's name, and the name."""
    config = settings.config
    if config["name"]:
        return True, str(config["name"])
    return False, f"{settings.model.name}-{config['data']['name']}-{time.strftime('%Y%m%d-%H%M%S')}"


def _begin_journal(settings: Settings, folder: Path, slots: int) -> Journal:
    from automl.study.journal import Journal
    from automl.study.journal.events import StudyStarted
    from automl.tasks import task_info

    config, model = settings.config, settings.model
    # Where the data have to tell the task, pre-flight puts the right one in place of the model's first.
    found = settings.task or task_info(config["model"]["tasks"][0])
    started, objective = time.time(), config["search"]["objective"] or found.objective
    event = StudyStarted(
        time=started,
        name=folder.name,
        config=config,
        task=found,
        objective=objective,
        direction=config["search"]["direction"] or found.direction_of(objective) or found.direction,
        plugin={"name": model.name, "distribution": model.distribution, "version": model.version},
        seed=config["seed"],
        slots=slots,
        max_trials=settings.max_trials,
        deadline=None if settings.timeout is None else started + settings.timeout,
        git_commit=_git_commit(),
    )
    return Journal.begin(folder, event)


def _make_observers(settings: Settings) -> list[Observer]:
    from automl.report.console import make_display
    from automl.tracking import make_tracker

    return [make_display(sys.stdout), make_tracker(settings.config["tracking"], settings.experiments)]


def _make_engine(settings: Settings, record: StudyRecord, space: Space) -> Any:
    """The search engine, started; imported while the workers import too."""
    from automl.config.check import engine_section
    from automl.fields import construct
    from automl.registry import Group, entry

    cls = entry(Group.SEARCH_ENGINES, settings.config["search"]["name"]).load()
    engine = construct(cls, engine_section(settings.config), "search")
    engine.start(
        space,
        name=record.name,
        direction=record.direction,
        seed=record.seed,
        folder=record.folder,
        steps=_most_steps(settings.config),
    )
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
