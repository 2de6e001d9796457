"""What a file holds by its first bytes: text, in which encoding and parted by what, or something else."""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import lzma
from typing import TYPE_CHECKING, Any

from automl.errors import ConfigError, DataError

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = 65_536
_LINES = 50
_DELIMITERS = ",;\t|"
_OPENERS: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}
"""Byte order marks, the longer ones first."""


def head(file: Path) -> bytes:
    """The first bytes of a file, unpacked where its suffix says that it is compressed."""
    try:
        with _OPENERS.get(file.suffix.lower(), open)(file, "rb") as opened:
            return bytes(opened.read(_HEAD))
    except (EOFError, lzma.LZMAError) as error:
        raise ValueError(str(error)) from error


def is_parquet(file: Path) -> bool:
    """Whether a file is Parquet, whatever its name."""
    return file.suffix.lower() in {".parquet", ".pq"} or head(file).startswith(b"PAR1")


def check_text(file: Path, key: str) -> None:
    """Refuse what is known not to be a table in text.

    Raises:
        DataError: It is a workbook, an archive, or another binary file.
    """
    begin = head(file)
    workbook = begin.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    if workbook and (b"xl/" in begin or file.suffix.lower() != ".zip"):
        raise DataError(
            f"{key}: {file} is an Excel workbook or another office file. Save the sheet as CSV, and give that file."
        )
    if b"\x00" in begin and not begin.startswith(tuple(_MARKS)):
        raise DataError(f"{key}: {file} is a binary file. Give a table as CSV, TSV or Parquet.")


def encoding_of(file: Path, asked: str) -> str:
    """The encoding of a file: that which was asked for, unless its byte order mark tells another Unicode one.

    Raises:
        ConfigError: There is no such encoding.
    """
    try:
        codecs.lookup(asked)
    except LookupError as error:
        raise ConfigError(f"data.encoding: there is no such encoding. Received: {asked}.") from error
    if asked.lower().replace("_", "-") not in {"utf-8", "utf8"}:
        return asked
    begin = head(file)
    return next((name for mark, name in _MARKS.items() if begin.startswith(mark)), "utf-8")


def delimiter_of(file: Path, encoding: str) -> str:
    """The delimiter that parts the first lines into most fields, as many in each where there is one."""
    suffixes = {suffix.lower() for suffix in file.suffixes[-2:]}
    if suffixes & {".tsv", ".tab"}:
        return "\t"
    begin = head(file)
    text, whole = begin.decode(encoding, "replace"), len(begin) < _HEAD
    return max(_DELIMITERS, key=lambda mark: _evenness(text, mark, whole=whole))


def _evenness(text: str, mark: str, *, whole: bool) -> tuple[bool, int]:
    """Whether all first rows have the same number of fields, more than one, and the least number of them."""
    rows: list[int] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark, skipinitialspace=True):
            if row:
                rows.append(len(row))
            if len(rows) == _LINES:
                break
    except csv.Error:
        return False, 0
    if not whole and 1 < len(rows) < _LINES:
        rows.pop()  # what was read of the file may end within it
    least = min(rows, default=1)
    return least > 1 and least == max(rows), least
