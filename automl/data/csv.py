"""A table in CSV or Parquet files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl.data.table import TableLoader
from automl.data.tables import Tables, find_files, identities

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

    path: str | None = None
    test_path: str | None = None
    delimiter: str | None = None
    encoding: str = "utf-8"

    def identity(self) -> Any:
        """See ``TableLoader.identity``."""
        test = identities(find_files(self.test_path, "data.test_path")) if self.test_path else []
        return [identities(find_files(self.path, "data.path")), test, self.delimiter, self.encoding]

    def chunks(self) -> Iterator[pd.DataFrame]:
        """See ``TableLoader.chunks``."""
        self._test_rows, columns = 0, None
        for chunk in self._tables(self.path, "data.path").chunks():
            columns = list(chunk.columns)
            yield chunk
        if self.test_path:
            for chunk in self._tables(self.test_path, "data.test_path").chunks():
                self._test_rows += len(chunk)
                yield _same(chunk, columns or [], self.test_path)

    def test_rows(self) -> int:
        """See ``TableLoader.test_rows``."""
        return self._test_rows

    def _tables(self, path: str | None, key: str) -> Tables:
        return Tables(find_files(path, key), delimiter=self.delimiter, encoding=self.encoding, key=key)


def _same(chunk: pd.DataFrame, columns: list[str], path: str) -> pd.DataFrame:
    """The chunk with its columns in the order of the train part.

    Raises:
        DataError: One is missing.
    """
    from automl.errors import DataError

    missing = [name for name in columns if name not in chunk.columns]
    if missing:
        raise DataError(f"data.test_path: {path} lacks the column '{missing[0]}' of data.path.")
    return chunk[columns]
