"""The page: a study's record and the files of its folder, laid out by a template."""

from __future__ import annotations

import time
from dataclasses import replace
from importlib import metadata
from importlib import resources as packaged
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.files import write_whole
from automl.report.page import content
from automl.report.page.attachments import OF_DATA, Attachments, attachments
from automl.report.page.charts import KINDS, best_curves, chart

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from automl.records import StudyRecord
    from automl.report.page.charts import Chart

REPORT = "report.html"
"""In the study's folder."""

_TEMPLATES = Path(__file__).parent / "templates"
_SEARCH = ("front", "history", "importance", "parallel", "slice")
_TITLES = {
    "outcome": "Outcome",
    "asked": "What was asked",
    "data": "Data",
    "leaderboard": "Leaderboard",
    "search": "The search",
    "learning": "Learning",
    "model": "The best model",
    "failures": "Failures",
    "time": "Time and resources",
    "again": "Reproduce and use",
}


def write_report(study: StudyRecord, path: Path | None = None) -> Path:
    """Write the report of a study, however far that got, and return its path.

    Args:
        study: The study.
        path: The file; by default ``report.html`` in the study's folder.

    Raises:
        OSError: It cannot be written.
    """
    path = path or study.folder / REPORT
    write_whole(path, report_html(study))
    return path


def report_html(study: StudyRecord) -> str:
    """The report: one page that holds all that it shows, and asks nothing of the network."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=False
    )
    values = _values(study)
    own = {name: Markup((_TEMPLATES / file).read_text(encoding="utf-8")) for name, file in _OWN.items()}  # noqa: S704 - files of this package
    return environment.get_template("page.html").render(**values, **own, plotly=Markup(_plotly()))  # noqa: S704 - plotly's own


_OWN = {"css": "page.css", "script": "page.js"}


def _plotly() -> str:
    """Plotly's script, 4.8 MB; read as a file, since importing plotly takes memory that a driver need not give."""
    return (packaged.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


def _values(study: StudyRecord) -> dict[str, Any]:
    charts = {kind: found for kind in KINDS if (found := chart(study, kind))}
    best = best_curves(study)
    groups = {
        "search_charts": [charts[kind] for kind in _SEARCH if kind in charts],
        "learning_charts": [one for one in (charts.get("curves"), best) if one],
        "time_charts": [charts[kind] for kind in ("timeline",) if kind in charts],
    }
    attached = attachments(study.evaluation.folder) if study.evaluation else Attachments((), (), ())
    values = {
        "study": study,
        "version": metadata.version("automl"),
        "over": _over(study),
        "when": _when(study),
        "written": time.strftime("%d %B %Y, %H:%M"),
        "outcome": content.outcome(study),
        "asked": content.asked(study),
        "data": content.data(study),
        "board": content.board(study),
        "failures": content.failures(study),
        "resources": content.resources(study),
        "again": content.again(study),
        "of_data": _of(attached, lambda name: name.startswith(OF_DATA)),
        "of_model": _of(attached, lambda name: not name.startswith(OF_DATA)),
        **groups,
        "charts": _plain([one for some in groups.values() for one in some]),
    }
    return {**values, "sections": [(key, title) for key, title in _TITLES.items() if _is_there(key, values)]}


def _is_there(key: str, values: dict[str, Any]) -> bool:
    """Whether there is anything to be said in a section."""
    found = {
        "data": values["data"],
        "leaderboard": values["board"],
        "search": values["search_charts"],
        "learning": values["learning_charts"],
        "model": values["of_model"].pictures or values["of_model"].tables or values["of_model"].left_out,
        "failures": values["failures"],
        "time": values["time_charts"] or values["resources"].phases or values["resources"].facts,
    }
    return bool(found.get(key, True))


def _of(attached: Attachments, wanted: Callable[[str], bool]) -> Attachments:
    return replace(
        attached,
        pictures=[one for one in attached.pictures if wanted(one.name)],
        tables=[one for one in attached.tables if wanted(one.name)],
    )


def _plain(charts: Sequence[Chart]) -> dict[str, Any]:
    return {one.kind: {"data": one.data, "layout": one.layout} for one in charts}


def _over(study: StudyRecord) -> str:
    task = study.task.name.replace("_", " ")
    return f"{study.plugin.get('name', '')} on {study.config.get('data', {}).get('name', '')} · {task}"


def _when(study: StudyRecord) -> str:
    ended = study.started + study.seconds if study.seconds and not study.resumed else 0.0
    told = time.strftime("%d %B %Y, %H:%M", time.localtime(study.started)).lstrip("0")
    return f"{told} to {time.strftime('%H:%M', time.localtime(ended))}" if ended else f"begun {told}"
