"""How long trials are where the study has a time limit: several are finished and compared, then the best go on.

Where all trials can take all their epochs, they do. Where they cannot, the first part of the time goes to trials of as
many epochs as let a dozen configurations end, fewer where time is scarce, each with its whole schedule; the rest to the
best of these, which go on from their checkpoints with a schedule to the end of the time (a warm restart, Loshchilov and
Hutter 2017).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from automl.plugin import CHECKPOINT
from automl.records import TrialState
from automl.space import FamilySpace
from automl.space.families import joint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from automl.records import TrialRecord
    from automl.space import Space
    from automl.study.context import Context

_CONFIGURATIONS = 12
"""That are to be compared before the best goes on, at most."""
_COMPARED = 3
"""To each trial of all its epochs that there would be time for: where there is time for one alone, three are compared
after an eighth of them. Of a dozen after an epoch or two none would have shown what it comes to."""
_SCREENING = 0.4
"""The share of the time that goes to them."""
_OVERHEAD = 6.0
"""Seconds that a trial takes besides its epochs, as long as none has ended: data, tracing, saving."""
_LONGER = 1.5
"""A trial goes on where it can take so many times the epochs that it had."""
_MARGIN = 0.95
"""Of the time that is left, what a trial is planned to take: epochs vary."""
_LEAST_PART = 0.5
"""Of the planned epochs, fewer than which are not worth a trial."""
_LEAST_FOLDED = 3
"""Over folds trials have at least such a part of the epochs: few samples need steps, and hopeless ones end early."""
SHARED_EPOCHS = 3
"""That a trial takes over a share of the samples: one alone leaves most networks near where they began."""
_SAFE, _LEAST_SHARE = 1.5, 0.01
"""An epoch that was foretold takes so many times as long, at worst; and the least share that is worth a trial."""
_KEPT = 4
"""Trials that may go on, and keep their checkpoints."""

TOO_SHORT = "The time that is left is too short for another trial."


@dataclass(frozen=True)
class Promotion:
    """A trial that goes on.

    Attributes:
        trial: It has ended.
        epochs: That it is to have in all.
    """

    trial: TrialRecord
    epochs: int


class Plan:
    """Plans the epochs of trials.

    Only ``auto`` epochs are planned: a number of them that the user or a face gives is kept to.

    Args:
        study: The study.
        space: What is searched, settled.
    """

    def __init__(self, study: Context, space: Space) -> None:
        self._study = study
        self._record = study.record
        self._families = list(space.spaces) if isinstance(space, FamilySpace) else [""]

    def epochs(self, family: str) -> int | None:
        """Of the next trial of a family; None where it has as many as are configured, 0 where there is no time for one.

        Args:
            family: Its name.
        """
        most, pace = self._most(family), self._pace(family)
        if self._record.deadline is None or most is None or pace <= 0.0:
            return None
        least = most // _LEAST_FOLDED if self._record.folds > 1 else 1
        wanted = min(most, max(1, least, self._screening(family)))
        fitting = int((_MARGIN * self._study.budget.left() - self._overhead(family)) / pace)
        if fitting >= wanted:
            return wanted
        if not any(one.state in (TrialState.COMPLETE, TrialState.RUNNING) for one in self._record.trials):
            return max(1, fitting)
        return fitting if fitting >= max(1.0, _LEAST_PART * wanted) else 0

    def share(self, family: str) -> float:
        """Of the train samples, that a trial learns from: all, unless not even an epoch of the first one would end.

        Args:
            family: The trial's.
        """
        most, pace = self._most(family), self._pace(family)
        ended = any(one.state is TrialState.COMPLETE for one in self._record.trials)
        if self._record.deadline is None or most is None or pace <= 0.0 or ended or self._record.folds > 1:
            return 1.0
        fitting = (_MARGIN * self._study.budget.left() - self._overhead(family)) / (_SAFE * pace)
        return 1.0 if fitting >= 1.0 else max(_LEAST_SHARE, round(fitting / SHARED_EPOCHS, 3))

    def is_whole(self, family: str) -> bool:
        """Whether trials of a family can take all their epochs, or, over folds, would not go on with more."""
        most, folded = self._most(family), self._record.folds > 1
        return folded or most is None or self._record.deadline is None or self._screening(family) >= most

    def promotion(self) -> Promotion | None:
        """The best trial that is to go on now, if there is one."""
        record = self._record
        if record.deadline is None or self._elapsed < _SCREENING * self._total:
            return None
        promoted = {one.start_from for one in record.trials if one.origin == "promoted"}
        for trial in record.ranked[:_KEPT]:
            if trial.number in promoted or not trial.planned or not (trial.folder / CHECKPOINT).is_file():
                continue
            if (epochs := self._further(trial)) >= _LONGER * trial.step:
                return Promotion(trial, epochs)
        return None

    def kept(self) -> set[int]:
        """Trials whose checkpoints are worth their room."""
        return {trial.number for trial in self._record.ranked[:_KEPT]}

    def _further(self, trial: TrialRecord) -> int:
        """The epochs that a trial can have in all until the time is over."""
        left = _MARGIN * self._study.budget.left() - self._overhead(trial.family)
        pace = _epoch([trial]) or self._pace(trial.family)
        most = self._most(trial.family) or trial.step
        return min(most, trial.step + int(left / pace)) if pace > 0.0 else 0

    def _screening(self, family: str) -> int:
        """The epochs that let enough configurations end in the first part of the time."""
        pace = self._pace(family)
        if pace <= 0.0:
            return self._most(family) or 1
        most, seconds = self._most(family) or 1, self._total * self._record.slots
        whole = seconds / (most * pace + self._overhead(family))
        few, many = len(self._families), max(_CONFIGURATIONS, _COMPARED * len(self._families))
        count = min(max(few, _COMPARED * whole), many)
        return int((_SCREENING * seconds / count - self._overhead(family)) / pace)

    def _most(self, family: str) -> int | None:
        """The epochs that stand for ``auto``; None where others were asked for."""
        path = "training.epochs" if self._families == [""] else joint(family, "training.epochs")
        found: int | None = self._record.settled.get(path)
        return found

    def _pace(self, family: str) -> float:
        """Seconds of an epoch: of the family's latest trials, else as pre-flight foretold."""
        trials = [one for one in self._record.trials if one.family == family]
        found = self._record.families.get(family)
        if self._record.folds > 1:  # whose trials tell of folds, and have an epoch of each
            return self._record.folds * found.pace if found is not None else 0.0
        return _epoch(trials[-3:]) or (found.pace if found is not None else 0.0)

    def _overhead(self, family: str) -> float:
        """Seconds of a trial besides its epochs."""
        ended = [
            one.seconds - sum(row.get("seconds", 0.0) for row in one.history)
            for one in self._record.trials
            if one.family == family and one.state is TrialState.COMPLETE and one.start_from is None
        ]
        return max(0.0, median(ended)) if ended else _OVERHEAD

    @property
    def _total(self) -> float:
        """Seconds that the study has for its search."""
        record = self._record
        assert record.deadline is not None
        return record.deadline - (record.resumed or record.started) - record.reserve

    @property
    def _elapsed(self) -> float:
        return time.time() - (self._record.resumed or self._record.started)


def with_share(sections: Mapping[str, Any], share: float) -> dict[str, Any]:
    """Sections of a trial's configuration with a share of the train samples, where they have such a key."""
    training = sections["training"]
    return {**sections, "training": {**training, **({"share": share} if "share" in training else {})}}


def with_epochs(sections: Mapping[str, Any], epochs: int) -> dict[str, Any]:
    """Sections of a trial's configuration with other epochs."""
    return {**sections, "training": {**sections["training"], "epochs": epochs}}


def _epoch(trials: Iterable[TrialRecord]) -> float:
    """The median seconds of an epoch of trials, less their first ones, which build; 0 where there is no other."""
    rows: Sequence[float] = [row.get("seconds", 0.0) for one in trials for row in one.history if row["step"] > 1]
    return median(rows) if rows else 0.0
