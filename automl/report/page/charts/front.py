"""The Pareto front of a study with several objectives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.report.page.charts.chart import (
    BLUE,
    GREY,
    ORANGE,
    Chart,
    complete,
    counted,
    finite,
    focused,
    layout,
    scored,
    text,
    thinned,
)
from automl.report.wording import objectives

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.records import StudyRecord, TrialRecord

_WORDS = {"maximize": "the more the better", "minimize": "the less the better"}


def front(study: StudyRecord) -> Chart | None:
    """Trials by the first two objectives; of more, the others are told under the pointer."""
    if not study.further:
        return None
    trials = [one for one in complete(study) if all(finite(value) is not None for value in study.values(one))]
    if not trials:
        return None
    numbers = {one.number for one in study.front}
    shown = thinned(study, trials)
    leading = sorted((one for one in shown if one.number in numbers), key=lambda one: study.values(one)[1])
    others = [one for one in shown if one.number not in numbers]
    vertical, across = study.objectives[:2]
    shape = "hv" if across.direction == "minimize" else "vh"
    line = {"line": {"shape": shape, "color": BLUE, "width": 1.5}, "mode": "lines+markers"}
    line = line if len(study.objectives) == 2 else {"mode": "markers"}  # of more, the front is no line in a plane
    chosen = study.best
    best = [one for one in leading if one is chosen]
    traces = [
        {**_dots(study, others, GREY, 7), "name": f"dominated ({len(others)})", "mode": "markers"},
        {**_dots(study, leading, BLUE, 10), "name": f"Pareto front ({len(leading)})", **line},
        {**_dots(study, best, ORANGE, 13), "name": "best", "mode": "markers"},
    ]
    values = [study.values(one) for one in shown]
    focus, beyond = focused(study, [one[0] for one in values])
    return Chart(
        "front",
        "Pareto front",
        f"Complete trials by {vertical.metric} ({_WORDS[vertical.direction]}) and {across.metric}"
        f" ({_WORDS[across.direction]}); no trial is better in all objectives than one of the front."
        + beyond
        + counted(len(shown), len(trials)),
        [trace for trace in traces if trace["x"]],
        layout(
            400,
            xaxis=scored(across, [one[1] for one in values]),
            yaxis=scored(vertical, [one[0] for one in values]) | focus,
        ),
    )


def _dots(study: StudyRecord, trials: Sequence[TrialRecord], color: str, size: int) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": [study.values(one)[1] for one in trials],
        "y": [study.values(one)[0] for one in trials],
        "text": [_about(study, one) for one in trials],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"color": color, "size": size},
    }


def _about(study: StudyRecord, trial: TrialRecord) -> str:
    told = zip(study.objectives, objectives(study, trial), strict=True)
    params = [f"{text(path.rpartition('.')[2])}: {text(value)}" for path, value in list(trial.params.items())[:12]]
    lines = [f"{text(one.metric)}: <b>{value}</b>" for one, value in told]
    return "<br>".join([f"<b>trial {trial.number}</b>", *lines, *params])
