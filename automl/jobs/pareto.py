"""The figure of a study with several objectives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from automl.jobs.results import Point
    from automl.objectives import Objective

_BLUE, _GREY = "#2b6cb0", "#a0aec0"
_DECADES = 10.0
"""Values that differ by more than this factor are drawn on a logarithmic scale."""
_THOUSANDS = 10_000
_NAMED = 12
_WORDS = {"maximize": "the more the better", "minimize": "the less the better"}


def pareto(objectives: Sequence[Objective], points: Sequence[Point], folder: Path) -> None:
    """Draw trials by the first two objectives, the front as steps with its trials' numbers: ``pareto.png``.

    Args:
        objectives: Two or more.
        points: The complete trials.
        folder: Where the figure goes.
    """
    vertical, horizontal = objectives[:2]
    front = sorted((one for one in points if one.front), key=lambda one: (one.values[1], one.values[0]))
    others = [one for one in points if not one.front]
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    if others:
        label = f"dominated ({len(others)})"
        axes.scatter(_of(others, 1), _of(others, 0), s=22, color=_GREY, linewidths=0, label=label)
    if len(objectives) == 2:  # of more, the front is no line in a plane
        where: Literal["pre", "post"] = "post" if horizontal.direction == "minimize" else "pre"
        axes.step(_of(front, 1), _of(front, 0), where=where, color=_BLUE, linewidth=1.4, alpha=0.7)
    axes.scatter(_of(front, 1), _of(front, 0), s=36, color=_BLUE, label=f"Pareto front ({len(front)})", zorder=3)
    # Towards what would be better in both there is no other trial.
    aside = -5 if horizontal.direction == "minimize" else 5, 4 if vertical.direction == "maximize" else -12
    for one in front[:: 1 + (len(front) - 1) // _NAMED]:
        at = (one.values[1], one.values[0])
        align = "right" if aside[0] < 0 else "left"
        axes.annotate(f"{one.number}", at, xytext=aside, textcoords="offset points", fontsize=8, ha=align)
    for values, scale, axis in (
        (_of(points, 1), axes.set_xscale, axes.xaxis),
        (_of(points, 0), axes.set_yscale, axes.yaxis),
    ):
        if min(values) > 0 and max(values) / min(values) > _DECADES:
            scale("log")
        elif max(values) >= _THOUSANDS:
            axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set(xlabel=_label(horizontal), ylabel=_label(vertical), title=f"{len(points)} complete trials")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25, which="both")
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(folder / "pareto.png", dpi=150)


def _of(points: Sequence[Point], objective: int) -> list[float]:
    return [one.values[objective] for one in points]


def _label(objective: Objective) -> str:
    return f"{objective.metric} ({_WORDS[objective.direction]})"
