"""The best of a search trained again with fresh seeds, before one of them is named best.

The best of many noisy scores is too good to be true: what decides is what it scores again.
"""

from __future__ import annotations

import itertools
import math
import shutil
from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from automl.jobs import TrainJob
from automl.plugin import CHECKPOINT, Decision
from automl.records import TrialState
from automl.runner.base import Failed
from automl.study.context import TICK
from automl.study.loop import handover
from automl.study.loop.repeats import run_ended, seed_of, seeded

if TYPE_CHECKING:
    from automl.jobs import Trained
    from automl.records import StudyRecord, TrialRecord
    from automl.runner.base import Event, Finished, Reported
    from automl.study.context import Context

_ID = -100
"""Of the first job; the others count down."""
_LEAST_SEEDS = 2
_FIRST = 1000
"""The index of the first fresh seed; the search has used those below."""


def seconds(record: StudyRecord, slots: int) -> float:
    """What confirming will take, as the trials so far foretell."""
    confirm = record.config["search"].get("confirm") or 0
    took = [trial.seconds for trial in record.trials if trial.state is TrialState.COMPLETE]
    if not confirm or not took:
        return 0.0
    runs = min(confirm, len(took)) * _seeds(record)
    return math.ceil(runs / slots) * median(took) / (record.config["search"].get("seeds") or 1)


def _seeds(record: StudyRecord) -> int:
    return max(_LEAST_SEEDS, record.config["search"].get("seeds") or 1)


@dataclass(frozen=True)
class _Again:
    trial: TrialRecord
    index: int


class Confirmation:
    """Trains the best trials again, each with as many fresh seeds, and lets these decide.

    Args:
        study: The study; its search has ended.
    """

    def __init__(self, study: Context) -> None:
        self._study = study
        self._record = study.record
        self._count: int = study.record.config["search"].get("confirm") or 0
        self._running: dict[int, _Again] = {}
        self._cut: set[int] = set()
        self._ids = itertools.count(_ID, -1)

    def run(self) -> None:
        """Train again what is worth it, as far as the time reaches; what was stopped early does not count."""
        self._study.held_back = handover.seconds(self._record)
        waiting = deque(self._planned())
        if not waiting:
            return
        best, seeds = {again.trial.number for again in waiting}, _seeds(self._record)
        self._study.note(f"confirming the {len(best)} best with {seeds} fresh seeds each")
        while self._running or (waiting and self._may_start()):
            while waiting and self._may_start() and len(self._running) < self._study.runner.capacity:
                self._start(waiting.popleft())
            for event in self._study.runner.events(TICK):
                self._end(self._running.pop(event.job.id), event)
            self._study.tick()
            if self._study.interrupts.count or self._study.budget.is_overdrawn():
                for number in self._running:
                    self._study.runner.kill(number, "interrupted", "There was no time to confirm it.")

    def on_report(self, report: Reported) -> Decision:
        """Let it go on while there is time."""
        if self._study.interrupts.count or self._study.budget.left() <= 0.0:
            self._cut.add(report.job.id)
            return Decision.STOP
        return Decision.CONTINUE

    def _planned(self) -> list[_Again]:
        """All of the best with one fresh seed, then all with the next, so that what there is time for compares."""
        best, rounds = self._record.ranked[: self._count], range(_seeds(self._record))
        if len(best) < 2:
            return []
        return [_Again(trial, index) for index in rounds for trial in best if index >= len(trial.fresh)]

    def _may_start(self) -> bool:
        return not self._study.interrupts.count and self._study.budget.left() > 0.0

    def _start(self, again: _Again) -> None:
        trial, record = again.trial, self._record
        names = trial.folder.relative_to(record.folder).parts
        job = TrainJob(
            id=next(self._ids),
            config=seeded(record, trial.config, _FIRST + again.index),
            place=self._study.place,
            folder=self._study.kept.job_folder(*names, f"fresh-{again.index}"),
            paths=self._study.paths,
            objective=record.objective,
            direction=record.direction,
        )
        self._running[job.id] = again
        self._study.runner.submit(job)

    def _end(self, again: _Again, event: Event) -> None:
        if isinstance(event, Failed):
            self._study.kept.trace(event)
            if event.kind != "interrupted":
                self._study.note(f"trial {again.trial.number} could not be confirmed: {event.message}")
        elif event.job.id not in self._cut and math.isfinite(event.value.metrics.get(self._record.objective, math.nan)):
            self._counts(again, event)
        shutil.rmtree(event.job.dir / "plugin", ignore_errors=True)
        (event.job.dir / CHECKPOINT).unlink(missing_ok=True)

    def _counts(self, again: _Again, event: Finished[Trained]) -> None:
        seed = seed_of(self._record, _FIRST + again.index)
        self._study.journal.append(run_ended(again.trial, event, self._record, seed, fresh=True))
        self._study.selection.settle(self._study.runner.repeat())
