"""One study from its configuration to its end: check, make, run, record."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from automl.errors import AutomlError
from automl.interrupts import Interrupts, say
from automl.outcome import InternalError, keep_traceback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from automl.config.check import Settings
    from automl.records import Observer, StudyRecord
    from automl.runner.base import Reported, Runner
    from automl.study import Study
    from automl.study.audience import Audience


def run(config: Mapping[str, Any], make_display: Callable[[], Observer], interrupts: Interrupts) -> StudyRecord:
    """Run one study.

    Args:
        config: As ``automl.config.compose`` composed it.
        make_display: Makes what shows the study to the user; called once nothing is left that is refused at once.
        interrupts: Counts signals meanwhile, where this is the main thread.

    Returns:
        The study as it ended; interrupted or finished.

    Raises:
        AutomlError: The configuration or the data are wrong, or no trial completed.
        InternalError: A fault of this program; the study's folder keeps its traceback.
    """
    from automl.api.making import make_runner
    from automl.config.check import check
    from automl.tracking import check_tracking
    from automl.tracking.runs import run_paths

    settings = check(config)
    check_tracking(settings.config["tracking"], settings.experiments)
    paths = run_paths(settings.config, settings.experiments)
    runner = make_runner(settings)
    with interrupts.counted():
        try:
            return _run(settings, runner, paths, interrupts, make_display)
        finally:
            runner.close()


def _run(
    settings: Settings,
    runner: Runner,
    paths: Mapping[str, str],
    interrupts: Interrupts,
    make_display: Callable[[], Observer],
) -> StudyRecord:
    from automl.api.making import make_study, study_name
    from automl.study.audience import Audience
    from automl.study.folder import held, make_folder
    from automl.study.killed import mark_killed
    from automl.tracking import make_tracker

    studies: list[Study] = []

    def on_report(report: Reported) -> Any:
        return studies[0].on_report(report)

    runner.start(on_report, settings.search.trials)
    killed = mark_killed(settings.experiments)
    fixed, name = study_name(settings)
    folder = make_folder(settings.experiments, name, fixed=fixed, config=settings.config)
    with held(folder):
        tracker = make_tracker(settings.config["tracking"], settings.experiments)
        audience = Audience([make_display(), tracker])
        study = make_study(settings, runner, folder, paths, interrupts, audience)
        studies.append(study)
        for note in killed:
            audience.noted(study.record, note)
        try:
            study.run()
        except AutomlError as error:
            if study.is_worth_keeping:
                error.add_note(f"automl.load({str(folder)!r}) opens what the study left.")
            raise
        except Exception as error:
            raise InternalError(error, keep_traceback(error, folder)) from error
        finally:
            close(audience, interrupts)
            if not study.is_worth_keeping:
                shutil.rmtree(folder, ignore_errors=True)
    return study.record


def close(audience: Audience, interrupts: Interrupts) -> None:
    """Let everyone record to the end what they heard; who does not want to wait has to say so more than once."""

    def respond(count: int) -> None:
        if count > 1:
            say("leaving before everything is recorded.")
            raise KeyboardInterrupt
        say("the study has ended and is being recorded; interrupt again to leave sooner.")

    with suppress(KeyboardInterrupt), interrupts.answered(respond):
        audience.close()
