"""Prepared pages of MLflow's UI: what its "saved views" keep, as experiment tags that an address opens by their key.

The shape is that of MLflow 3.17's ``ExperimentPageUIState`` and ``savedViewEnvelope`` (TypeScript). What a later
version does not know it leaves aside, and shows its own default.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any

from automl.objectives import MEASURED
from automl.tracking import limits
from automl.tracking.operations import STUDY, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from automl.records import StudyRecord

TAG = "mlflow.sharedViewState."
"""The experiment tag of a view is this and its key."""

STUDIES = "studies"
"""Key of the view that compares the studies of an experiment."""

BEST = ".best"
"""Behind the name of a metric by epoch: its value at the trial's best one. MLflow shows the latest value of each, and
charts beside each other what is beside each other in the alphabet."""

OBJECTIVE, TEST, BASELINE = "objective", "test", "baseline"
"""Metrics that runs of any task have."""

RUN, EXPERIMENT = "{run}", "{experiment}"
"""In a view's state and in a description, ids that the store gives: of the run that it is about, of its experiment."""

TRAINING, SHARED, CHARTS = "workflowType=machine_learning", "viewStateShareKey", "compareRunsMode=CHART"
"""In an address: the pages for training (without it those for language models open), a view, its charts."""

_COLUMNS, _AXES, _SLICES = 60, 12, 6
"""More parameters than these are columns of no table, axes of no chart, charts of their own."""

_SECTION = "section {}"
_OTHERS = ("Model metrics", "System metrics")
"""Sections that MLflow makes by itself, by their names."""

_DURATION = "attributes.`Duration`"
_GRID = {_DURATION: "duration"}
"""Columns that are chosen by one name, and placed by another."""

_NUMBER_WIDTH, _LETTER, _MARGIN, _WIDEST = 104, 7, 30, 240
"""Pixels of a column of numbers, and of one that its title decides."""


def key(study: str) -> str:
    """The key of the view of a study's trials, of its id."""
    return study[:8]


def trials(study: StudyRecord, ident: str) -> View:
    """The trials of a study alone, the best first: a table of what was searched, and charts.

    Args:
        study: At least one of its trials has begun.
        ident: The study's id in the store.
    """
    params = _searched(study)
    objectives = [OBJECTIVE, *(one.metric if one.metric in MEASURED else one.metric + BEST for one in study.further)]
    columns = [
        *(_column("metrics", limits.entry_name(name)) for name in objectives),
        _column("tags", "automl.state"),
        _DURATION,
        *(_column("params", name) for name in params[:_COLUMNS]),
    ]
    state = {
        **_table(f"tags.mlflow.parentRunId = '{RUN}'", _column("metrics", OBJECTIVE), study.direction, columns),
        **_charts(
            {
                "Learning curves": [_line(metric) for metric in _curves(study)],
                "Search": [_parallel(_shared(study, params)[:_AXES], objectives)] if params else [],
                "Objective by parameter": [_scatter(name) for name in params[:_SLICES]],
            }
        ),
    }
    return View(STUDY, key(ident), f"{study.name}: trials by {study.objective}", int(study.started * 1000), state)


def studies(study: StudyRecord) -> View:
    """The studies of an experiment side by side, those of the best test score first."""
    columns = [
        _column("metrics", TEST),
        _column("metrics", BASELINE),
        _column("metrics", OBJECTIVE),
        _column("params", "objective"),
        _column("tags", "automl.model"),
        _DURATION,
        _column("tags", "automl.state"),
    ]
    state = {
        **_table("tags.`automl.kind` = 'study'", _column("metrics", TEST), study.direction, columns),
        **_charts({"Studies": [_bar(TEST), _bar(BASELINE), _bar(OBJECTIVE)]}),
    }
    return View(STUDY, STUDIES, "Studies compared", 0, state)


def encode(view: View, run: str) -> str:
    """The tag of a view, its state packed as MLflow packs it; ``run`` is the id of the run that it is about."""
    state = json.dumps(view.state).replace(RUN, run)
    packed = "deflate;" + base64.b64encode(zlib.compress(state.encode(), 9)).decode()
    return json.dumps({"name": view.name, "createdAt": view.created, "state": packed})


