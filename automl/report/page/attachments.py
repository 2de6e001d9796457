"""What the final evaluation drew and listed, as the page shows it: pictures and tables, whatever task they are of."""

from __future__ import annotations

import base64
import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl.jobs.results import CAPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

OF_DATA = "data_"
"""What the names of figures and tables begin with that tell of the data, rather than of the model."""

_KINDS = {".png": "image/png", ".gif": "image/gif", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}
_DRAWN_ANEW = {"learning_curves", "pareto"}
"""Figures of which the page has charts."""

_MOST_BYTES = 600_000
"""A picture; a larger one is made smaller."""

_MOST_TOGETHER = 3_400_000
_SIDES = (1400, 1000, 700, 400)
_ROWS, _COLUMNS, _CELL = 40, 16, 240
_MOST_TABLE = 1 << 22
_TABLES = 20


@dataclass(frozen=True)
class Picture:
    """A figure, as an address that holds it."""

    name: str
    title: str
    caption: str
    source: str
    width: int
    height: int


@dataclass(frozen=True)
class Table:
    """The first rows of a table.

    Attributes:
        name: Of its file, without the suffix.
        title: Above it.
        caption: Below it.
        head: The names of its columns.
        rows: Cells as they are shown.
        numeric: Whether a column holds numbers alone.
        rest: What is left out, in words; else empty.
    """

    name: str
    title: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: Sequence[bool]
    rest: str


@dataclass(frozen=True)
class Attachments:
    """All of them, by name, and what could not be shown, a sentence each."""

    pictures: Sequence[Picture]
    tables: Sequence[Table]
    left_out: Sequence[str]


def attachments(folder: Path) -> Attachments:
    """The pictures (``figures/*``) and tables (``*.csv``) of an evaluation's folder."""
    captions = _captions(folder)
    pictures, left_out, total = [], [], 0
    paths = sorted(path for path in (folder / "figures").glob("*") if path.suffix.lower() in _KINDS)
    for path in paths:
        if path.stem in _DRAWN_ANEW:
            continue
        try:
            picture = _picture(path, captions)
        except (OSError, ValueError):
            left_out.append(f"{path.name} cannot be read as a picture.")
            continue
        total += len(picture.source)
        if total > _MOST_TOGETHER:
            left_out.append(f"{path.name} and what follows are left out, for the size of this file.")
            break
        pictures.append(picture)
    tables = []
    for path in sorted(folder.glob("*.csv"))[:_TABLES]:
        try:
            tables.append(_table(path, captions))
        except (OSError, ValueError, csv.Error) as error:
            left_out.append(f"{path.name} cannot be shown: {error}.")
    return Attachments(pictures, [one for one in tables if one.rows], left_out)


def titled(name: str) -> str:
    """A file's name as a heading.

    Example:
        >>> titled("confusion_matrix")
        'Confusion matrix'
    """
    words = name.removeprefix(OF_DATA).replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def _captions(folder: Path) -> Mapping[str, str]:
    try:
        found = json.loads((folder / CAPTIONS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(one) for name, one in found.items()} if isinstance(found, dict) else {}


def _picture(path: Path, captions: Mapping[str, str]) -> Picture:
    from PIL import Image

    content, kind = path.read_bytes(), _KINDS[path.suffix.lower()]
    with Image.open(io.BytesIO(content)) as image:
        width, height = image.size
        if len(content) > _MOST_BYTES:
            content, kind = _smaller(image), "image/webp"
    source = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    title = titled(path.stem)
    return Picture(path.stem, title, captions.get(path.stem, ""), source, width, height)


def _smaller(image: object) -> bytes:
    """A picture in few bytes: compressed, and of fewer pixels as far as needed; of one that moves the first frame."""
    from PIL import Image

    assert isinstance(image, Image.Image)
    still = image.convert("RGB")
    for side in _SIDES:
        still.thumbnail((side, side))
        buffer = io.BytesIO()
        still.save(buffer, "WEBP", quality=85)
        if buffer.tell() <= _MOST_BYTES:
            break
    return buffer.getvalue()


def _table(path: Path, captions: Mapping[str, str]) -> Table:
    if path.stat().st_size > _MOST_TABLE:
        raise ValueError(f"it has {path.stat().st_size:,} bytes")
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        lines = list(csv.reader(file))
    head, body = (lines[0], lines[1:]) if lines else ([], [])
    rows = [[_cut(cell) for cell in row[:_COLUMNS]] for row in body[:_ROWS]]
    numeric = [_is_numeric(row[place] for row in rows if place < len(row)) for place in range(min(len(head), _COLUMNS))]
    beyond = [(len(body) - _ROWS, "rows"), (len(head) - _COLUMNS, "columns")]
    rest = " and ".join(f"{count:,} more {what}" for count, what in beyond if count > 0)
    caption = captions.get(path.stem, "")
    return Table(path.stem, titled(path.stem), caption, [_cut(one) for one in head[:_COLUMNS]], rows, numeric, rest)


def _cut(cell: str) -> str:
    return cell if len(cell) <= _CELL else f"{cell[: _CELL - 1]}…"


def _is_numeric(cells: Iterator[str]) -> bool:
    there = [cell for cell in cells if cell]
    return bool(there) and all(_is_number(cell) for cell in there)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
