"""What a trial that reports is told: to go on, to end with what it has, or that it is given up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from automl.errors import ConfigError
from automl.jobs import Underway
from automl.plugin import Decision
from automl.study.journal.events import TrialReported, TrialStopped
from automl.study.loop.endings import not_reported
from automl.study.loop.enough import reached, reaches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.records import TrialRecord
    from automl.runner.base import Reported
    from automl.study.context import Context
    from automl.study.loop.proposals import Proposals
    from automl.study.loop.repeats import Repeats


class Answers:
    """Answers the reports of trials.

    Args:
        study: The study.
        engine: Prunes.
        repeats: Answers further runs of a trial.

    Attributes:
        refused: Set once a trial turned out not to report the objective: none will.
    """

    def __init__(self, study: Context, engine: Proposals, repeats: Repeats) -> None:
        self._study = study
        self._engine = engine
        self._repeats = repeats
        self.refused: ConfigError | None = None
        # Where several seeds are averaged, what one of them reaches is not the objective.
        self._ends_at_target = (study.record.config["search"].get("seeds") or 1) == 1

    def answer(self, report: Reported) -> Decision:
        """Take the metrics of a step and decide whether its trial goes on."""
        study, record = self._study, self._study.record
        trial = record.trial(report.job.id)
        if trial.runs:
            return self._repeats.answer(report)
        if isinstance(report.content, Underway):
            return Decision.STOP if self._stops(trial, report.content.seconds) else Decision.CONTINUE
        metrics: Mapping[str, float] = report.content
        repeated, before = report.step <= trial.seen, trial.heard
        event = TrialReported(number=trial.number, step=report.step, metrics=metrics)
        study.journal.append(event)
        study.audience.trial_reported(record, trial)
        value = metrics.get(record.objective)
        if value is None:
            self.refuse(metrics)
        elif self._ends_at_target and reaches(record, value):
            study.close_search(reached(record, trial.number))
        seconds = metrics.get("seconds", event.time - before if before else 0.0)
        if self._stops(trial, seconds):
            return Decision.STOP
        assert value is not None
        if repeated or not math.isfinite(value):
            return Decision.CONTINUE  # the engine has seen it, or cannot rank it; a trial that ends so is a failed one
        return Decision.PRUNE if self._engine.report(trial, report.step, value) else Decision.CONTINUE

    def _stops(self, trial: TrialRecord, seconds: float) -> bool:
        """Whether a trial that needs so many seconds to go on is to end with what it has."""
        reason = self._reason_to_stop(seconds)
        if reason:
            interrupted = bool(self._study.interrupts.count)
            if not trial.message or trial.stopped != interrupted:
                message = f"Stopped early: {reason.rstrip('.')}."
                event = TrialStopped(number=trial.number, message=message, interrupted=interrupted)
                self._study.journal.append(event)
        return bool(reason)

    def refuse(self, metrics: Mapping[str, float]) -> None:
        """End the search: no trial will report what it is to optimize."""
        self.refused = ConfigError(not_reported(self._study.record.objective, metrics))
        self._study.close_search(str(self.refused))

    def _reason_to_stop(self, seconds: float) -> str:
        """Why a trial that needs so many seconds for its next step is not to take it; empty where it is."""
        record = self._study.record
        if self._study.interrupts.count:
            return record.closed or "the study was interrupted"
        if record.closed and not record.finishing:
            return record.closed
        return "" if self._study.budget.left() > seconds else "the time for trials is over"
