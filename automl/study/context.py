"""What the parts of a running study share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from automl.interrupts import Interrupted, Interrupts
from automl.runner.base import Failed
from automl.study.budget import Budget
from automl.study.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.records import StudyRecord
    from automl.runner.base import Event, Job, Runner
    from automl.study.audience import Audience

TICK = 0.2
"""Seconds between two looks at clock and interrupts."""


@dataclass
class Context:
    """A running study, to its parts.

    Attributes:
        record: What is known of it.
        runner: Where jobs run; started.
        audience: Hears of everything.
        cache: The folder of the data cache.
        paths: Local folders of what the ``model`` section names by ``runs:/<MLflow run>``.
        interrupts: How often the user asked to end.
        budget: Its time.
        kept: Its files.
    """

    record: StudyRecord
    runner: Runner
    audience: Audience
    cache: Path
    paths: Mapping[str, str]
    interrupts: Interrupts
    budget: Budget = field(init=False)
    kept: Kept = field(init=False)

    def __post_init__(self) -> None:
        self.budget = Budget(self.record.deadline)
        self.kept = Kept(self.record)

    def tell(self, what: str, *about: Any) -> None:
        """Tell the audience."""
        self.audience.tell(what, self.record, *about)

    def note(self, text: str) -> None:
        """Tell the audience what is worth a line."""
        self.tell("noted", text)

    def tick(self) -> None:
        """Called several times a second.

        Raises:
            StorageError: The study's folder is gone.
            OSError: It cannot be written.
        """
        self.tell("tick")
        self.kept.tick()

    def run(self, job: Job) -> Event:
        """Run a job that is not a trial to its end; what became of it.

        Raises:
            Interrupted: The user ended it.
        """
        before = self.interrupts.count
        self.runner.submit(job)
        while True:
            for event in self.runner.events(TICK):
                if isinstance(event, Failed) and self.interrupts.count > before:
                    raise Interrupted  # rather than tell what an interrupt did to a job of the driver's own process
                return event
            self.tick()
            if self.interrupts.count > before:
                self.runner.kill(job.id, "interrupted", "Interrupted.")
                raise Interrupted
            if self.budget.is_over():
                self.runner.kill(job.id, "timeout", "search.timeout was over before it had ended.")
