"""Texts and their labels, read out of tables or folders of text files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.data.files.tree import Tree, leaves
from automl.data.tables.reading import Tables, find_files, identities
from automl.data.tables.values import strings
from automl.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from automl.data.files.tree import Side

_TEXT_NAMES = ("text", "sentence", "review", "comment", "message", "content", "tweet", "document", "body")
_LABEL_NAMES = ("label", "class", "sentiment", "target", "category", "y")


@dataclass
class TextFiles:
    """How texts are read; the other attributes are those of ``automl.data.texts.csv.TextCsv``.

    Attributes:
        found: The column of texts of the first table that was read.
    """

    text: str | None = None
    label: str | None = None
    header: bool | None = None
    quoting: bool | None = None
    delimiter: str | None = None
    encoding: str = "utf-8"
    found: str | None = field(default=None, init=False)

    def read(self, path: str, key: str) -> Iterator[tuple[str, str, Side]]:
        """Every text with its label, and the part that it came in: ``train`` where nothing else was said.

        Args:
            path: A file, a pattern of files, or a folder or zip.
            key: How the configuration names it, for messages.

        Raises:
            DataError: It cannot be read, or lacks a column or a label.
        """
        if is_tree(path):
            tree = Tree(Path(path))
            for leaf in leaves(tree.files(), tree.root):
                if leaf.path.suffix.lower() in {".txt", ""}:
                    yield tree.read(leaf.path).decode(self.encoding, "replace").strip(), leaf.label, leaf.side
        else:
            yield from self._read_tables(find_files(path, key), key)

    def chunks(self, files: list[Path], key: str, learned: str | None) -> Iterator[tuple[pd.DataFrame, str]]:
        """The rows of tables of new texts, each chunk with the name of the column of texts.

        That is the one that ``text`` names, else the one that was learned from, else the one that is told by its name
        or, as the column with the longest texts, by the first rows.

        Args:
            files: With the same columns.
            key: How the user named them, for messages.
            learned: The column that a model learned from, if its name is known.

        Raises:
            DataError: They cannot be read, or there is no such column.
        """
        options = self._options(files, key)
        name = None
        for chunk in Tables(files, header=self._header(files, options, learned), **options).chunks():
            columns = list(chunk.columns)
            if self.text is not None and self.text not in columns:
                raise DataError(f"data.text: there is no column '{self.text}'. {nearest(self.text, columns)}")
            known = self.text or (learned if learned in columns else None)
            name = name or known or self._text(columns, {one: _size(chunk[one]) for one in columns})
            yield chunk, name

    def _read_tables(self, files: list[Path], key: str) -> Iterator[tuple[str, str, Side]]:
        options = self._options(files, key)
        frame = Tables(files, header=self._header(files, options), **options).read()
        text, label = self._columns(frame, key)
        self.found = self.found or text
        labels = strings(frame[label], labels=True)
        empty = np.flatnonzero(labels == "")
        if len(empty):
            raise DataError(
                f"{key}: '{label}' has {len(empty)} missing value{'s' if len(empty) > 1 else ''}, the first in row"
                f" {empty[0] + 1}. Leave these rows out, or fill them in."
            )
        for one, name in zip(frame[text].fillna("").astype(str).str.strip(), labels, strict=True):
            yield one, name, "train"

    def _options(self, files: list[Path], key: str) -> dict[str, Any]:
        tabs = files[0].suffix.lower() in {".tsv", ".tab"}
        return {
            "delimiter": self.delimiter or ("\t" if tabs else None),
            "quoting": not tabs if self.quoting is None else self.quoting,
            "encoding": self.encoding,
            "key": key,
        }

    def _header(self, files: list[Path], options: dict[str, Any], learned: str | None = None) -> bool:
        """Whether the first line names the columns."""
        if self.header is not None:
            return self.header
        first = next(Tables(files, header=False, **options).chunks(1)).iloc[0]
        return self._names_columns([str(value).strip() for value in first], learned)

    def _names_columns(self, first: Sequence[str], learned: str | None) -> bool:
        lower = {value.lower() for value in first}
        return bool({self.text, self.label, learned} & set(first)) or bool(lower & {*_TEXT_NAMES, *_LABEL_NAMES})

    def _columns(self, frame: pd.DataFrame, key: str) -> tuple[str, str]:
        """The names of the columns of texts and of labels."""
        columns = list(frame.columns)
        if len(columns) < 2:
            raise DataError(f"{key}: a column of texts and one of labels are needed. Received: {', '.join(columns)}.")
        for asked, name in (("text", self.text), ("label", self.label)):
            if name is not None and name not in columns:
                raise DataError(f"data.{asked}: there is no column '{name}'. {nearest(name, columns)}")
        text = self.text or self._text(columns, {name: _size(frame[name]) for name in columns})
        others = [name for name in columns if name != text]
        known = [name for name in others if name.lower() in _LABEL_NAMES]
        label = self.label or next(iter(known), None) or min(others, key=lambda name: frame[name].nunique())
        return text, label

    def _text(self, columns: Sequence[str], sizes: dict[str, float]) -> str:
        """The column that is called as texts are, else the one with the longest."""
        known = [name for name in columns if name.lower() in _TEXT_NAMES and name != self.label]
        others = [name for name in columns if name != self.label] or columns
        return next(iter(known), None) or max(others, key=lambda name: sizes[name])


def _size(column: pd.Series[Any]) -> float:
    return float(column.astype(str).str.len().mean())


def is_tree(path: str) -> bool:
    """Whether a path is a folder, or a zip of one."""
    return Path(path).is_dir() or path.lower().endswith(".zip")


def text_identity(path: str | None) -> Any:
    """What changes when the files that a path means do."""
    if path is None:
        return None
    return Tree(Path(path)).identity() if is_tree(path) else identities(find_files(path, "data.path"))
