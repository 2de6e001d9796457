"""Slices: the objective over each parameter alone."""

from __future__ import annotations

import math
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
    log_ticks,
    scored,
    text,
    thinned,
)
from automl.report.page.charts.importance import foremost
from automl.space import Int

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.records import StudyRecord, TrialRecord
    from automl.report.page.axes import Axis

_COLUMNS = 3
_MOST = 12
_MOST_TRIALS = 500
_HEIGHT = 250
_TICKS = 4
_SINGLE = 8
"""Steps of whole numbers that are all told below a panel."""


def slices(study: StudyRecord) -> Chart | None:
    """A panel for each parameter with the complete trials in it, the most important first."""
    trials, found = complete(study), axes(study)
    if len(trials) < 2 or not found:
        return None
    chosen = foremost(study, _MOST)
    shown = thinned(study, trials, _MOST_TRIALS)
    left = f" Of {len(found)} parameters the {len(chosen)} most important." if len(found) > len(chosen) else ""
    columns = min(_COLUMNS, len(chosen))
    rows = -(-len(chosen) // columns)
    panels = {f"xaxis{place + 1 if place else ''}": _across(one) for place, one in enumerate(chosen)}
    values = [one.value for one in shown]
    focus, beyond = focused(study, values)
    ups = {
        f"yaxis{place + 1 if place else ''}": _up(study, values, place, columns) | focus for place in range(len(chosen))
    }
    return Chart(
        "slice",
        "Slices",
        f"{study.objective} over each parameter; a dot is a complete trial, the best in orange."
        + left + beyond + counted(len(shown), len(trials)),
        [trace for place, one in enumerate(chosen) for trace in _dots(study, one, shown, place)],
        layout(
            _HEIGHT * rows + 20,
            grid={"rows": rows, "columns": columns, "pattern": "independent", "xgap": 0.08, "ygap": 0.32},
            showlegend=False,
            **panels,
            **ups,
        ),
        least=210 * columns,
    )  # fmt: skip


def _across(one: Axis) -> dict[str, Any]:
    """A parameter's axis, over all of its space."""
    title: dict[str, Any] = {"title": {"text": text(one.label), "standoff": 6}, "zeroline": False}
    low, high = one.ends
    if one.choices:
        labels = [text(choice, 14) for choice in one.choices]
        return title | {"tickvals": list(range(len(labels))), "ticktext": labels, "range": [-0.5, high + 0.5]}
    span = [math.log10(low), math.log10(high)] if one.is_log else [low, high]
    margin = 0.05 * (span[1] - span[0])
    title["range"] = [span[0] - margin, span[1] + margin]
    if one.is_log:
        return title | {"type": "log", **log_ticks(low, high, _TICKS)}
    if not isinstance(one.parameter, Int):
        return title | {"nticks": 6}
    step = one.parameter.step
    return title | {"tickformat": "d", **({"dtick": step} if high - low < _SINGLE * step else {})}


def _up(study: StudyRecord, values: Sequence[float | None], place: int, columns: int) -> dict[str, Any]:
    """All have the scale of the first; the leftmost ones tell it."""
    title = study.objective if place % columns == 0 else ""
    keys = {"title": {"text": text(title)}, "showticklabels": not place % columns, "zeroline": False}
    return scored(study.objectives[0], values) | keys | ({"matches": "y"} if place else {})


def _dots(study: StudyRecord, one: Axis, trials: Sequence[TrialRecord], place: int) -> list[dict[str, Any]]:
    has = [trial for trial in trials if one.path in trial.params and one.place(trial.params[one.path]) is not None]
    best = study.best
    kinds = (
        ([trial for trial in has if trial is not best], {"color": BLUE, "size": 7, "opacity": 0.6}),
        ([trial for trial in has if trial is best], {"color": ORANGE, "size": 10}),
    )
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [one.number(trial.params[one.path]) for trial in some],
            "y": [trial.value for trial in some],
            "text": [about(study, trial, trial.value) for trial in some],
            "hovertemplate": "%{text}<extra></extra>",
            "marker": marker,
            "xaxis": f"x{place + 1 if place else ''}",
            "yaxis": f"y{place + 1 if place else ''}",
        }
        for some, marker in kinds
        if some
    ]
