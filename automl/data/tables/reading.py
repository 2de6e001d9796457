"""Tables in files: CSV and its relatives, and Parquet, read a chunk at a time."""

from __future__ import annotations

import csv
import warnings
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from automl.alive import beat
from automl.data.cache import file_identity
from automl.data.tables.names import own_names
from automl.data.tables.text_encoding import check_text, delimiter_of, encoding_of, is_parquet
from automl.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK_ROWS = 65_536
_CHUNK_VALUES = 1 << 21
_INDEX = "__index_level_"
"""How pandas calls a frame's index that has no name."""
_BEYOND = "\x00beyond"
"""A column for what stands behind the last delimiter of a row."""
_TOO_MANY = "a row has more fields than the header"


def find_files(path: str | None, key: str) -> list[Path]:
    """The files that a path or a pattern names, sorted.

    Raises:
        ConfigError: There is no path.
        DataError: There is no such file, or it is empty.
    """
    if path is None:
        raise ConfigError(f"{key}: a file, or a pattern such as 'part-*.csv', is needed. Received: null.")
    paths = [path] if Path(path).is_file() or not has_magic(path) else sorted(glob(path))  # noqa: PTH207 - a pattern may be absolute
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
        files: CSV, TSV, or Parquet; all with the same columns.
        delimiter: Between fields; by default what the first lines tell.
        encoding: Of the text; a byte order mark of another Unicode encoding than UTF-8 is heeded.
        header: Whether the first line of each file names the columns; else they are called ``column0``, ...
        quoting: Whether double quotes enclose fields; where they do not, they are characters like others.
        key: How the configuration names the path, for messages.

    Attributes:
        notes: What the user should hear of the columns' names; filled by ``chunks``.
        unread: Columns that no model here can take, each with what it holds; filled by ``chunks``.
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
        self.notes: list[str] = []
        self.unread: dict[str, str] = {}
        self._key = key
        self._encoding = encoding
        self._header = header
        self._quoting = quoting
        self._delimiter = delimiter

    def read(self) -> pd.DataFrame:
        """All rows at once."""
        return pd.concat(list(self.chunks()), ignore_index=True)

    def chunks(self, rows: int = _CHUNK_ROWS) -> Iterator[pd.DataFrame]:
        """The rows in their order, so many at a time or fewer of many columns; fields of text files are strings.

        Raises:
            DataError: A file cannot be read, has other columns than the first, or there are no rows.
        """
        columns: list[str] | None = None
        count = 0
        for file in self.files:
            for chunk in self._file_chunks(file, rows):
                columns = columns or list(chunk.columns)
                if list(chunk.columns) != columns:
                    raise DataError(
                        f"{self._key}: {file} has other columns than {self.files[0]}."
                        f" Received: {', '.join(chunk.columns)}; expected: {', '.join(columns)}."
                    )
                count += len(chunk)
                beat()
                yield chunk
        if count == 0:
            raise DataError(f"{self._key}: {self.files[0]} holds no rows.")

    def _file_chunks(self, file: Path, rows: int) -> Iterator[pd.DataFrame]:
        try:
            if is_parquet(file):
                yield from self._parquet_chunks(file, rows)
            else:
                check_text(file, self._key)
                yield from self._text_chunks(file, rows)
        except UnicodeError as error:
            raise DataError(
                f"{self._key}: {file} is not in {self._encoding}. Set data.encoding to its own, such as latin-1, cp1252"
                f" or cp949. Received at byte {getattr(error, 'start', 0)}: {_shown(error)}."
            ) from error
        except pd.errors.ParserWarning as error:
            raise DataError(f"{self._key}: {file} cannot be read as a table: {_TOO_MANY}") from error
        except (ValueError, OSError) as error:
            reason = str(error).strip().removeprefix("Error tokenizing data. C error: ")
            raise DataError(f"{self._key}: {file} cannot be read as a table: {reason}") from error

    def _text_chunks(self, file: Path, rows: int) -> Iterator[pd.DataFrame]:
        encoding = encoding_of(file, self._encoding)
        options: dict[str, Any] = {
            "sep": self._delimiter or delimiter_of(file, encoding),
            "dtype": object,
            "keep_default_na": False,
            "skipinitialspace": True,
            "encoding": encoding,
            "quoting": csv.QUOTE_MINIMAL if self._quoting else csv.QUOTE_NONE,
        }
        first = pd.read_csv(file, header=None, nrows=1, **options).iloc[0].tolist()
        names = self._names(first) if self._header else [f"column{number}" for number in range(len(first))]
        options |= {"header": 0 if self._header else None, "index_col": False}
        options["chunksize"] = min(rows, max(1, _CHUNK_VALUES // len(names)))
        try:
            reader, chunk = _begin(file, names, options)
        except pd.errors.ParserWarning:
            reader, chunk = _begin(file, [*names, _BEYOND], options)
        with reader:
            while chunk is not None:
                if _BEYOND in chunk and chunk.pop(_BEYOND).fillna("").str.strip().any():
                    raise ValueError(_TOO_MANY)
                yield chunk
                chunk = _next(reader)

    def _names(self, header: list[Any]) -> list[str]:
        names, notes = own_names(header)
        self.notes = self.notes or notes
        return names

    def _parquet_chunks(self, file: Path, rows: int) -> Iterator[pd.DataFrame]:
        import pyarrow.parquet

        with pyarrow.parquet.ParquetFile(file) as source:
            schema = source.schema_arrow
            names = self._names(schema.names)
            self.unread |= {name: str(one.type) for name, one in zip(names, schema, strict=True) if not _flat(one.type)}
            taken = [
                place for place, name in enumerate(names) if name not in self.unread and not name.startswith(_INDEX)
            ]
            for batch in source.iter_batches(min(rows, max(1, _CHUNK_VALUES // max(1, len(names))))):
                frame = batch.select(taken).to_pandas(types_mapper=_whole_numbers().get, ignore_metadata=True)
                frame.columns = pd.Index([names[place] for place in taken], dtype=object)
                yield frame


def _flat(kind: Any) -> bool:
    """Whether a Parquet type holds one value that a table can show."""
    from pyarrow import types

    return not (types.is_nested(kind) or types.is_binary(kind) or types.is_large_binary(kind))


def _whole_numbers() -> dict[Any, Any]:
    """Pandas' types for whole numbers and truth values, in which missing ones leave the others as they are."""
    import pyarrow as pa

    sizes = (8, 16, 32, 64)
    signed: dict[Any, Any] = {getattr(pa, f"int{size}")(): getattr(pd, f"Int{size}Dtype")() for size in sizes}
    unsigned = {getattr(pa, f"uint{size}")(): getattr(pd, f"UInt{size}Dtype")() for size in sizes}
    return {**signed, **unsigned, pa.bool_(): pd.BooleanDtype()}


def _begin(file: Path, names: list[str], options: dict[str, Any]) -> tuple[Any, pd.DataFrame | None]:
    """A reader with its first chunk.

    Raises:
        ParserWarning: The first row has more fields than there are names.
    """
    reader = pd.read_csv(file, names=names, **options)
    try:
        return reader, _next(reader)
    except BaseException:
        reader.close()
        raise


def _next(reader: Any) -> pd.DataFrame | None:
    """The next chunk, if there is one."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return next(reader, None)


def _shown(error: UnicodeError) -> str:
    return repr(error.object[error.start : error.start + 4]) if isinstance(error, UnicodeDecodeError) else str(error)
