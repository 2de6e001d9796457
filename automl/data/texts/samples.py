"""New texts out of files: a line each, a file each, or a column of a table."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from automl.data.files.tree import Tree
from automl.data.samples import Samples
from automl.data.tables.reading import find_files
from automl.data.tables.text_encoding import encoding_of
from automl.data.texts.reading import is_tree
from automl.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from automl.data.samples import Note
    from automl.data.texts.reading import TextFiles

T = TypeVar("T")

_CHUNK = 4096
_FILES = 256
_SUFFIXES = {".txt", ""}


def text_samples(path: str, reader: TextFiles, column: str | None, note: Note) -> Iterator[Samples]:
    """Texts, a chunk at a time.

    Args:
        path: A .txt file, each line of which is a text; a folder, or a zip of one, of .txt files, each of which is a
            text; or a table; or a pattern of files.
        reader: How tables are read.
        column: The column of texts that the model learned from, if it was one of a table.
        note: Hears of files that are left out.

    Raises:
        DataError: There is no such file, it cannot be read, or it holds no texts.
    """
    if is_tree(path):
        return _files(path, reader.encoding, note)
    files = find_files(path, "predict")
    if all(one.suffix.lower() == ".txt" for one in files):
        return _lines(files, reader.encoding)
    return _rows(files, reader, column)


def _files(path: str, encoding: str, note: Note) -> Iterator[Samples]:
    tree = Tree(Path(path), key="predict")
    files = tree.files()
    texts = [one for one in files if one.suffix.lower() in _SUFFIXES]
    if not texts:
        raise DataError(f"predict: {path} holds no .txt files.")
    if len(texts) < len(files):
        note(f"{len(files) - len(texts)} files that are no .txt files were left out.")

    def text(one: PurePosixPath) -> str:
        return tree.read(one).decode(encoding, "replace").strip()

    for some in _batches(texts, _FILES):
        yield _samples([text(one) for one in some], pd.DataFrame({"file": [str(one) for one in some]}))
    for sentence in tree.notes:
        note(sentence)


def _lines(files: list[Path], asked: str) -> Iterator[Samples]:
    several = len(files) > 1
    for some in _batches(chain.from_iterable(_numbered(file, asked) for file in files), _CHUNK):
        names, numbers, texts = zip(*some, strict=True)
        yield _samples(list(texts), pd.DataFrame({**({"file": names} if several else {}), "line": numbers}))


def _numbered(file: Path, asked: str) -> Iterator[tuple[str, int, str]]:
    """The lines of a file with its name and their numbers; empty ones too, so that numbers stay what they are."""
    encoding, number = encoding_of(file, asked), 0
    try:
        with file.open(encoding=encoding, newline=None) as lines:
            for number, line in enumerate(lines, 1):
                yield file.name, number, line.strip()
    except UnicodeError as error:
        raise DataError(
            f"predict: {file} is not in {encoding} after line {number:,}. Set data.encoding to its own, such as"
            " latin-1, cp1252 or cp949."
        ) from error


def _rows(files: list[Path], reader: TextFiles, column: str | None) -> Iterator[Samples]:
    first = 1
    for chunk, name in reader.chunks(files, "predict", column):
        names = pd.DataFrame({"row": np.arange(first, first + len(chunk))})
        first += len(chunk)
        yield Samples(_inputs(chunk[name].fillna("").astype(str).str.strip()), names, chunk)


def _batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


def _samples(texts: list[str], names: pd.DataFrame) -> Samples:
    return Samples(_inputs(texts), names, names.assign(text=texts))


def _inputs(texts: list[str] | pd.Series[str]) -> dict[str, np.ndarray]:
    return {"text": np.asarray(texts, object)}
