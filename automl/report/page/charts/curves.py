"""Learning curves: the objective by epoch of every trial, and how the best one learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.objectives import Objective
from automl.records import TrialState
from automl.report.page.charts.chart import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    Chart,
    counted,
    counting,
    finite,
    focused,
    layout,
    scored,
    text,
    thinned,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.records import StudyRecord, TrialRecord

_MOST = 60
"""Curves, beyond which they hide each other."""

_POINTS = 120
_LINES = {
    TrialState.COMPLETE: {"color": BLUE, "width": 1.4},
    TrialState.PRUNED: {"color": GREY, "width": 1.2, "dash": "dot"},
    TrialState.FAILED: {"color": RED, "width": 1.4, "dash": "dash"},
    TrialState.RUNNING: {"color": GREY, "width": 1.2},
}


def curves(study: StudyRecord) -> Chart | None:
    """The objective by epoch of every trial; the best stands out."""
    told = [one for one in study.trials if _told(one, study.objective)]
    shown = thinned(study, told, _MOST)
    if not any(_told(one, study.objective) > 1 for one in shown):
        return None
    best = study.best
    traces = [_curve(study, one) for one in shown if one is not best]
    named: set[TrialState] = set()
    for trace, one in zip(traces, [one for one in shown if one is not best], strict=True):
        trace.update(name=str(one.state), legendgroup=str(one.state), showlegend=one.state not in named)
        named.add(one.state)
    if best is not None and best in shown:
        marked = {"color": ORANGE, "width": 3}
        traces.append({**_curve(study, best), "name": f"best: trial {best.number}", "line": marked, "opacity": 1.0})
    values = [value for trace in traces for value in trace["y"]]
    focus, beyond = _focused(study, traces)
    mean = ", the mean so far" if study.folds > 1 else ""
    return Chart(
        "curves",
        "Learning curves of the trials",
        f"{study.objective} by {study.unit}{mean}. A curve is a trial; the best stands out, pruned ones are dotted."
        + beyond
        + counted(len(shown), len(told)),
        traces,
        layout(360, xaxis=counting(study.unit, _last(traces)), yaxis=scored(study.objectives[0], values) | focus),
    )


def best_curves(study: StudyRecord) -> Chart | None:
    """Loss and objective of the best trial by epoch, on what it learned from and on what it did not."""
    best = study.best
    if best is None or study.folds > 1:  # each of its models has a curve of its own
        return None
    names = dict.fromkeys(["loss", study.objective.removeprefix("val_")])
    panels = [name for name in names if max(_told(best, name), _told(best, f"val_{name}")) > 1]
    if not panels:
        return None
    drawn = [trace for place, name in enumerate(panels) for trace in _sides(best, name, place)]
    keys: dict[str, Any] = {}
    for place, name in enumerate(panels):
        values = [value for trace in drawn if trace["yaxis"] == _id("y", place) for value in trace["y"]]
        objective = Objective(name, "minimize" if name == "loss" else study.direction)
        keys[_id("xaxis", place)] = counting("epoch", _last(drawn))
        keys[_id("yaxis", place)] = scored(objective, values)
    if len(panels) > 1:
        keys["grid"] = {"rows": 1, "columns": len(panels), "pattern": "independent", "xgap": 0.18}
    kept = f" the weights of epoch {best.best_step}, at the dotted line, were kept." if best.best_step else ""
    told = " and ".join(panels)
    return Chart(
        "best",
        f"How trial {best.number}, the best, learned",
        f"{told[:1].upper()}{told[1:]} by epoch, on the train and on the validation part;{kept}".rstrip(";"),
        drawn,
        layout(320, shapes=[_kept(best, place) for place in range(len(panels)) if best.best_step], **keys),
        least=300 * len(panels),
    )


def _sides(trial: TrialRecord, name: str, place: int) -> list[dict[str, Any]]:
    """A metric on both parts, as far as it was told."""
    lines = ((name, "train", BLUE), (f"val_{name}", "validation", ORANGE))
    return [
        {
            **_line(trial, metric),
            "name": label,
            "legendgroup": label,
            "showlegend": place == 0,
            "line": {"color": color, "width": 2},
            "xaxis": _id("x", place),
            "yaxis": _id("y", place),
        }
        for metric, label, color in lines
        if _told(trial, metric) > 1
    ]


def _kept(trial: TrialRecord, place: int) -> dict[str, Any]:
    """A line at the epoch whose weights were kept."""
    at = {"x0": trial.best_step, "x1": trial.best_step, "y0": 0, "y1": 1}
    refs = {"xref": _id("x", place), "yref": f"{_id('y', place)} domain"}
    return {"type": "line", **at, **refs, "line": {"dash": "dot", "width": 1.5, "color": GREY}}


def _id(name: str, place: int) -> str:
    return f"{name}{place + 1}" if place else name


def _curve(study: StudyRecord, trial: TrialRecord) -> dict[str, Any]:
    return {**_line(trial, study.objective, study.unit), "line": _LINES[trial.state], "opacity": 0.65}


def _line(trial: TrialRecord, metric: str, unit: str = "epoch") -> dict[str, Any]:
    rows = _spread([row for row in trial.history if metric in row])
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(rows) == 1 else "lines",
        "x": [int(row["step"]) for row in rows],
        "y": [finite(row[metric]) for row in rows],
        "hovertemplate": f"trial {trial.number}, {unit} %{{x}}: %{{y:.4~f}}<extra></extra>",
        "meta": text(metric),
    }


def _told(trial: TrialRecord, metric: str) -> int:
    """How often a trial told a finite value of a metric."""
    return sum(finite(row.get(metric)) is not None for row in trial.history)


def _focused(study: StudyRecord, traces: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], str]:
    """As ``focused`` has it by where curves end, with room for how those that end well began."""
    ended = [trace["y"][-1] for trace in traces]
    focus, told = focused(study, ended)
    if not focus:
        return {}, ""
    low, high = focus["range"]
    within = [trace["y"] for trace, end in zip(traces, ended, strict=True) if end is not None and low <= end <= high]
    values = [value for curve in within for value in curve if value is not None]
    return focus | {"range": [min(low, *values), max(high, *values)]}, told


def _last(traces: Sequence[dict[str, Any]]) -> int:
    return max(int(trace["x"][-1]) for trace in traces if trace["x"])


def _spread(rows: Sequence[Any]) -> list[Any]:
    """At most so many rows, the first and the last among them."""
    if len(rows) <= _POINTS:
        return list(rows)
    return [rows[place * (len(rows) - 1) // (_POINTS - 1)] for place in range(_POINTS)]
