"""The objective by trial, in the order in which trials began."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.records import TrialState
from automl.report.page.charts.chart import (
    BLUE,
    GREY,
    ORANGE,
    RED,
    Chart,
    about,
    complete,
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

_MARKS = {
    TrialState.COMPLETE: {"color": BLUE, "size": 8, "opacity": 0.85},
    TrialState.PRUNED: {"color": GREY, "size": 8, "symbol": "circle-open"},
    TrialState.FAILED: {"color": RED, "size": 9, "symbol": "x-thin-open", "line": {"width": 2}},
}


def history(study: StudyRecord) -> Chart | None:
    """Every trial's objective, those that ended early by the latest that they reported, and the best so far."""
    shown = thinned(study, study.trials)
    values = {one.number: last_value(study, one) for one in shown}
    if sum(value is not None for value in values.values()) < 2:
        return None
    traces = [_marks(study, state, shown, values) for state in _MARKS]
    traces = [trace for trace in traces if trace["x"]]
    line = _best_so_far(study)
    drawn = [value for value in values.values() if value is not None]
    focus, beyond = focused(study, drawn)
    return Chart(
        "history",
        "Optimisation history",
        f"{study.objective} of each trial in the order in which they began, and the best so far."
        " Pruned and failed trials stand where they were last heard of."
        + beyond
        + counted(len(shown), len(study.trials)),
        [*traces, *line],
        layout(
            360,
            xaxis=counting("trial", study.trials[-1].number, rangemode="nonnegative"),
            yaxis=scored(study.objectives[0], drawn) | focus,
        ),
    )


def last_value(study: StudyRecord, trial: TrialRecord) -> float | None:
    """The objective of a trial, or the latest that it reported; None where there is none, or none that is finite."""
    return finite(trial.value if trial.value is not None else trial.metrics.get(study.objective))


def _marks(
    study: StudyRecord, state: TrialState, shown: Sequence[TrialRecord], values: dict[int, float | None]
) -> dict[str, Any]:
    trials = [one for one in shown if one.state is state and values[one.number] is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": str(state),
        "x": [one.number for one in trials],
        "y": [values[one.number] for one in trials],
        "text": [about(study, one, values[one.number]) for one in trials],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": _MARKS[state],
    }


def _best_so_far(study: StudyRecord) -> list[dict[str, Any]]:
    """A step wherever a trial was better than all before it."""
    sign = -1.0 if study.direction == "maximize" else 1.0
    steps: list[tuple[int, float]] = []
    for one in complete(study):
        assert one.value is not None
        if not steps or sign * one.value < sign * steps[-1][1]:
            steps.append((one.number, one.value))
    if not steps:
        return []
    steps.append((study.trials[-1].number, steps[-1][1]))
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "best so far",
            "x": [number for number, _ in steps],
            "y": [value for _, value in steps],
            "line": {"shape": "hv", "color": ORANGE, "width": 2},
            "hovertemplate": f"best so far: %{{y:.4~f}}<extra>{text('')}</extra>",
        }
    ]
