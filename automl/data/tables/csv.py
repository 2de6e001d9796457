"""A table in CSV or Parquet files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl.bounds import Needed, Text
from automl.data.files.same_file import refuse_same
from automl.data.tables.loader import TableLoader
from automl.data.tables.reading import Tables, find_files, identities
from automl.errors import DataError
from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd


@dataclass
class Csv(TableLoader):
    """CSV, TSV or Parquet, one file or many by a pattern; read a chunk at a time, so that memory does not grow.

    Attributes:
        path: The file, or a pattern such as ``sales/part-*.parquet``.
        test_path: A file or pattern that is the test part; the same columns.
        delimiter: Between fields; by default what the first lines tell.
        encoding: Of the text.
    """

    path: Needed | None = None
    test_path: Text | None = None
    delimiter: Text | None = None
    encoding: Text = "utf-8"

    @override
    def identity(self) -> Any:
        test = identities(find_files(self.test_path, "data.test_path")) if self.test_path else []
        return [identities(find_files(self.path, "data.path")), test, self.delimiter, self.encoding]

    @override
    def chunks(self) -> Iterator[pd.DataFrame]:
        self._test_rows, columns = 0, None
        self._tables = tables = self.tables(self.path, "data.path")
        for chunk in tables.chunks():
            columns = list(chunk.columns)
            yield chunk
        if self.test_path:
            test = self.tables(self.test_path, "data.test_path")
            for chunk in test.chunks():
                self._test_rows += len(chunk)
                yield _same(chunk, columns or [], self.test_path)

    @override
    def test_rows(self) -> int:
        return self._test_rows

    @override
    def notes(self) -> list[str]:
        return self._tables.notes

    @override
    def unread(self) -> dict[str, str]:
        return self._tables.unread

    def _check(self) -> None:
        super()._check()
        if self.test_path:
            held = find_files(self.test_path, "data.test_path")
            refuse_same(find_files(self.path, "data.path"), held, "data.test_path")

    @override
    def tables(self, path: str | None, key: str) -> Tables:
        return Tables(find_files(path, key), delimiter=self.delimiter, encoding=self.encoding, key=key)


def _same(chunk: pd.DataFrame, columns: list[str], path: str) -> pd.DataFrame:
    """The chunk with its columns in the order of the train part.

    Raises:
        DataError: One is missing.
    """
    missing = [name for name in columns if name not in chunk.columns]
    if missing:
        raise DataError(f"data.test_path: {path} lacks the column '{missing[0]}' of data.path.")
    return chunk[columns]
