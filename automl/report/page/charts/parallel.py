"""Parallel coordinates: every trial a line through the values of its parameters, to its objective.

Drawn of plain lines rather than by plotly's ``parcoords``, which needs WebGL: that is not there in every browser,
and not on paper.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from automl.report.page.axes import axes
from automl.report.page.charts.chart import (
    BLUE,
    ORANGE,
    Chart,
    about,
    complete,
    counted,
    focused,
    layout,
    text,
    thinned,
)
from automl.report.page.charts.importance import foremost
from automl.report.wording import score, short
from automl.space import Int

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.records import StudyRecord, TrialRecord
    from automl.report.page.axes import Axis

_MOST_AXES = 9
_MOST_TRIALS = 400
_BINS = 6
_ABSENT = -0.13
_LABELLED = 8
_SHIVER = 0.025
"""Lines through the same choice are drawn so far apart."""


def parallel(study: StudyRecord) -> Chart | None:
    """The complete trials as lines, the better the stronger; the best stands out."""
    trials, found = complete(study), axes(study)
    if len(trials) < 2 or not found:
        return None
    leading = foremost(study, _MOST_AXES)
    chosen = [one for one in found if one in leading]
    shown = thinned(study, trials, _MOST_TRIALS)
    left = (
        f" Of {len(found)} parameters the {len(chosen)} most important are drawn." if len(found) > len(chosen) else ""
    )
    drawn = _Lines(study, chosen, shown)
    return Chart(
        "parallel",
        "Parallel coordinates",
        "A line is a trial, through the values of its parameters to its objective; the better, the stronger."
        + left + counted(len(shown), len(trials)),
        drawn.traces(),
        layout(
            400,
            xaxis={"visible": False, "range": [-0.35, len(chosen) + 0.45], "fixedrange": True},
            yaxis={"visible": False, "range": [-0.2 if drawn.absent else -0.05, 1.16], "fixedrange": True},
            shapes=drawn.shapes(),
            annotations=drawn.annotations(),
            showlegend=False,
            margin={"l": 8, "r": 8, "t": 8, "b": 8},
        ),
        least=92 * (len(chosen) + 1),
    )  # fmt: skip


class _Lines:
    """The lines, and what stands at the axes."""

    def __init__(self, study: StudyRecord, chosen: Sequence[Axis], trials: Sequence[TrialRecord]) -> None:
        self._study, self._axes, self._trials = study, chosen, trials
        values = [one.value for one in trials if one.value is not None]
        focus, self.beyond = focused(study, values)
        self._low, self._high = focus.get("range", (min(values), max(values)))
        self._cut = min(values) < self._low, max(values) > self._high
        self.absent = any(axis.path not in one.params for axis in chosen for one in trials)

    def traces(self) -> list[dict[str, Any]]:
        """A trace for each of some bins by rank, the best last; a point tells what its trial is."""
        sign = 1.0 if self._study.direction == "maximize" else -1.0
        best = self._study.best
        ordered = sorted((one for one in self._trials if one is not best), key=lambda one: sign * (one.value or 0.0))
        edges = [round(place * len(ordered) / _BINS) for place in range(_BINS + 1)]
        bins = [(ordered[start:end], number) for number, (start, end) in enumerate(pairwise(edges)) if end > start]
        traces = [self._trace(some, BLUE, 1.3, 0.14 + 0.66 * number / (_BINS - 1)) for some, number in bins]
        return [*traces, *([self._trace([best], ORANGE, 3.0, 1.0)] if best in self._trials and best else [])]

    def shapes(self) -> list[dict[str, Any]]:
        """The axes."""
        return [
            {"type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "layer": "below"}
            for place in range(len(self._axes) + 1)
        ]

    def annotations(self) -> list[dict[str, Any]]:
        """Names above, values beside."""
        labels = [_note(place, 1.0, axis.label, above=True) for place, axis in enumerate(self._axes)]
        labels.append(_note(len(self._axes), 1.0, self._study.objective, above=True))
        for place, axis in enumerate(self._axes):
            labels += [_note(place, at, label) for at, label in _ticks(axis)]
        middle = (self._low + self._high) / 2.0
        ends = [(0.0, self._low), (0.5, middle), (1.0, self._high)] if self._high > self._low else [(0.5, self._low)]
        marks = {0.0: "≤ " if self._cut[0] else "", 1.0: "≥ " if self._cut[1] else ""}
        labels += [_note(len(self._axes), at, f"{marks.get(at, '')}{score(value)}") for at, value in ends]
        return [*labels, *([_note(0, _ABSENT, "not set")] if self.absent else [])]

    def _trace(self, trials: Sequence[TrialRecord], color: str, width: float, opacity: float) -> dict[str, Any]:
        x: list[float | None] = []
        y: list[float | None] = []
        told: list[str | None] = []
        for one in trials:
            x += [*range(len(self._axes) + 1), None]
            y += [*self._places(one), None]
            told += [about(self._study, one, one.value)] * (len(self._axes) + 1) + [None]
        return {
            "type": "scatter",
            "mode": "lines+markers",
            "x": x,
            "y": y,
            "text": told,
            "hovertemplate": "%{text}<extra></extra>",
            "line": {"color": color, "width": width},
            "marker": {"color": color, "size": 3 * width ** 0.5},
            "opacity": opacity,
        }  # fmt: skip

    def _places(self, trial: TrialRecord) -> list[float]:
        shiver = _SHIVER * math.sin(12.9898 * (trial.number + 1))
        places = []
        for axis in self._axes:
            place = axis.place(trial.params[axis.path]) if axis.path in trial.params else None
            places.append(round(_ABSENT if place is None else place + (shiver if _few(axis) else 0.0), 4))
        assert trial.value is not None
        span = self._high - self._low
        return [*places, round(min(1.0, max(0.0, (trial.value - self._low) / span)), 4) if span else 0.5]


def _few(axis: Axis) -> bool:
    """Whether many trials have the same value."""
    low, high = axis.ends
    return bool(axis.choices) or (isinstance(axis.parameter, Int) and high - low < 12 * axis.parameter.step)


def _ticks(axis: Axis) -> list[tuple[float, str]]:
    """Places and words along an axis."""
    if axis.choices:
        every = 1 + (len(axis.choices) - 1) // _LABELLED
        last = max(1, len(axis.choices) - 1)
        return [(number / last, label) for number, label in list(enumerate(axis.choices))[::every]]
    low, high = axis.ends
    middle = math.sqrt(low * high) if axis.is_log else (low + high) / 2.0
    return [(0.0, _number(low)), (0.5, _number(middle)), (1.0, _number(high))]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e6 else short(float(f"{value:.2g}"))


def _note(place: int, at: float, label: str, *, above: bool = False) -> dict[str, Any]:
    aside = {"xanchor": "center", "yanchor": "bottom", "yshift": 10} if above else {"xanchor": "left", "xshift": 5}
    size = {} if above else {"font": {"size": 11}}
    return {"x": place, "y": at, "text": text(label, 18), "showarrow": False, **aside, **size}
