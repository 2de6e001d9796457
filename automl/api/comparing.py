"""Two studies of one configuration beside each other: scores, and what else differs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from automl.records import StudyRecord

_CLOCKS = frozenset({"seconds", "latency_ms", "train_seconds", "steps_per_second"})
"""Metrics that no machine gives twice."""


@dataclass(frozen=True)
class Compared:
    """A score of both.

    Attributes:
        name: Such as ``test accuracy``.
        then: Of the earlier study.
        now: Of the later one.
        leading: Whether it is one that the study is told by: its objective, or its task's first metric.
    """

    name: str
    then: float
    now: float
    leading: bool = False

    @property
    def difference(self) -> float:
        """As a share of the larger; 0 where both are the same, infinite where one alone is no number."""
        if self.then == self.now or (math.isnan(self.then) and math.isnan(self.now)):
            return 0.0
        gap = abs(self.then - self.now) / max(abs(self.then), abs(self.now))
        return gap if math.isfinite(gap) else math.inf


def compared(then: StudyRecord, now: StudyRecord) -> tuple[Compared, ...]:
    """The objective, and the scores of the final evaluations on validation and test part.

    Those of what was handed back where that is the same in both, else those of the best single models.
    """
    return tuple(_scores(then, now))


def _scores(then: StudyRecord, now: StudyRecord) -> Iterator[Compared]:
    assert then.best is not None
    assert now.best is not None
    if then.objective not in _CLOCKS and then.best.value is not None and now.best.value is not None:
        yield Compared(then.objective, then.best.value, now.best.value, leading=True)
    if then.evaluation is None or now.evaluation is None:
        return
    forms = {one.handed.form for one in (then, now) if one.handed is not None}
    for part in ("validation", "test"):
        if len(forms) > 1:
            before, after = then.evaluation.alone(part), now.evaluation.alone(part)
        else:
            before, after = getattr(then.evaluation, part), getattr(now.evaluation, part)
        for name in before:
            if name in after:
                yield Compared(f"{part} {name}", before[name], after[name], leading=name == then.task.metric)


def differences(then: StudyRecord, now: StudyRecord) -> tuple[str, ...]:
    """What may explain that scores differ: data, versions, commit, processor, runner."""
    pairs = [
        ("the data's fingerprint", _fingerprint(then), _fingerprint(now)),
        ("the commit", then.git_commit, now.git_commit),
        *((name, then.environment.get(name, ""), now.environment.get(name, "")) for name in _names(then, now)),
        *_runner(then, now),
    ]
    return tuple(
        f"{what}: {before or 'none'} then, {after or 'none'} now" for what, before, after in pairs if before != after
    )


def same_trials(then: StudyRecord, now: StudyRecord) -> tuple[str, ...]:
    """How many trials of two searches are the same."""
    pairs = list(zip(then.trials, now.trials, strict=False))
    proposed = sum(one.params == other.params for one, other in pairs)
    scored = sum(one.params == other.params and one.value == other.value for one, other in pairs)
    return (f"Of {len(then.trials)} trials {proposed} had the same parameters, {scored} the same value too.",)


def _names(then: StudyRecord, now: StudyRecord) -> list[str]:
    return [name for name in now.environment if name in then.environment] if then.environment else []


def _fingerprint(record: StudyRecord) -> str:
    return record.spec.fingerprint if record.spec else ""


def _runner(then: StudyRecord, now: StudyRecord) -> Iterator[tuple[str, str, str]]:
    assert then.best is not None
    assert now.best is not None
    before: Mapping[str, object] = then.best.config["runner"]
    after: Mapping[str, object] = now.best.config["runner"]
    for key in ("name", "cpus_per_trial", "gpus_per_trial"):
        if before.get(key) is not None and before.get(key) != after.get(key):
            yield f"runner.{key}", str(before.get(key)), str(after.get(key))
