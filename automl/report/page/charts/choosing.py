"""Charts by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.report.page.charts.curves import curves
from automl.report.page.charts.front import front
from automl.report.page.charts.history import history
from automl.report.page.charts.importance import importance
from automl.report.page.charts.parallel import parallel
from automl.report.page.charts.slices import slices
from automl.report.page.charts.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.records import StudyRecord
    from automl.report.page.charts.chart import Chart

KINDS: dict[str, tuple[Callable[[StudyRecord], Chart | None], str]] = {
    "history": (history, "fewer than two trials have reported their objective"),
    "importance": (importance, "it needs four complete trials, and two parameters that were searched"),
    "parallel": (parallel, "it needs two complete trials, and a parameter that was searched"),
    "slice": (slices, "it needs two complete trials, and a parameter that was searched"),
    "curves": (curves, "no trial has reported its objective"),
    "front": (front, "it needs several objectives, and a complete trial"),
    "timeline": (timeline, "no trial has begun"),
}
"""What makes each, and why it may have nothing to show."""


def chart(study: StudyRecord, kind: str) -> Chart | None:
    """The chart of a kind out of ``KINDS``; None where there is nothing to be seen."""
    make, _ = KINDS[kind]
    return make(study)
