"""Trials that were ended from outside, and count all the same with the best epoch of their checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.plugin import CHECKPOINT
from automl.runner.base import Failed, Finished
from automl.study.journal.events import TrialCut

if TYPE_CHECKING:
    from automl.records import TrialRecord
    from automl.runner.base import Event
    from automl.study.context import Context

_ENDED_FROM_OUTSIDE = ("timeout", "interrupted")


class Salvage:
    """What was killed for the time or by the user, and is loaded once more to be saved with its best weights.

    Args:
        study: The study.
    """

    def __init__(self, study: Context) -> None:
        self._study = study
        self._interrupts: dict[int, int] = {}

    def is_worth(self, trial: TrialRecord, event: Event) -> bool:
        """Whether a trial that ended so has an epoch to count with, and has not been tried."""
        if isinstance(event, Finished) or event.kind not in _ENDED_FROM_OUTSIDE or trial.cut is not None:
            return False
        return (trial.folder / CHECKPOINT).is_file()

    def begin(self, trial: TrialRecord, event: Failed) -> None:
        """Remember how the trial ended."""
        self._interrupts[trial.number] = self._study.interrupts.count
        self._study.journal.append(TrialCut(number=trial.number, kind=event.kind, message=event.message))

    def is_to_end(self, number: int) -> bool:
        """Whether this, too, takes too long: the final evaluation needs the time, or the user asked once more."""
        return self._study.budget.is_late() or self._study.interrupts.count > self._interrupts.get(number, 0)


def cause(trial: TrialRecord, event: Event) -> Event:
    """The event that a trial's outcome is told by: where nothing could be salvaged, the one that ended it first."""
    if trial.cut is None or isinstance(event, Finished):
        return event
    return Failed(event.job, trial.cut.kind, trial.cut.message, seconds=event.seconds)
