"""The study on the terminal: a live table where there is one, plain lines elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from automl.records import Observer


def make_display(stream: TextIO) -> Observer:
    """The display that suits a stream."""
    if stream.isatty():
        from automl.report.live import LiveDisplay

        return LiveDisplay(stream)
    from automl.report.plain import PlainDisplay

    return PlainDisplay(stream)
