"""The report of a study, and its charts, as Python and notebooks see them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from automl.errors import ConfigError, StudyError, nearest, shown

if TYPE_CHECKING:
    from pathlib import Path

    from plotly.graph_objects import Figure

    from automl.records import StudyRecord

_HEIGHT = 720
"""Pixels of the frame in a notebook."""


class Report:
    """A study as one self-contained HTML page; shows itself in a notebook.

    Args:
        record: What is known of the study.
    """

    def __init__(self, record: StudyRecord) -> None:
        self._record = record

    @property
    def path(self) -> Path:
        """The file; written now where the study has none yet.

        Raises:
            OSError: It cannot be written.
        """
        from automl.report.page import REPORT, write_report

        path = self._record.folder / REPORT
        return path if path.is_file() else write_report(self._record)

    @property
    def html(self) -> str:
        """The page, made anew from what is known of the study."""
        from automl.report.page import report_html

        return report_html(self._record)

    def _repr_html_(self) -> str:
        frame = f"width:100%;height:{_HEIGHT}px;border:0"
        title = escape(f"Report of {self._record.name}")
        return f'<iframe title="{title}" style="{frame}" srcdoc="{escape(self.html)}"></iframe>'

    def __repr__(self) -> str:
        return f"Report of '{self._record.name}': {self._record.folder / 'report.html'}"


def plot(record: StudyRecord, kind: str) -> Figure:
    """A chart of the report as a figure of plotly.

    Raises:
        ConfigError: There is no such chart.
        StudyError: The study has nothing that it could show.
    """
    from automl.report.page.charts import KINDS, chart

    if not isinstance(kind, str) or kind not in KINDS:
        raise ConfigError(f"plot: there is no chart {shown(kind)}. {nearest(str(kind), KINDS)}")
    found = chart(record, kind)
    if found is None:
        raise StudyError(f"plot: '{record.name}' has nothing to show as '{kind}': {KINDS[kind][1]}.")
    from plotly.graph_objects import Figure

    figure = Figure({"data": list(found.data), "layout": dict(found.layout)})
    return figure.update_layout(title={"text": found.title}, margin={"t": 72})
