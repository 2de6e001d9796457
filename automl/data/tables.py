"""Tables in files: CSV and its relatives, and Parquet, read a chunk at a time."""

from __future__ import annotations

import csv
import warnings
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.data.cache import file_identity
from automl.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MISSING = {"", "?", "na", "n/a", "nan", "null", "none", "#n/a"}
_CHUNK_ROWS = 65_536
_SNIFFED = 65_536
_DELIMITERS = ",;\t|"


def find_files(path: str | None, key: str) -> list[Path]:
    """The files that a path or a pattern names, sorted.

    Raises:
        ConfigError: There is no path.
        DataError: There is no such file, or it is empty.
    """
    if path is None:
        raise ConfigError(f"{key}: a file, or a pattern such as 'part-*.csv', is needed. Received: null.")
    paths = sorted(glob(path)) if has_magic(path) else [path]  # noqa: PTH207 - a pattern may be absolute
    files = [Path(one) for one in paths]
    if not files or not all(one.is_file() for one in files):
        raise DataError(f"{key}: there is no such file. Received: {path}")
    for one in files:
        if one.stat().st_size == 0:
            raise DataError(f"{key}: the file is empty. Received: {one}")
    return files


def identities(files: list[Path]) -> list[Any]:
    """What changes when one of the files does."""
    return [file_identity(one) for one in files]


class Tables:
    """Files of one table, in rows.

    Args:
        files: CSV, TSV, or Parquet by their suffix; all with the same columns.
        delimiter: Between fields; by default what the first lines tell.
        encoding: Of the text.
        header: Whether the first line of each file names the columns; else they are called ``column0``, ...
        quoting: Whether double quotes enclose fields; where they do not, they are characters like others.
        key: How the configuration names the path, for messages.
    """

    def __init__(
        self,
        files: list[Path],
        *,
        delimiter: str | None = None,
        encoding: str = "utf-8",
        header: bool = True,
        quoting: bool = True,
        key: str = "data.path",
    ) -> None:
        self.files = files
        self._key = key
        self._parquet = files[0].suffix.lower() in {".parquet", ".pq"}
        self._encoding = "utf-8-sig" if encoding == "utf-8" else encoding
        self._header = header
        self._quoting = quoting
        self._delimiter = delimiter

    def read(self) -> pd.DataFrame:
        """All rows at once."""
        return pd.concat(list(self.chunks()), ignore_index=True)

    def chunks(self, rows: int = _CHUNK_ROWS) -> Iterator[pd.DataFrame]:
        """The rows in their order, so many at a time; fields of text files are strings.

        Raises:
            DataError: A file cannot be read, has other columns than the first, or there are no rows.
        """
        columns: list[str] | None = None
        count = 0
        for file in self.files:
            try:
                for chunk in self._parquet_chunks(file, rows) if self._parquet else self._text_chunks(file, rows):
                    columns = columns or list(chunk.columns)
                    if list(chunk.columns) != columns:
                        raise DataError(
                            f"{self._key}: {file} has other columns than {self.files[0]}."
                            f" Received: {', '.join(map(str, chunk.columns))}; expected: {', '.join(columns)}."
                        )
                    count += len(chunk)
                    yield chunk
            except (ValueError, OSError, LookupError) as error:
                raise DataError(f"{self._key}: {file} cannot be read as a table: {error}") from error
        if count == 0:
            raise DataError(f"{self._key}: {self.files[0]} holds no rows.")

    def _text_chunks(self, file: Path, rows: int) -> Iterator[pd.DataFrame]:
        reader = pd.read_csv(
            file,
            sep=self._delimiter or self._sniff(file),
            header=0 if self._header else None,
            index_col=False,
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
            chunksize=rows,
            encoding=self._encoding,
            quoting=csv.QUOTE_MINIMAL if self._quoting else csv.QUOTE_NONE,
        )
        with reader:
            while (chunk := _next(reader)) is not None:
                yield _named(chunk)

    def _parquet_chunks(self, file: Path, rows: int) -> Iterator[pd.DataFrame]:
        import pyarrow.parquet

        with pyarrow.parquet.ParquetFile(file) as source:
            for batch in source.iter_batches(rows):
                yield _named(batch.to_pandas())

    def _sniff(self, file: Path) -> str:
        """The delimiter that parts the first lines most evenly."""
        if file.suffix.lower() in {".tsv", ".tab"}:
            return "\t"
        with file.open(encoding=self._encoding, errors="replace") as opened:
            head = opened.read(_SNIFFED).splitlines()[:50]
        counts = {mark: min((line.count(mark) for line in head if line), default=0) for mark in _DELIMITERS}
        best = max(counts, key=lambda mark: counts[mark])
        return best if counts[best] else ","


def _next(reader: Iterator[pd.DataFrame]) -> pd.DataFrame | None:
    """The next chunk; rows with more fields than the header are an error, as pandas itself only warns of the first."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return next(reader, None)
        except pd.errors.ParserWarning as error:
            raise ValueError("a row has more fields than the header") from error


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    frame.columns = pd.Index(
        [f"column{name}" if isinstance(name, int) else str(name).strip() for name in frame.columns]
    )
    return frame


def strings(column: pd.Series[Any]) -> pd.Series[Any]:
    """The values as strings without spaces around them; what is missing is the empty string."""
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m-%d %H:%M:%S")
    text = column.astype(object).where(column.notna(), "").astype(str).str.strip()
    return text.where(~text.str.lower().isin(_MISSING), "")


def numbers(column: pd.Series[Any]) -> np.ndarray:
    """The values as 64-bit floats; what is missing, or no number, is NaN."""
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(np.float64, na_value=np.nan)
    return np.asarray(pd.to_numeric(strings(column), errors="coerce"), np.float64)
