"""What the parts of a running study share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from automl.interrupts import Interrupted, Interrupts
from automl.jobs.base import Place
from automl.records import TrialState
from automl.runner.base import Failed
from automl.study.budget import Budget, evaluated_share
from automl.study.journal.events import Noted, SearchClosed
from automl.study.kept import Kept
from automl.study.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.jobs.base import Job, R_co
    from automl.records import StudyRecord, TrialRecord
    from automl.runner.base import Finished, Runner
    from automl.study.audience import Audience
    from automl.study.journal import Journal

TICK = 0.2
"""Seconds between two looks at clock and interrupts."""


_EVALUATED = 5
"""Of the best trials so many may be looked at in the final evaluation."""


def _learned(trial: TrialRecord) -> float:
    """Of the train samples, that a trial learns from."""
    return float((trial.config.get("training") or {}).get("share", 1.0))


def _slowest_step(trial: TrialRecord) -> float:
    return max((row.get("seconds", 0.0) for row in trial.history), default=0.0)


@dataclass
class Context:
    """A running study, to its parts.

    Attributes:
        journal: What has happened to it, and its record.
        runner: Where jobs run; started.
        audience: Hears of everything.
        cache: The folder of the data cache.
        paths: Local folders of what the ``model`` section names by ``runs:/<MLflow run>``.
        interrupts: How often the user asked to end.
        kept: Its files.
        selection: The models that it keeps.
        held_back: Seconds that are kept back besides, for what follows on the search.
    """

    journal: Journal
    runner: Runner
    audience: Audience
    cache: Path
    paths: Mapping[str, str]
    interrupts: Interrupts
    kept: Kept = field(init=False)
    selection: Selection = field(init=False)
    held_back: float = field(init=False, default=0.0)
    _ended: int = field(init=False, default=-1)
    _leading: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.kept = Kept(self.record)
        self.selection = Selection(self.record)

    @property
    def record(self) -> StudyRecord:
        """What is known of the study."""
        return self.journal.record

    @property
    def budget(self) -> Budget:
        """Its time, as it stands."""
        record = self.record
        learned = min((_learned(trial) for trial in record.trials[:1]), default=1.0)  # later ones have all
        share = evaluated_share(record.spec.sizes, learned) if record.spec is not None else 1.0
        return Budget(record.deadline, record.reserve + self.held_back, self._slowest, share)

    @property
    def _slowest(self) -> float:
        """Seconds of the slowest step of what may be evaluated: trials that lead, and those that run."""
        record = self.record
        if record.deadline is None:
            return record.slowest
        running = [trial for trial in record.trials if trial.state is TrialState.RUNNING]
        ended = len(record.trials) - len(running)
        if ended != self._ended:
            self._ended, self._leading = ended, max(map(_slowest_step, record.ranked[:_EVALUATED]), default=0.0)
        return max(self._leading, *map(_slowest_step, running), 0.0) or record.slowest

    def close_search(self, reason: str, *, finish: bool = False) -> None:
        """Start no further trial where there is a reason; the first one is told.

        Args:
            reason: In a sentence; nothing is done where it is empty.
            finish: Whether trials that run go on to their end.
        """
        if reason and (not self.record.closed or (self.record.finishing and not finish)):
            self.journal.append(SearchClosed(message=reason, finish=finish))

    @property
    def place(self) -> Place:
        """Where its jobs find their files."""
        return Place(self.record.folder, self.cache)

    def note(self, text: str) -> None:
        """Tell the audience what is worth a line."""
        self.journal.append(Noted(text=text))
        self.audience.noted(self.record, text)

    def tick(self) -> None:
        """Called several times a second.

        Raises:
            StorageError: The study's folder is gone.
            OSError: It cannot be written.
        """
        self.audience.tick(self.record)
        self.kept.tick()

    def run(self, job: Job[R_co], *, within: bool = False) -> Finished[R_co] | Failed:
        """Run a job that is not a trial to its end; what became of it.

        Args:
            job: It.
            within: Whether it leaves the final evaluation the time that is kept back for that.

        Raises:
            Interrupted: The user ended it.
        """
        before = self.interrupts.count
        self.runner.submit(job)
        while True:
            for event in self.runner.events(TICK):
                if event.job.id != job.id:
                    continue  # of one that an interrupt ended
                if isinstance(event, Failed) and self.interrupts.count > before:
                    raise Interrupted  # rather than tell what an interrupt did to a job of the driver's own process
                return event
            self.tick()
            if self.interrupts.count > before:
                self.runner.kill(job.id, "interrupted", "Interrupted.")
                raise Interrupted
            if self.budget.is_over() or (within and self.budget.left() <= 0.0):
                self.runner.kill(job.id, "timeout", "search.timeout was over before it had ended.")
