"""Which display suits where the output goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from automl.report.notebook import NotebookDisplay, in_notebook

if TYPE_CHECKING:
    from automl.records import Observer


def make_display(stream: TextIO) -> Observer:
    """The display that suits a stream, or the notebook that this process serves."""
    if in_notebook():
        return NotebookDisplay()
    if stream.isatty():
        from automl.report.live import LiveDisplay

        return LiveDisplay(stream)
    from automl.report.plain import PlainDisplay

    return PlainDisplay(stream)
