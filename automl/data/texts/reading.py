"""Texts and their labels, read out of tables or folders of text files."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class TextFiles:
    """How texts are read; the attributes are those of ``automl.data.texts.csv.TextCsv``."""

    text: str | None = None
    label: str | None = None
    header: bool | None = None
    quoting: bool | None = None
    delimiter: str | None = None
    encoding: str = "utf-8"

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

    def _read_tables(self, files: list[Path], key: str) -> Iterator[tuple[str, str, Side]]:
        tabs = files[0].suffix.lower() in {".tsv", ".tab"}
        options: dict[str, Any] = {
            "delimiter": self.delimiter or ("\t" if tabs else None),
            "quoting": not tabs if self.quoting is None else self.quoting,
            "encoding": self.encoding,
            "key": key,
        }
        header = self.header
        if header is None:
            first = next(Tables(files, header=False, **options).chunks(1)).iloc[0]
            header = self._names_columns([str(value).strip() for value in first])
        frame = Tables(files, header=header, **options).read()
        text, label = self._columns(frame, key)
        labels = strings(frame[label], labels=True)
        empty = np.flatnonzero(labels == "")
        if len(empty):
            raise DataError(
                f"{key}: '{label}' has {len(empty)} missing value{'s' if len(empty) > 1 else ''}, the first in row"
                f" {empty[0] + 1}. Leave these rows out, or fill them in."
            )
        for one, name in zip(frame[text].fillna("").astype(str).str.strip(), labels, strict=True):
            yield one, name, "train"

    def _names_columns(self, first: Sequence[str]) -> bool:
        lower = {value.lower() for value in first}
        return bool({self.text, self.label} & set(first)) or bool(lower & {*_TEXT_NAMES, *_LABEL_NAMES})

    def _columns(self, frame: pd.DataFrame, key: str) -> tuple[str, str]:
        """The names of the columns of texts and of labels."""
        columns = list(frame.columns)
        if len(columns) < 2:
            raise DataError(f"{key}: a column of texts and one of labels are needed. Received: {', '.join(columns)}.")
        for asked, name in (("text", self.text), ("label", self.label)):
            if name is not None and name not in columns:
                raise DataError(f"data.{asked}: there is no column '{name}'. {nearest(name, columns)}")
        sizes = {name: frame[name].astype(str).str.len().mean() for name in columns}
        known = [name for name in columns if name.lower() in _TEXT_NAMES and name != self.label]
        text = self.text or next(iter(known), None) or self._longest(sizes)
        others = [name for name in columns if name != text]
        known = [name for name in others if name.lower() in _LABEL_NAMES]
        label = self.label or next(iter(known), None) or min(others, key=lambda name: frame[name].nunique())
        return text, label

    def _longest(self, sizes: dict[str, float]) -> str:
        return max((name for name in sizes if name != self.label), key=lambda name: sizes[name])


def is_tree(path: str) -> bool:
    """Whether a path is a folder, or a zip of one."""
    return Path(path).is_dir() or path.lower().endswith(".zip")


def text_identity(path: str | None) -> Any:
    """What changes when the files that a path means do."""
    if path is None:
        return None
    return Tree(Path(path)).identity() if is_tree(path) else identities(find_files(path, "data.path"))
