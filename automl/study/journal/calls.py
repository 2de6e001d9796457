"""What the search engine of a study was called, as its journal tells it, for another process to call again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from automl.engines.base import Asked, Known, Learned, Proposal, Reported, Told
from automl.records import TrialState
from automl.study.journal.events import (
    EngineReplaced,
    StudyResumed,
    TrialEnded,
    TrialReported,
    TrialStarted,
    TrialStopped,
)
from automl.study.journal.reading import history

if TYPE_CHECKING:
    from pathlib import Path

    from automl.engines.base import Call
    from automl.records import StudyRecord, TrialRecord
    from automl.study.journal.events import Event


def calls(path: Path) -> list[Call]:
    """All that the engine was called since it began, in order; trials that run are asked for, and not told.

    Args:
        path: The journal.

    Raises:
        StorageError: It is damaged.
    """
    replayed = _Calls()
    for record, event, _ in history(path):
        replayed.take(record, event)
    return replayed.made()


def known(record: StudyRecord, trial: TrialRecord) -> Known:
    """An ended trial as an engine learns of it that did not propose it."""
    return Known(trial.params, trial.state, record.values(trial), dict(record.reports(trial)), trial.violation)


class _Calls:
    """Goes through a journal."""

    def __init__(self) -> None:
        self._made: list[Call | None] = []
        self._seen: dict[int, int] = {}
        self._reported: dict[int, int] = {}
        self._ended: dict[int, int] = {}

    def made(self) -> list[Call]:
        """Those that were made in the end."""
        return [call for call in self._made if call is not None]

    def take(self, record: StudyRecord, event: Event) -> None:
        """Take the next event; the record stands after it."""
        match event:
            case TrialStarted():
                self._started(record, event)
            case TrialReported():
                self._report(record, event)
            case TrialStopped():  # what is told to stop is not reported to the engine
                self._undo(self._reported, event.number)
            case TrialEnded():
                self._end(record, record.trial(event.number))
            case StudyResumed():
                self._resumed(record)
            case EngineReplaced():
                self._begin_anew(record)

    def _started(self, record: StudyRecord, event: TrialStarted) -> None:
        trial = record.trial(event.number)
        self._seen[event.number] = trial.seen
        if event.asked is None:
            return
        start = None if event.start_from is None else record.trial(event.start_from).asked
        proposal = Proposal(
            event.asked, event.params, event.steps if event.partial and not event.planned else None, start
        )
        self._made.append(Asked(proposal))

    def _report(self, record: StudyRecord, event: TrialReported) -> None:
        trial, value = record.trial(event.number), event.metrics.get(record.objective)
        repeated = event.step <= self._seen[event.number]
        self._seen[event.number] = trial.seen
        self._reported.pop(event.number, None)
        if trial.asked is None or repeated or value is None or not math.isfinite(value):
            return
        self._reported[event.number] = len(self._made)
        self._made.append(Reported(trial.asked, event.step, value))

    def _end(self, record: StudyRecord, trial: TrialRecord) -> None:
        self._ended[trial.number] = len(self._made)
        if trial.asked is None:
            self._made.append(Learned(known(record, trial)))
        else:
            self._made.append(Told(trial.asked, trial.state, record.values(trial), trial.violation))

    def _resumed(self, record: StudyRecord) -> None:
        """Ends of trials that run again were none."""
        for trial in record.trials:
            if trial.state is TrialState.RUNNING:
                self._undo(self._ended, trial.number)

    def _begin_anew(self, record: StudyRecord) -> None:
        ended = [trial for trial in record.trials if trial.state is not TrialState.RUNNING]
        self._made = [Learned(known(record, trial)) for trial in ended]
        self._reported.clear()
        self._ended.clear()

    def _undo(self, places: dict[int, int], number: int) -> None:
        place = places.pop(number, None)
        if place is not None:
            self._made[place] = None