def _searched(study: StudyRecord) -> list[str]:
    """Names of the parameters that any trial has, as they are logged."""
    return list(dict.fromkeys(limits.entry_name(name) for trial in study.trials for name in trial.params))


def _shared(study: StudyRecord, params: Sequence[str]) -> list[str]:
    """Those that every trial has: MLflow leaves a run out of parallel coordinates that lacks one of them."""
    found = [{limits.entry_name(name) for name in trial.params} for trial in study.trials]
    return [name for name in params if all(name in one for one in found)]


def _curves(study: StudyRecord) -> list[str]:
    """Metrics by epoch that are worth a chart: the objectives, and the loss on both parts."""
    reported = {name for trial in study.trials for entry in trial.history for name in entry}
    wanted = [*(one.metric for one in study.objectives if one.metric not in MEASURED), "val_loss", "loss"]
    return [limits.entry_name(name) for name in dict.fromkeys(wanted) if name in reported or name == study.objective]


def _column(kind: str, name: str) -> str:
    """The key of a column."""
    return f"{kind}.`{name}`"


def _table(filtered: str, order: str, direction: str, columns: Sequence[str]) -> dict[str, Any]:
    return {
        "searchFilter": filtered,
        "orderByKey": order,
        "orderByAsc": direction == "minimize",
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "modelVersionFilter": "All Runs",
        "datasetsFilter": [],
        "selectedColumns": list(columns),
        "columnOrder": [_GRID.get(column, column) for column in columns],
        "columnWidths": {_GRID.get(column, column): _width(column) for column in columns},
        "runsHiddenMode": "FIRST_20_RUNS",
    }


def _width(column: str) -> int:
    kind, name = column.split(".", 1)
    return max(
        _NUMBER_WIDTH if kind in ("metrics", "params") else 0, min(_WIDEST, _MARGIN + _LETTER * len(name.strip("`")))
    )


def _charts(sections: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Sections of charts in their order, and folded below them those that MLflow makes of all other metrics."""
    shown = {name: cards for name, cards in sections.items() if cards}
    rooms = [
        {"uuid": _SECTION.format(name), "name": name, "display": name in shown, "isReordered": True, "deleted": False,
         "isGenerated": name not in shown, "columns": min(3, len(shown.get(name, "abc"))), "cardHeight": 360}
        for name in (*shown, *_OTHERS)
    ]  # fmt: skip
    cards = [
        {**card, "uuid": f"{name}-{place}", "metricSectionId": _SECTION.format(name), "isGenerated": False,
         "deleted": False}
        for name, cards in shown.items()
        for place, card in enumerate(cards)
    ]  # fmt: skip
    return {"compareRunSections": rooms, "compareRunCharts": cards, "isAccordionReordered": True}


def _line(metric: str) -> dict[str, Any]:
    return {
        "type": "LINE",
        "metricKey": metric,
        "selectedMetricKeys": [metric],
        "runsCountToCompare": 20,
        "xAxisKey": "step",
        "useGlobalXaxisKey": False,
        "useGlobalLineSmoothing": True,
        "lineSmoothness": 0,
        "scaleType": "linear",
        "xAxisScaleType": "linear",
        "range": {},
    }


def _parallel(params: Iterable[str], metrics: Iterable[str]) -> dict[str, Any]:
    return {
        "type": "PARALLEL",
        "selectedParams": list(params),
        "selectedMetrics": list(metrics),
        "showAllRuns": True,
    }


def _scatter(param: str) -> dict[str, Any]:
    return {
        "type": "SCATTER",
        "xaxis": {"key": param, "type": "PARAM"},
        "yaxis": {"key": OBJECTIVE, "type": "METRIC"},
        "runsCountToCompare": 100,
    }


def _bar(metric: str) -> dict[str, Any]:
    return {"type": "BAR", "metricKey": metric, "runsCountToCompare": 20}
