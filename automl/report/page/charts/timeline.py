"""What ran when, and where."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from automl.records import TrialState
from automl.report.page.charts.chart import ORANGE, STATES, Chart, counted, layout, text, thinned
from automl.report.wording import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.records import StudyRecord, TrialRecord

_UNITS = ((7200.0, 3600.0, "hours"), (180.0, 60.0, "minutes"), (0.0, 1.0, "seconds"))


def timeline(study: StudyRecord) -> Chart | None:
    """A bar for each trial from its start to its end, a row for each that ran beside others."""
    shown = thinned(study, [one for one in study.trials if one.started])
    if not shown:
        return None
    lanes = _lanes(shown)
    end = max(_end(one) for one in shown) - study.started
    unit, words = next((unit, name) for least, unit, name in _UNITS if end >= least)
    best = study.best
    others = [one for one in shown if one is not best]
    kinds = [
        ("best", ORANGE, [one for one in shown if one is best]),
        *((str(state), color, [one for one in others if one.state is state]) for state, color in STATES.items()),
    ]
    bars = [_bars(study, name, color, some, lanes, unit) for name, color, some in kinds if some]
    rows = 1 + max(lanes.values())
    return Chart(
        "timeline",
        "Timeline",
        "A bar is a trial, from its start to its end; rows are trials that ran side by side. The best is in orange."
        + counted(len(shown), len(study.trials)),
        bars,
        layout(
            120 + 34 * rows,
            barmode="overlay",
            bargap=0.25,
            xaxis={"title": {"text": f"{words} since the study began"}, "rangemode": "tozero", "automargin": True},
            yaxis={
                "title": {"text": "slot"},
                "tickvals": list(range(1, rows + 1)),
                "autorange": "reversed",
                "showgrid": False,
            },
        ),
    )


def _bars(
    study: StudyRecord, name: str, color: str, trials: Sequence[TrialRecord], lanes: dict[int, int], unit: float
) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "base": [round((one.started - study.started) / unit, 4) for one in trials],
        "x": [round((_end(one) - one.started) / unit, 4) for one in trials],
        "y": [lanes[one.number] + 1 for one in trials],
        "text": [_about(one, study.unit) for one in trials],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": color, "line": {"width": 0}, "opacity": 0.9},
    }


def _about(trial: TrialRecord, unit: str) -> str:
    started = f"<br>ready after {duration(trial.startup)}" if trial.startup else ""
    head = f"<b>trial {trial.number}</b>, {text(trial.outcome)}"
    return f"{head}<br>{duration(_end(trial) - trial.started)}, {trial.step} {unit}s{started}"


def _end(trial: TrialRecord) -> float:
    return trial.started + (trial.seconds or (trial.ran(time.time()) if trial.state is TrialState.RUNNING else 0.0))


def _lanes(trials: Sequence[TrialRecord]) -> dict[int, int]:
    """The row of each trial: the first in which nothing else ran at its time."""
    free: list[float] = []
    lanes: dict[int, int] = {}
    for one in sorted(trials, key=lambda trial: trial.started):
        lane = next((place for place, until in enumerate(free) if until <= one.started + 0.05), len(free))
        free[lane : lane + 1] = [_end(one)]
        lanes[one.number] = lane
    return lanes
