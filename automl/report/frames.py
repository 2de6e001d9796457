"""Tables of pandas for a terminal, or for what reads a pipe."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, TextIO

import pandas as pd
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from automl.report.wording import score, short

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Form = Literal["terminal", "tabs", "csv", "json"]
"""For a person; for ``cut`` and ``awk``; for spreadsheets; for programs."""

_GAP = 2
_WIDEST = 48


def show(
    frame: pd.DataFrame,
    stream: TextIO,
    form: Form,
    *,
    style: Callable[[pd.Series[Any]], str] = lambda _: "",
    scores: Sequence[str] = (),
) -> list[str]:
    """Print a table.

    Args:
        frame: One row a line; its index is not shown.
        stream: Where to.
        form: How. In tabs and CSV whatever is missing is empty, and numbers have all their digits.
        style: Of a row in a terminal, as rich names styles.
        scores: Columns whose numbers are shown as scores in a terminal.

    Returns:
        The columns that the terminal has no room for.
    """
    if form == "json":
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        stream.write(json.dumps(rows, ensure_ascii=False, indent=2, default=_plain) + "\n")
    elif form == "terminal":
        return _drawn(frame, stream, style, scores)
    else:
        plain = frame if form == "csv" else frame.map(_flat).rename(columns=_flat)
        plain.to_csv(stream, index=False, sep="," if form == "csv" else "\t", lineterminator="\n")
    return []


def _plain(value: Any) -> Any:
    """What JSON has no form for: numbers of NumPy, and points in time."""
    return value.isoformat() if isinstance(value, pd.Timestamp) else value.item()


def _flat(value: Any) -> Any:
    """A text without what would break a line of tabs."""
    return " ".join(value.split()) if isinstance(value, str) else value


def _drawn(
    frame: pd.DataFrame, stream: TextIO, style: Callable[[pd.Series[Any]], str], scores: Sequence[str]
) -> list[str]:
    console = Console(file=stream, highlight=False)
    table = Table(box=None, padding=(0, _GAP, 0, 0), header_style="dim")
    columns = {str(name): [_cell(value, name in scores) for value in frame[name]] for name in frame}
    left = console.width
    hidden: list[str] = []
    for name, cells in columns.items():
        width = min(_WIDEST, max(cell_len(text) for text in [name, *cells])) + _GAP
        if width > left or hidden:
            hidden.append(name)
            continue
        left -= width
        number = pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name])
        table.add_column(Text(name), justify="right" if number else "left", no_wrap=True, max_width=_WIDEST)
    shown = [cells for name, cells in columns.items() if name not in hidden]
    for row, line in enumerate(zip(*shown, strict=True)):
        table.add_row(*(Text(cell, overflow="ellipsis") for cell in line), style=style(frame.iloc[row]))
    console.print(table)
    return hidden


def _cell(value: Any, is_score: bool) -> str:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):  # noqa: PLR0124 - NaN
        return ""
    if is_score and isinstance(value, float):
        return score(value)
    return _flat(short(value)) if isinstance(value, float | str) else str(value)
