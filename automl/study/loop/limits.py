"""What ends trials from outside: the time that is over, a disk that is used up, and the user."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from automl.study.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Collection

    from automl.records import TrialRecord
    from automl.study.context import Context
    from automl.study.loop.salvage import Salvage


class Limits:
    """Ends trials that do not end by themselves when they should.

    Args:
        study: The study.
        salvage: What is being saved of trials that were ended.
    """

    def __init__(self, study: Context, salvage: Salvage) -> None:
        self._study = study
        self._salvage = salvage
        self._disk = Disk(study)
        self._interrupted: float | None = None

    def enforce(self, running: Collection[TrialRecord]) -> None:
        """Look at clock, disk and interrupts, and end what is to end."""
        self._disk.enforce()
        if self._study.budget.left() <= 0.0:
            self._study.close_search("search.timeout is over.")
        if self._study.budget.is_overdrawn():
            for trial in running:
                if trial.cut is None:
                    reason = "search.timeout was over before the trial's next step."
                    self._study.runner.kill(trial.number, "timeout", reason)
        if self._study.interrupts.count and running:
            self._interrupt(running)
        for trial in running:
            if trial.cut is not None and self._salvage.is_to_end(trial.number):
                self._study.runner.kill(trial.number, "timeout", "There was no time to save its best epoch.")

    def _interrupt(self, running: Collection[TrialRecord]) -> None:
        """Trials that have taken a step end with the next and keep their best epoch; the rest have nothing to keep."""
        grace = self._study.budget.grace()
        if self._interrupted is None:
            self._interrupted = time.monotonic()
            if any(trial.history for trial in running):
                self._study.note(
                    f"interrupted; trials have {grace:.0f} s to end their epoch, another interrupt ends them"
                )
        late = self._study.interrupts.count > 1 or time.monotonic() - self._interrupted > grace
        for trial in running:
            if (late or not trial.history) and trial.cut is None:
                self._study.runner.kill(trial.number, "interrupted", "The study was interrupted.")
