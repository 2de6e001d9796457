"""One study from its configuration to its end: check, make, run, record."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from automl.errors import AutomlError
from automl.interrupts import Interrupts, say
from automl.outcome import InternalError, keep_traceback

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from automl.config.check import Settings
    from automl.records import Observer, StudyRecord
    from automl.runner.base import Reported, Runner
    from automl.study import Study
    from automl.study.audience import Audience
    from automl.study.journal import Journal

OpenJournal = Callable[[int], AbstractContextManager["Journal"]]


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
    from automl.config.check import check

    settings = check(config)
    return conduct(settings, lambda slots: _begun(settings, slots), make_display, interrupts)


def conduct(
    settings: Settings, open_journal: OpenJournal, make_display: Callable[[], Observer], interrupts: Interrupts
) -> StudyRecord:
    """Run a study, be it new or not.

    Args:
        settings: What it is started with.
        open_journal: Makes its folder and gives its journal; takes the number of trials that run side by side.
        make_display: As of ``run``.
        interrupts: Likewise.
    """
    from automl.api.making import make_runner
    from automl.tracking import check_tracking
    from automl.tracking.runs import run_paths

    check_tracking(settings.config["tracking"], settings.experiments)
    paths = run_paths(settings.config, settings.experiments)
    runner = make_runner(settings)
    with interrupts.counted():
        try:
            return _run(settings, runner, paths, interrupts, open_journal, make_display)
        finally:
            runner.close()


def _run(
    settings: Settings,
    runner: Runner,
    paths: Mapping[str, str],
    interrupts: Interrupts,
    open_journal: OpenJournal,
    make_display: Callable[[], Observer],
) -> StudyRecord:
    from automl.api.making import make_study
    from automl.report.page import ReportWriter
    from automl.study.audience import Audience
    from automl.study.killed import mark_killed
    from automl.tracking import make_tracker

    studies: list[Study] = []

    def on_report(report: Reported) -> Any:
        return studies[0].on_report(report)

    runner.start(on_report, settings.trials)
    killed = mark_killed(settings.experiments)
    with open_journal(runner.capacity) as journal:
        folder = journal.record.folder
        tracker = make_tracker(settings.config["tracking"], settings.experiments)
        others = Audience([make_display(), tracker])
        audience = Audience([ReportWriter(others.noted), others])
        study = make_study(settings, runner, journal, paths, interrupts, audience)
        studies.append(study)
        for note in (*killed, *settings.notes):
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


@contextmanager
def _begun(settings: Settings, slots: int) -> Iterator[Journal]:
    """The journal of a new study, whose folder is held meanwhile."""
    from automl.api.making import begin_journal, study_name
    from automl.study.folder import held, make_folder

    fixed, name = study_name(settings)
    folder = make_folder(settings.experiments, name, fixed=fixed, config=settings.config)
    with held(folder):
        yield begin_journal(settings, folder, slots)


def close(audience: Audience, interrupts: Interrupts) -> None:
    """Let everyone record to the end what they heard; who does not want to wait has to say so more than once."""

    def respond(count: int) -> None:
        if count > 1:
            say("leaving before everything is recorded.")
            raise KeyboardInterrupt
        say("the study has ended and is being recorded; interrupt again to leave sooner.")

    with suppress(KeyboardInterrupt), interrupts.answered(respond):
        audience.close()
