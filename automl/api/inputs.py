"""Data in memory as files that a study, and whoever runs its best configuration again, can read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.data.cache import digest
from automl.errors import DataError, StorageError
from automl.files import replacing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import IO

FOLDER = "inputs"
"""Where they lie in an experiments folder."""


@dataclass(frozen=True)
class ArraysHeld:
    """Arrays for an .npz file.

    Attributes:
        x: One sample a row.
        y: One label a row, if there are any.
    """

    x: np.ndarray
    y: np.ndarray | None

    def write(self, experiments: Path) -> Path:
        """Write them, once for the same content; the file.

        Raises:
            StorageError: The folder cannot be written.
        """
        arrays = {name: one for name, one in (("x", self.x), ("y", self.y)) if one is not None}
        parts = [part for name, one in arrays.items() for part in (name, str(one.dtype), one.shape, one.tobytes())]
        return _write(
            experiments, f"arrays-{digest(*parts)}.npz", lambda file: np.savez(file, allow_pickle=False, **arrays)
        )


@dataclass(frozen=True)
class TableHeld:
    """A table for a Parquet file.

    Attributes:
        frame: Columns have names of their own.
        target: The column to predict, where arrays were made into a table.
    """

    frame: pd.DataFrame
    target: str | None = None

    def write(self, experiments: Path) -> Path:
        """Write it, once for the same content; the file.

        Raises:
            DataError: A column cannot be written.
            StorageError: The folder cannot be written.
        """
        import pyarrow as pa
        import pyarrow.parquet

        table = pa.table({str(name): _arrow(column) for name, column in self.frame.items()})
        sink = pa.BufferOutputStream()
        pyarrow.parquet.write_table(table, sink)
        content = sink.getvalue().to_pybytes()
        return _write(experiments, f"table-{digest(content)}.parquet", lambda file: file.write(content))


Held = ArraysHeld | TableHeld


def as_table(x: pd.DataFrame, y: Any, target: str | None) -> tuple[pd.DataFrame, str | None]:
    """A table with its target in it, and the target's name.

    An index of dates becomes a column; any other index is left out.

    Raises:
        DataError: Two columns share a name, or ``y`` is none for this table.
    """
    frame = x.copy(deep=False)
    if isinstance(frame.index, pd.DatetimeIndex | pd.PeriodIndex):
        frame = frame.reset_index(names=str(frame.index.name or "date"))
    frame.columns = pd.Index([str(name) for name in frame.columns], dtype=object)
    if y is not None:
        named = getattr(y, "name", None)
        target = target or (str(named) if named is not None and str(named) not in frame else _free("target", frame))
        column = y.iloc[:, 0] if isinstance(y, pd.DataFrame) else y
        values: Any = column.array if isinstance(column, pd.Series) else np.asarray(column).reshape(-1)
        _check_lengths(len(frame), len(values))
        frame[target] = values  # by place: its index may be another
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise DataError(f"data: two columns are called '{twice[0]}'. Give each a name of its own.")
    if frame.empty:
        raise DataError(f"data: the table is empty. Received: {len(frame)} rows, {frame.shape[1]} columns.")
    return frame, target


def as_arrays(x: Any, y: Any) -> Held:
    """Arrays as they are written: images and sequences as such; texts, and rows of values, as a table.

    Raises:
        DataError: They are ragged, empty, or differ in length.
    """
    inputs = _array(x, "x")
    target = None if y is None else _array(y, "y")
    if target is not None:
        _check_lengths(len(inputs), len(target))
    if inputs.ndim > 2:
        return ArraysHeld(inputs, target)
    if inputs.ndim == 1 and inputs.dtype.kind in "OSU":
        columns = {"text": inputs}
    else:
        columns = {f"x{number}": column for number, column in enumerate(inputs.reshape(len(inputs), -1).T)}
    if target is None:
        return TableHeld(pd.DataFrame(columns))
    name = "label" if "text" in columns else "y"
    if target.size != len(target):
        target = target.argmax(axis=1) if _is_one_hot(target) else target
        if target.ndim > 1:
            raise DataError(f"data: y is to hold one value a row. Received: an array of shape {target.shape}.")
    return TableHeld(pd.DataFrame({**columns, name: target.reshape(-1)}), name)


def _is_one_hot(y: np.ndarray) -> bool:
    return y.ndim == 2 and y.dtype.kind in "biuf" and bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())


def _array(values: Any, name: str) -> np.ndarray:
    """Values as an array of numbers or texts.

    Raises:
        DataError: They are none.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(f"data: {name} is ragged: its samples differ in shape. Bring them to one.") from error
    if array.ndim == 0 or len(array) == 0:
        raise DataError(f"data: {name} is to hold one row a sample. Received: an array of shape {array.shape}.")
    if array.dtype.kind == "O":
        different = {type(one).__name__ for one in array.reshape(-1) if not isinstance(one, str)}
        if different and name == "y":
            raise DataError(
                f"data: y is to hold numbers or texts. Received: {', '.join(sorted(different))} among them."
            )
        array = array if different else array.astype(str)
    if array.dtype.kind in "OMm" and array.ndim > 2:
        raise DataError(f"data: {name} is to hold numbers. Received: {array.dtype}.")
    return array


def _check_lengths(x: int, y: int) -> None:
    if x != y:
        raise DataError(f"data: x and y differ in length. Received: {x} and {y}.")


def _free(name: str, frame: pd.DataFrame) -> str:
    return name if name not in frame else _free(f"{name}_", frame)


def _arrow(column: pd.Series[Any]) -> Any:
    """A column for Parquet; values of several kinds become texts, as in a CSV."""
    import pyarrow as pa

    if isinstance(column.dtype, pd.SparseDtype):
        column = pd.Series(np.asarray(column))
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError):
        texts = [None if missing else str(one) for one, missing in zip(column, column.isna(), strict=True)]
        return pa.array(texts, pa.string())


def _write(experiments: Path, name: str, write: Callable[[IO[bytes]], Any]) -> Path:
    path = experiments / FOLDER / name
    try:
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:
                write(file)
    except OSError as error:
        raise StorageError(f"experiments: {path} cannot be written: {error.strerror or error}.") from error
    return path
