"""Which parameters matter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from automl.report.page.axes import axes
from automl.report.page.charts.chart import BLUE, Chart, axis, complete, layout, text
from automl.report.page.importance import importances, top_share

if TYPE_CHECKING:
    from automl.records import StudyRecord
    from automl.report.page.axes import Axis

_FEWEST = 4
"""Trials from which anything can be told."""

_MANY = 50
_MOST = 20


def weights(study: StudyRecord) -> dict[str, float]:
    """The importance of each searched parameter by its path, the greatest first; all 0 where nothing can be told."""
    trials = complete(study)
    found = axes(study)
    if len(trials) < _FEWEST:
        return {one.path: 0.0 for one in found}
    sign = -1.0 if study.direction == "maximize" else 1.0
    losses = [sign * one.value for one in trials if one.value is not None]
    return importances(found, [one.params for one in trials], losses, top_share(len(trials)))


def foremost(study: StudyRecord, most: int) -> list[Axis]:
    """As many of the searched parameters, the most important first."""
    order = list(weights(study))[:most]
    return sorted((one for one in axes(study) if one.path in order), key=lambda one: order.index(one.path))


def importance(study: StudyRecord) -> Chart | None:
    """A bar for each searched parameter, by how much it has to do with a trial being among the best."""
    found = list(weights(study).items())[:_MOST]
    if len(found) < 2 or not any(value > 0.0 for _, value in found):
        return None
    labels = {one.path: one.label for one in axes(study)}
    found.reverse()  # plotly draws from below
    trials = len(complete(study))
    few = f" With {trials} complete trials this is a rough indication." if trials < _MANY else ""
    count = math.ceil(top_share(trials) * trials)
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [round(value, 4) for _, value in found],
        "y": [text(labels[path]) for path, _ in found],
        "customdata": [text(path, 80) for path, _ in found],
        "text": [f"{value:.0%}" for _, value in found],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{customdata}: %{x:.1%}<extra></extra>",
        "marker": {"color": BLUE},
    }
    return Chart(
        "importance",
        "Parameter importance",
        f"How much each parameter has to do with a trial being among the best {count} of {trials} (PED-ANOVA),"
        f" as shares of 1.{few}",
        [bars],
        layout(
            110 + 30 * len(found),
            xaxis=axis("importance", tickformat=".0%", rangemode="tozero"),
            yaxis={"type": "category", "automargin": True, "ticksuffix": "  "},
            margin={"l": 16, "r": 48, "t": 8, "b": 48},
        ),
    )
