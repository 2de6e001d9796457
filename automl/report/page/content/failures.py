"""What failed, by kind, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl.records import TrialState
from automl.report.wording import evidence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from automl.records import StudyRecord, TrialRecord

_MOST = 20
_NAMED = 10
_TAIL = 4000
_ADVICE = {
    "nan": "The loss was not a number any more: a lower learning rate, or training.clip_norm, may help.",
    "oom": "Memory ran out, also at half the batch: narrow the size of the model, or training.batch_size.",
    "timeout": "Time ran out before the first epoch had ended: see runner.trial_timeout and search.timeout.",
    "hang": "Nothing was heard of it for too long: see runner.silence.",
}


@dataclass(frozen=True)
class Failure:
    """Trials that failed alike.

    Attributes:
        kind: error, nan, oom, timeout, crash, hang or interrupted.
        count: How many.
        trials: Their numbers, in words.
        message: Why, in a sentence.
        advice: What may help, in a sentence; else empty.
        evidence: The file that tells most of the first of them.
        excerpt: The end of that file; empty where it cannot be read.
    """

    kind: str
    count: int
    trials: str
    message: str
    advice: str
    evidence: str
    excerpt: str


def failures(study: StudyRecord) -> list[Failure]:
    """What failed, the most frequent first."""
    alike: dict[tuple[str, str], list[TrialRecord]] = {}
    for trial in study.trials:
        if trial.state is TrialState.FAILED:
            alike.setdefault((trial.failure, trial.message), []).append(trial)
    ordered = sorted(alike.items(), key=lambda item: -len(item[1]))[:_MOST]
    return [_failure(study, kind, message, trials) for (kind, message), trials in ordered]


def _failure(study: StudyRecord, kind: str, message: str, trials: Sequence[TrialRecord]) -> Failure:
    path = evidence(trials[0].folder)
    named = ", ".join(str(one.number) for one in trials[:_NAMED])
    more = f" and {len(trials) - _NAMED} more" if len(trials) > _NAMED else ""
    place = str(path.relative_to(study.folder)) if path.is_relative_to(study.folder) else str(path)
    return Failure(kind, len(trials), f"{named}{more}", message, _ADVICE.get(kind, ""), place, _tail(path))


def _tail(path: Path) -> str:
    try:
        content = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
    return content if len(content) <= _TAIL else f"…{content[-_TAIL:]}"
