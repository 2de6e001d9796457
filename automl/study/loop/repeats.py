"""A configuration trained with several seeds: one after the other, as long as it is worth it."""

from __future__ import annotations

import math
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from automl.plugin import Decision
from automl.records import TrialState
from automl.runner.base import Failed, Finished
from automl.study.journal.events import RunEnded, TrialEnded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.jobs import Trained
    from automl.records import StudyRecord, TrialRecord
    from automl.runner.base import Event, Reported
    from automl.study.context import Context

_STRIDE = 1_000_003
"""Between two seeds of a study: studies with successive seeds share none."""
_PEERS = 4
"""Configurations with all their seeds before any is given up for what others scored."""


def seed_of(record: StudyRecord, index: int) -> int:
    """The seed of a configuration's run; the study's own comes first."""
    return (record.seed + index * _STRIDE) % 2**32


def seeded(record: StudyRecord, config: Mapping[str, Any], index: int) -> dict[str, Any]:
    """A trial's configuration with another seed, on the same split: what differs is training alone."""
    data = config["data"]
    split = record.seed if data.get("seed") is None else data["seed"]
    return {**config, "seed": seed_of(record, index), "data": {**data, "seed": split}}


class Repeats:
    """The further runs of trials that are trained with several seeds.

    Args:
        study: The study.
    """

    def __init__(self, study: Context) -> None:
        self._study = study
        self._record = study.record
        self._cut: set[int] = set()
        self._seeds: int = study.record.config["search"].get("seeds") or 1

    def goes_on(self, trial: TrialRecord, event: Event) -> bool:
        """Whether a trial of which a run has ended is to be run with one more seed; the run counts from then on."""
        if self._seeds == 1 or not self._counts(event):
            return False
        assert isinstance(event, Finished)
        self._study.journal.append(run_ended(trial, event, self._record, seed_of(self._record, len(trial.scores))))
        return not (self.is_done(trial) or self._is_over())

    def is_done(self, trial: TrialRecord) -> bool:
        """Whether a trial has runs that count, and needs no further one."""
        return bool(trial.scores) and (len(trial.scores) >= self._seeds or self._is_hopeless(trial))

    def answer(self, report: Reported) -> Decision:
        """What a further run is told when it reports: its steps are nobody else's, and cut short it does not count."""
        if self._is_over():
            self._cut.add(report.job.id)
            return Decision.STOP
        return Decision.CONTINUE

    def ending(self, trial: TrialRecord, event: Event) -> TrialEnded:
        """The end of a trial of which at least one run counts.

        Args:
            trial: It.
            event: What became of the last run.
        """
        runs, asked = [run for run in trial.runs if not run.fresh], self._seeds
        names = set.intersection(*(set(run.metrics) for run in runs))
        metrics = {name: fmean(run.metrics[name] for run in runs) for name in runs[0].metrics if name in names}
        about: dict[str, Any] = {
            "number": trial.number,
            "metrics": metrics,
            "best_step": runs[0].best_step,
            "parameters": runs[0].parameters,
            "startup": runs[0].startup,
        }
        if len(runs) < asked and self._is_hopeless(trial) and not isinstance(event, Failed):
            message = f"Given up after {len(runs)} of {asked} seeds: others are better."
            return TrialEnded(state=TrialState.PRUNED, message=message, **about)
        message = "" if len(runs) == asked else f"Of {asked} seeds {len(runs)} count. {_why(event)}".rstrip()
        return TrialEnded(state=TrialState.COMPLETE, value=fmean(run.value for run in runs), message=message, **about)

    def _is_over(self) -> bool:
        closed = bool(self._record.closed) and not self._record.finishing
        return closed or self._study.interrupts.count > 0 or self._study.budget.left() <= 0.0

    def _counts(self, event: Event) -> bool:
        if isinstance(event, Failed) or event.pruned or event.value.breach or event.job.id in self._cut:
            return False
        metrics = event.value.metrics
        return all(math.isfinite(metrics.get(one.metric, math.nan)) for one in self._record.objectives)

    def _is_hopeless(self, trial: TrialRecord) -> bool:
        """Whether its mean so far is worse than the median of the others' means over as many seeds."""
        count = len(trial.scores)
        others = [
            fmean(other.scores[:count])
            for other in self._record.trials
            if other.state is TrialState.COMPLETE
            and len(other.scores) >= self._seeds
            and (not trial.partial or other.steps == trial.steps)
        ]
        if len(others) < _PEERS or count >= self._seeds:
            return False
        mean, usual = fmean(trial.scores), median(others)
        return mean < usual if self._record.direction == "maximize" else mean > usual


def run_ended(
    trial: TrialRecord, event: Finished[Trained], record: StudyRecord, seed: int, *, fresh: bool = False
) -> RunEnded:
    """A run that counts.

    Args:
        trial: Whose it is.
        event: Its end.
        record: The study.
        seed: That it was trained with.
        fresh: Whether it confirms the trial.
    """
    found, began = event.value, trial.resumed or trial.started
    return RunEnded(
        number=trial.number,
        seed=seed,
        value=found.metrics[record.objective],
        metrics=found.metrics,
        best_step=found.best_step,
        parameters=found.parameters,
        startup=0.0 if trial.cut else max(0.0, found.marks.get("fit", began) - began),
        fresh=fresh,
    )


def _why(event: Event) -> str:
    return event.message if isinstance(event, Failed) else "The search had ended."
