"""The table of all that is installed, read from faces alone."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl import registry
from automl.commands.plugins.found import found
from automl.errors import PluginError
from automl.registry import Group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from automl.registry import Entry

_HEADINGS = ("name", "task", "summary", "from")


@dataclass(frozen=True)
class _Row:
    name: str
    task: str
    summary: str
    source: str
    broken: str = ""


def table(*, is_loaded: bool) -> int:
    """Print it.

    Args:
        is_loaded: Whether each plugin is imported besides, so that what its files do not tell is found.

    Returns:
        1 where anything is broken, else 0.
    """
    groups = {group: list(_rows(group, is_loaded=is_loaded)) for group in Group}
    write = _write_rich if sys.stdout.isatty() else _write_plain
    for group, rows in groups.items():
        if rows:
            write(f"{_plural(group.noun)} ({group.value})".capitalize(), rows)
    return int(any(row.broken for rows in groups.values() for row in rows))


def _plural(noun: str) -> str:
    first, space, rest = noun.partition(" of ")
    return f"{first}es{space}{rest}" if first.endswith("s") else f"{first}s{space}{rest}"


def _rows(group: Group, *, is_loaded: bool) -> Iterator[_Row]:
    for name in registry.names(group):
        try:
            yield _row(registry.entry(group, name), is_loaded=is_loaded)
        except PluginError as error:  # two distributions claim it
            yield _Row(name, "", "", "", str(error))


def _row(entry: Entry, *, is_loaded: bool) -> _Row:
    one = found(entry)
    broken = one.fault
    if is_loaded and not broken:
        try:
            entry.load()
        except PluginError as error:
            broken = str(error)
    values = one.values
    is_own = one.face is not None and one.face.stem == entry.name  # rather than one of several that a loader has
    tasks = values.get("tasks") if entry.group is Group.MODELS else values.get("task") if is_own else None
    shown = ", ".join(map(str, tasks)) if isinstance(tasks, list) else str(tasks or "")
    return _Row(entry.name, shown, one.summary, f"{entry.distribution} {entry.version}", broken)


def _write_plain(title: str, rows: list[_Row]) -> None:
    """Columns of a fixed width; what is broken on a line of its own."""
    columns = [(row.name, row.source, row.task) for row in rows]
    widths = [max(len(one) for one in column) + 2 for column in zip(*columns, strict=True)]
    sys.stdout.write(f"{title}\n")
    for row, cells in zip(rows, columns, strict=True):
        lead = "".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        sys.stdout.write(f"  {lead}{f'broken: {row.broken}' if row.broken else row.summary}".rstrip() + "\n")
    sys.stdout.write("\n")


def _write_rich(title: str, rows: list[_Row]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    is_tasked = any(row.task for row in rows)
    for heading in _HEADINGS:
        if heading != "task" or is_tasked:
            shown.add_column(heading, no_wrap=heading in ("name", "from"), style="cyan" if heading == "name" else None)
    for row in rows:
        last = Text(row.broken, style="red") if row.broken else Text(row.summary)
        cells = [Text(row.name), *([Text(row.task.replace(", ", "\n"))] if is_tasked else []), last, Text(row.source)]
        shown.add_row(*cells)
    Console(file=sys.stdout, highlight=False).print(shown)
