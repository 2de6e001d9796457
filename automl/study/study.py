"""A study from pre-flight to the final evaluation, and how it ends."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from automl.engines.families import FamilySearch
from automl.errors import AutomlError, StorageError, StudyError
from automl.failure import sentence
from automl.interrupts import Interrupted, Interrupts
from automl.records import StudyState
from automl.space import FamilySpace
from automl.study.context import Context
from automl.study.journal.events import StudyEnded
from automl.study.kept import gone
from automl.study.loop import (
    Confirmation,
    FamilyProposals,
    FinalEvaluation,
    Handover,
    Plan,
    Proposals,
    Trials,
    offers,
    preflight,
    restored,
    take_earlier,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from automl.engines.base import SearchEngine
    from automl.plugin import Decision
    from automl.records import StudyRecord
    from automl.runner.base import Reported, Runner
    from automl.space import Space
    from automl.study.audience import Audience
    from automl.study.journal import Journal


@dataclass
class Study:
    """One study.

    Attributes:
        journal: What has happened to it; closed with the study.
        space: What is searched; once pre-flight has ended, with the task of the data.
        runner: Where jobs run; started.
        make_engine: Starts the search engine over a space, once the task is known.
        audience: Hears of everything.
        cache: The folder of the data cache.
        paths: Local folders of what the ``model`` section names by ``runs:/<MLflow run>``.
        interrupts: How often the user asked to end; each ends what is being done: the search, the trials that still
            run then, the final evaluation.
        is_worth_keeping: Once the study has ended, whether its folder holds a trial, or what explains a fault.
    """

    journal: Journal
    space: Space
    runner: Runner
    make_engine: Callable[[Space], SearchEngine]
    audience: Audience
    cache: Path
    paths: Mapping[str, str] = field(default_factory=dict)
    interrupts: Interrupts = field(default_factory=Interrupts)
    is_worth_keeping: bool = False
    _answers: Callable[[Reported], Decision] | None = None

    def __post_init__(self) -> None:
        self._context = Context(self.journal, self.runner, self.audience, self.cache, self.paths, self.interrupts)
        self.is_worth_keeping = bool(self.record.resumed)

    @property
    def record(self) -> StudyRecord:
        """What is known of it, always up to date."""
        return self.journal.record

    def run(self) -> None:
        """Run the study to its end; the record tells how it ended.

        Raises:
            AutomlError: Pre-flight found something wrong, no trial completed, or the folder cannot be written.
        """
        try:
            self._context.kept.begin()
            if self.record.resumed:
                self._context.selection.settle(self.runner.repeat())
            self.audience.study_started(self.record)
            self._take_the_steps()
            self._close(StudyState.INTERRUPTED if self.interrupts.count else StudyState.FINISHED)
        except KeyboardInterrupt:
            reached = "the final evaluation had ended" if self.record.trials else "a trial had begun"
            self._end(StudyState.INTERRUPTED, f"Interrupted before {reached}.")
        except AutomlError as error:
            self.is_worth_keeping |= isinstance(error, StudyError)
            self._end(StudyState.FAILED, str(error))
            raise
        except OSError as error:
            named = self._unwritable(error)
            self._end(StudyState.FAILED, str(named))
            raise named from error
        except Exception as error:
            self.is_worth_keeping = True  # its traceback goes there
            self._end(StudyState.FAILED, f"Internal error: {sentence(error)}.")
            raise
        finally:
            self.is_worth_keeping |= bool(self.record.trials)
            self.journal.close()

    def on_report(self, report: Reported) -> Decision:
        """Answer a worker."""
        assert self._answers is not None
        return self._answers(report)

    def _take_the_steps(self) -> None:
        self.space = preflight(self._context, self.space)
        self.audience.preflight_ended(self.record)
        if self.interrupts.count:
            raise Interrupted
        take_earlier(self._context, self.space)
        if not self.record.is_searched:
            self._search()
        confirmation = Confirmation(self._context)
        self._answers = confirmation.on_report
        confirmation.run()
        handover = Handover(self._context)
        self._answers = handover.on_report
        handover.run()
        self.audience.search_ended(self.record)
        if self.record.best is not None:
            evaluation = FinalEvaluation(self._context, self.record.best)
            self._answers = evaluation.on_report
            evaluation.run()

    def _search(self) -> None:
        plan = Plan(self._context, self.space)

        def make() -> Proposals:
            engine = self.make_engine(self.space)
            if isinstance(engine, FamilySearch):
                assert isinstance(self.space, FamilySpace)
                return FamilyProposals(engine, self.record, self.space, plan)
            return Proposals(engine, self.record, offers(self.record, self.space))

        proposals, given_up = restored(self._context, make)
        trials = Trials(self._context, self.space, proposals, plan, given_up)
        self._answers = trials.on_report
        try:
            trials.run()
        finally:
            proposals.close()

    def _close(self, state: StudyState, message: str = "") -> None:
        try:
            self.journal.end(StudyEnded(state=state, message=message))
            self._context.kept.summarise()
        finally:
            self.audience.study_ended(self.record)

    def _end(self, state: StudyState, message: str) -> None:
        """Close for a reason that outweighs an account which cannot be written."""
        if self.record.state is StudyState.RUNNING:
            with suppress(OSError):
                self._close(state, message)

    def _unwritable(self, error: OSError) -> StorageError:
        folder = self.record.folder
        if self._context.kept.is_gone():
            return gone(folder)
        return StorageError(
            f"The study ended because {error.filename or folder} cannot be written: {error.strerror or error}."
            f" What was finished is kept in {folder}."
        )
