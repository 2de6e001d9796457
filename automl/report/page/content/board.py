"""The leaderboard."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl.records import TrialState
from automl.report.page.axes import axes
from automl.report.wording import duration, mean_and_error, objectives, outcome, score, short, steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.records import StudyRecord, TrialRecord

_SHOWN = 12
_MOST = 200
_PARAMETERS = 10


@dataclass(frozen=True)
class Row:
    """A trial: its cells, and how it stands: ``best``, ``front``, or its state."""

    cells: Sequence[str]
    kind: str


@dataclass(frozen=True)
class Board:
    """Trials, the best first.

    Attributes:
        head: The columns.
        words: Which of them hold words rather than numbers.
        rows: Those that are read first.
        more: Those that follow.
        left_out: How many are not shown at all.
    """

    head: Sequence[str]
    words: Sequence[bool]
    rows: Sequence[Row]
    more: Sequence[Row]
    left_out: int


def board(study: StudyRecord) -> Board | None:
    """The trials of a study, complete ones by rank, then the others by number; None where there is none."""
    if not study.trials:
        return None
    ranked = study.ranked
    complete = {one.number for one in ranked}
    ordered = [*ranked, *(one for one in study.trials if one.number not in complete)]
    best, front = study.best, [one.number for one in study.front]
    columns = _Columns(study, best, front if study.further else [])
    rows = [columns.row(rank, one) for rank, one in enumerate(ordered[:_MOST], start=1)]
    return Board(columns.head, columns.words, rows[:_SHOWN], rows[_SHOWN:], max(0, len(ordered) - _MOST))


class _Columns:
    """The cells of a row, in the order of ``head``."""

    def __init__(self, study: StudyRecord, best: TrialRecord | None, front: list[int]) -> None:
        self._study, self._best, self._front = study, best, front
        self._axes = axes(study)[:_PARAMETERS]
        self._seeds = any(len(one.scores) > 1 for one in study.trials)
        self._fresh = any(one.fresh for one in study.trials)
        told = [one.metric for one in study.objectives]
        told += ["over seeds"] if self._seeds else []
        told += ["confirmed"] if self._fresh else []
        searched = [one.label for one in self._axes]
        self.head = ["rank", "trial", "state", *told, *searched, f"{study.unit}s", "time"]
        chosen = [bool(one.choices) and not _numbers(one.parameter) for one in self._axes]
        self.words = [False, False, True, *(False for _ in told), *chosen, False, False]

    def row(self, rank: int, trial: TrialRecord) -> Row:
        """A trial's."""
        is_ranked = trial.state is TrialState.COMPLETE
        told = objectives(self._study, trial)
        told += [_mean(trial.scores)] if self._seeds else []
        told += [_mean(trial.fresh)] if self._fresh else []
        values = [short(trial.params[one.path]) if one.path in trial.params else "" for one in self._axes]
        state = outcome(trial, self._best, self._front)
        cells = [str(rank) if is_ranked else "", str(trial.number), state, *told, *values, steps(trial)]
        kind = "best" if trial is self._best else "front" if trial.number in self._front else str(trial.state)
        seconds = trial.ran(time.time()) if trial.state is TrialState.RUNNING else trial.seconds
        return Row([*cells, duration(seconds)], kind)


def _mean(scores: Sequence[float]) -> str:
    return mean_and_error(scores) if len(scores) > 1 else score(scores[0]) if scores else ""


def _numbers(parameter: Any) -> bool:
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in parameter.choices)
