"""What charts have in common: their colours, their words, and which trials they show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from automl.records import TrialState
from automl.report.wording import score, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from automl.objectives import Objective
    from automl.records import StudyRecord, TrialRecord

BLUE, ORANGE, GREY, RED, GREEN = "#3b82f6", "#f08c1b", "#8894a7", "#e5484d", "#2ea36b"
"""Seen well on white and on black."""

STATES = {TrialState.COMPLETE: BLUE, TrialState.PRUNED: GREY, TrialState.FAILED: RED, TrialState.RUNNING: GREEN}
MOST_TRIALS = 1000
"""Points of a chart: more are drawn slowly, and are not told apart."""

_MOST_WORDS = 12
_LONGEST = 40
_TICKS = 7
_SINGLE = 16
"""Whole numbers that are all told along an axis."""

_FEWEST = 6
"""Values from which some may be called far from the others."""

_PRESSED = 3.0
"""How much more of an axis outliers have to take before they are left out of sight."""

_DECADES = 20.0
"""Values that differ by more than this factor are drawn on a logarithmic scale."""


@dataclass(frozen=True)
class Chart:
    """A chart as plotly takes it, and what it shows in words.

    Attributes:
        kind: Its name, as ``study.plot`` takes it.
        title: Above it.
        caption: What is seen, for those who read and for those who do not see it.
        data: The traces, plain values.
        layout: The layout, plain values; colours that depend on light and dark are left to the page.
        least: Pixels that it needs in width.
    """

    kind: str
    title: str
    caption: str
    data: Sequence[Mapping[str, Any]]
    layout: Mapping[str, Any]
    least: int = 0


def layout(height: int, **keys: Any) -> dict[str, Any]:
    """A layout with the margins and the legend that all have."""
    return {
        "height": height,
        "autosize": True,
        "margin": {"l": 64, "r": 16, "t": 16, "b": 48},
        "hovermode": "closest",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.01, "xanchor": "left", "x": 0},
        **keys,
    }


def axis(title: str, values: Iterable[float | None] = (), **keys: Any) -> dict[str, Any]:
    """An axis: logarithmic where positive values lie far apart."""
    found = [value for value in values if value is not None and math.isfinite(value)]
    spread = bool(found) and min(found) > 0.0 and max(found) / min(found) > _DECADES
    kind = {"type": "log", **log_ticks(min(found), max(found))} if spread else {}
    return {"title": {"text": text(title)}, "automargin": True, **kind, **keys}


def counting(title: str, most: int, **keys: Any) -> dict[str, Any]:
    """An axis of whole numbers up to ``most``."""
    every = {"dtick": 1} if most < _SINGLE else {}
    return axis(title) | {"tickformat": "d", **every, **keys}


def scored(objective: Objective, values: Iterable[float | None], **keys: Any) -> dict[str, Any]:
    """The axis of an objective: logarithmic only where less is better, since a share of 1 is no matter of decades."""
    return axis(objective.metric, values if objective.direction == "minimize" else (), **keys)


def log_ticks(low: float, high: float, most: int = _TICKS) -> dict[str, Any]:
    """At most so many round numbers along a logarithmic axis, each written out."""
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [float(f"{step}e{decade}") for decade in decades for step in steps]
        ticks = [tick for tick in ticks if low / 2.0 <= tick <= high * 2.0]
        if len(ticks) <= most:
            break
    ticks = ticks[:: 1 + (len(ticks) - 1) // most]
    return {"tickvals": ticks, "ticktext": [f"{tick:,.10g}" if 1e-4 <= tick < 1e6 else f"{tick:.0e}" for tick in ticks]}


def focused(study: StudyRecord, values: Sequence[float | None]) -> tuple[dict[str, Any], str]:
    """The range of an axis of the objective that lets the good trials be told apart, and a sentence of what is beyond.

    What is worse than most by far (Tukey's outer fence) would press all others together. A double click shows it.
    """
    sign = -1.0 if study.direction == "maximize" else 1.0
    losses = sorted(sign * value for value in values if value is not None)
    if len(losses) < _FEWEST:
        return {}, ""
    first, third = losses[len(losses) // 4], losses[3 * len(losses) // 4]
    fence = third + 3.0 * (third - first)
    within = [loss for loss in losses if loss <= fence]
    beyond = len(losses) - len(within)
    if not beyond or third == first or losses[-1] - losses[0] < _PRESSED * (within[-1] - within[0]):
        return {}, ""
    margin = 0.08 * (within[-1] - within[0])
    ends = sorted((sign * (within[0] - margin), sign * (within[-1] + margin)))
    told = f" {beyond} trial{'s lie' if beyond > 1 else ' lies'} beyond the axis; a double click shows all."
    return {"range": ends, "type": "linear", "tickvals": None, "ticktext": None}, told


def text(value: Any, longest: int = _LONGEST) -> str:
    """Anything as plotly shows it literally: its marks are escaped, and it is cut where it is long."""
    found = short(value)
    return escape(found if len(found) <= longest else f"{found[: longest - 1]}…", quote=False)


def finite(value: float | None) -> float | None:
    """A number that JSON can tell."""
    return value if value is not None and math.isfinite(value) else None


def about(study: StudyRecord, trial: TrialRecord, value: float | None) -> str:
    """What is said of a trial under the pointer."""
    params = list(trial.params.items())
    lines = [f"{text(path.rpartition('.')[2])}: {text(one)}" for path, one in params[:_MOST_WORDS]]
    more = [f"and {len(params) - _MOST_WORDS} more"] if len(params) > _MOST_WORDS else []
    head = f"<b>trial {trial.number}</b>, {text(trial.outcome)}"
    return "<br>".join([head, f"{text(study.objective)}: {score(value) or 'none'}", *lines, *more])


def complete(study: StudyRecord) -> list[TrialRecord]:
    """The trials with a finite objective, by number."""
    return [
        trial
        for trial in study.trials
        if trial.state is TrialState.COMPLETE and trial.value is not None and math.isfinite(trial.value)
    ]


def thinned(study: StudyRecord, trials: Sequence[TrialRecord], most: int = MOST_TRIALS) -> list[TrialRecord]:
    """As many as can be shown, by number: the better half of them the best ones, the others evenly of the rest."""
    if len(trials) <= most:
        return list(trials)
    places = {trial.number: place for place, trial in enumerate(study.ranked)}
    ordered = sorted(trials, key=lambda one: places.get(one.number, len(places)))
    leading, rest = ordered[: most // 2], sorted(ordered[most // 2 :], key=lambda one: one.number)
    count = most - len(leading)
    others = [rest[place * len(rest) // count] for place in range(count)]
    return sorted([*leading, *others], key=lambda one: one.number)


def counted(shown: int, there: int) -> str:
    """The sentence that tells that some are left out; empty where none is."""
    return "" if shown == there else f" Drawn are {shown:,} of {there:,} trials: the best, and others evenly chosen."
