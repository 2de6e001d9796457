"""Tables written to files, a chunk at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from automl.errors import DataError, StorageError
from automl.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

SUFFIXES = (".csv", ".parquet", ".jsonl")
"""Of the files that tables are written to."""

Write = Callable[["pd.DataFrame"], None]


@contextmanager
def table_file(path: Path) -> Iterator[Write]:
    """A file that a table is written to in chunks of the same columns; it is there once the block ends well.

    Args:
        path: It ends in one of ``SUFFIXES``: CSV in UTF-8 with a header, Parquet, or one JSON object a row.

    Raises:
        StorageError: The folder is not there, cannot be written, or the disk is full.
    """
    kinds = {".csv": _csv, ".parquet": _parquet, ".jsonl": _json_lines}
    try:
        with replacing(path) as file, kinds[path.suffix.lower()](file) as write:
            yield write
    except OSError as error:
        raise StorageError(f"--out: {path} cannot be written: {error.strerror or error}.") from error


@contextmanager
def _csv(file: IO[bytes]) -> Iterator[Write]:
    yield lambda table: _put(file, table.to_csv(index=False, header=file.tell() == 0, lineterminator="\n"))


@contextmanager
def _json_lines(file: IO[bytes]) -> Iterator[Write]:
    yield lambda table: _put(
        file, table.to_json(orient="records", lines=True, force_ascii=False, date_format="iso", double_precision=15)
    )


def _put(file: IO[bytes], text: str) -> None:
    file.write(text.encode())


@contextmanager
def _parquet(file: IO[bytes]) -> Iterator[Write]:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    writers: list[Any] = []

    def write(table: pd.DataFrame) -> None:
        try:
            rows = pa.Table.from_pandas(table, schema=writers[0].schema if writers else None, preserve_index=False)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise DataError(f"--out: a column holds values of several types; write CSV instead. {error}") from error
        if not writers:
            writers.append(ParquetWriter(file, rows.schema))
        writers[0].write_table(rows)

    try:
        yield write
    finally:
        for writer in writers:
            writer.close()
