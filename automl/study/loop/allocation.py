"""Which family of a study gets the next trial: time goes to those that lead, and to none that is clearly behind."""

from __future__ import annotations

import math
import time
from statistics import median
from typing import TYPE_CHECKING

from automl.records import TrialState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.records import StudyRecord, TrialRecord

_LEAST_TRIALS = 2
"""Of a family before its scores are held against it: one may be unlucky."""
_DEAR = 6
"""A family whose one trial took so many times as long as the usual trial is judged by that one."""
_SCALE = 0.05
"""Of the distance between baseline and best: a family that much behind gets the 2.7th part of the leader's time."""
_BEHIND = 0.25
"""Likewise: one that much behind, at equal time, gets no more."""


class Allocation:
    """Tells whose turn it is.

    A family is worth ``exp(-gap / 0.05)``, where the gap is that between its best score and the best that the others
    had reached in as much time, as a share of the distance between the trivial baseline and the best of all. The
    turn is that of the family which has had the least time for its worth.

    Args:
        record: The study.
    """

    def __init__(self, record: StudyRecord) -> None:
        self._record = record

    def next(self, names: Sequence[str]) -> str:
        """The family that gets the next trial.

        Args:
            names: Those that can be given one, the cheap ones first; one at least.
        """
        trials = {name: [one for one in self._record.trials if one.family == name] for name in names}
        for name in names:
            if not trials[name]:
                return name
        spent = {name: self._spent(trials[name]) for name in names}
        usual = sum(spent.values()) / sum(map(len, trials.values()))
        young = [name for name in names if self._is_young(trials[name], usual)]
        if young:
            return min(young, key=lambda name: spent[name])
        worth = {name: self._worth(trials[name], spent[name]) for name in names}
        able = [name for name in names if worth[name] > 0.0]
        return min(able, key=lambda name: spent[name] / worth[name]) if able else min(spent, key=lambda one: spent[one])

    def _spent(self, trials: Sequence[TrialRecord]) -> float:
        now = time.time()
        return sum(one.ran(now) if one.state is TrialState.RUNNING else one.seconds for one in trials)

    def _is_young(self, trials: Sequence[TrialRecord], usual: float) -> bool:
        """Whether a family is to have another trial before its scores count."""
        return len(trials) < _LEAST_TRIALS and max(one.seconds for one in trials) <= _DEAR * usual

    def _worth(self, trials: Sequence[TrialRecord], spent: float) -> float:
        """What a family's next trial is worth: nothing where it is clearly behind, one where it leads."""
        own, best = self._best(trials), self._best(self._record.trials)
        if best is None:
            return 1.0
        if own is None:
            return 0.0 if self._has_failed(trials) else 1.0
        rival = self._best([one for one in self._record.trials if one.family != trials[0].family], spent)
        if rival is None or own <= rival:
            return 1.0
        gap = (own - rival) / max(self._distance(best), 1e-12)
        return 0.0 if gap > _BEHIND else math.exp(-gap / _SCALE)

    def _has_failed(self, trials: Sequence[TrialRecord]) -> bool:
        return sum(one.state is TrialState.FAILED for one in trials) >= _LEAST_TRIALS

    def _best(self, trials: Sequence[TrialRecord], within: float = math.inf) -> float | None:
        """The least loss of trials; of each family as far as it had come in so many seconds, its first one at least."""
        had: dict[str, float] = {}
        losses = []
        for one in trials:
            counts = one.family not in had or had[one.family] + one.seconds <= within
            had[one.family] = had.get(one.family, 0.0) + one.seconds
            if one.value is not None and counts and not self._record.is_short(one):
                losses.append(self._record.losses(one)[0])
        return min(losses, default=None)

    def _distance(self, best: float) -> float:
        """From the trivial baseline to the best; without a baseline of the objective, from the usual trial."""
        leading = self._record.objectives[0]
        base = self._record.baseline.get(leading.metric.removeprefix("val_"))
        if base is not None and math.isfinite(base) and leading.loss(base) > best:
            return leading.loss(base) - best
        losses = [self._record.losses(one)[0] for one in self._record.trials if one.value is not None]
        return median(losses) - best if losses else 0.0
