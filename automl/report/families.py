"""The families of a study side by side: what each reached, in how many trials and how much time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl.report.wording import duration, score
from automl.space import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.records import StudyRecord, TrialRecord

HEAD = ("family", "best", "trials", "time", "")


@dataclass(frozen=True)
class FamilyRow:
    """One family.

    Attributes:
        name: Its own.
        best: Its best objective; empty where no trial of it is complete.
        trials: How many it had.
        time: That they took in all.
        note: Why it was left out, in a sentence; else empty.
    """

    name: str
    best: str
    trials: str
    time: str
    note: str

    @property
    def cells(self) -> tuple[str, ...]:
        """As of ``HEAD``."""
        return self.name, self.best, self.trials, self.time, self.note


def families(study: StudyRecord) -> list[FamilyRow]:
    """The families, the best first; none where the study has one alone."""
    names = list(study.config.get(FAMILIES) or ())
    first = {trial.family: place for place, trial in reversed(list(enumerate(study.ranked)))}
    return [_row(study, name) for name in sorted(names, key=lambda name: first.get(name, len(study.ranked)))]


def _row(study: StudyRecord, name: str) -> FamilyRow:
    trials = [trial for trial in study.trials if trial.family == name]
    best = next((trial for trial in study.ranked if trial.family == name), None)
    seen = study.families.get(name)
    return FamilyRow(
        name,
        score(best.value) if best else "",
        f"{len(trials):,}",
        duration(sum(trial.seconds for trial in trials)) if trials else "",
        seen.left_out if seen is not None else _why_not(study, trials),
    )


def _why_not(study: StudyRecord, trials: Sequence[TrialRecord]) -> str:
    """What to say of a family that was never looked at."""
    return "" if trials or not study.seconds else "There was no time for it, or it takes another task."
