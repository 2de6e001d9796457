"""Where the time went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl.report.wording import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.records import StudyRecord


@dataclass(frozen=True)
class Resources:
    """Where the time went.

    Attributes:
        phases: Of the whole by the clock: name, time, share.
        facts: Names and values of the trials together.
    """

    phases: Sequence[tuple[str, str, float]]
    facts: Sequence[tuple[str, str]]


def resources(study: StudyRecord) -> Resources:
    """Where the time of a study went, as far as it got."""
    trials = [one for one in study.trials if one.seconds]
    busy, startup = sum(one.seconds for one in trials), sum(one.startup for one in trials)
    steps = sum(one.step for one in trials)
    facts = {
        "All trials together": duration(busy) if busy else "",
        "of that until training began": f"{duration(startup)} ({startup / busy:.0%})" if busy and startup else "",
        f"{study.unit.capitalize()}s": f"{steps:,}, {duration((busy - startup) / steps)} each"
        if steps and busy > startup
        else "",
        "The longest trial": _longest(study),
        "Largest model": _largest(study),
    }
    return Resources(_phases(study), [(name, value) for name, value in facts.items() if value])


def _phases(study: StudyRecord) -> list[tuple[str, str, float]]:
    """Pre-flight, search, final evaluation; nothing where a study was gone on with, whose parts lie hours apart."""
    ended = [one.started + one.seconds for one in study.trials if one.seconds]
    if study.resumed or not ended or not study.seconds:
        return []
    first = min(one.started for one in study.trials)
    search = max(ended) - first
    before = first - study.started
    after = study.seconds - search - before
    spans = [("Pre-flight: data, model, baseline, rehearsal", before), ("Search", search)]
    spans.append(("Final evaluation" if study.evaluation else "Ending", after))
    total = sum(max(0.0, seconds) for _, seconds in spans) or 1.0
    return [(name, duration(max(0.0, seconds)), max(0.0, seconds) / total) for name, seconds in spans]


def _longest(study: StudyRecord) -> str:
    longest = max(study.trials, key=lambda one: one.seconds, default=None)
    return f"trial {longest.number}, {duration(longest.seconds)}" if longest and longest.seconds else ""


def _largest(study: StudyRecord) -> str:
    largest = max(study.trials, key=lambda one: one.parameters, default=None)
    if largest is None or not largest.parameters:
        return ""
    return f"trial {largest.number}, {largest.parameters:,} parameters"
