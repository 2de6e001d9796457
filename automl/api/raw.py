"""Raw inputs as people have them, in the form that a trained model takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.data.spec import TensorSpec
from automl.errors import DataError, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from automl.data.spec import DataSpec

_MADE = re.compile(r"x(\d+)")
"""Columns of tables that were made of arrays."""


def raw_inputs(x: Any, spec: DataSpec) -> Any:
    """What ``ModelPlugin.predict`` takes.

    Args:
        x: See ``automl.api.Study.predict``.
        spec: Of the data that the model learned from.

    Raises:
        DataError: They are of another kind.
    """
    if isinstance(spec.inputs, TensorSpec):
        if "channels" in spec.details:
            return _windows(x, spec)
        paths = _paths(x)
        return _images(paths, spec.inputs) if paths else _tensor(x, spec.inputs, spec)
    if all(one.shape == () for one in spec.inputs.values()):
        return _table(x, spec)
    return x


def _table(x: Any, spec: DataSpec) -> pd.DataFrame:
    """A table of the columns that the model knows by name; one that knows a single column takes its values as well."""
    columns = list(spec.inputs)  # type: ignore[arg-type]
    if isinstance(x, str | Path) and _is_file(x):
        return _read(x)
    if isinstance(x, pd.DataFrame):
        return _plain(x)
    if isinstance(x, Mapping):
        return _plain(pd.DataFrame({name: np.atleast_1d(np.asarray(values)) for name, values in x.items()}))
    if isinstance(x, Sequence) and x and isinstance(x[0], Mapping):
        return _plain(pd.DataFrame(list(x)))
    if len(columns) == 1 and np.iterable(x):
        return _plain(pd.DataFrame({columns[0]: [x] if isinstance(x, str) else list(x)}))
    if all(_MADE.fullmatch(name) for name in columns) and not isinstance(x, str):
        rows = np.asarray(x)
        if rows.ndim == 2:
            return pd.DataFrame({f"x{number}": column for number, column in enumerate(rows.T)})
    raise DataError(
        f"predict: a DataFrame, or columns by name, is needed: {', '.join(columns[:8])}"
        f"{', ...' if len(columns) > 8 else ''}. Received: {_told(x)}."
    )


def _read(path: str | Path) -> pd.DataFrame:
    from automl.data.tables.reading import Tables, find_files

    return Tables(find_files(str(path), "predict"), key="predict").read()


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose columns hold numbers, texts and dates, as files of it would."""
    changed = {}
    for name, column in frame.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            changed[name] = column.astype(object)
        elif pd.api.types.is_timedelta64_dtype(column):
            changed[name] = column.dt.total_seconds()
        elif isinstance(column.dtype, pd.DatetimeTZDtype):
            changed[name] = column.dt.tz_convert("UTC").dt.tz_localize(None)
        elif isinstance(column.dtype, pd.PeriodDtype):
            changed[name] = column.dt.to_timestamp()
    return frame.assign(**{str(name): column for name, column in changed.items()}) if changed else frame


def _windows(x: Any, spec: DataSpec) -> np.ndarray:
    """Windows (n, lookback, channels); of the rows of a series the last ones are one window."""
    channels, inputs = list(spec.details["channels"]), spec.inputs
    assert isinstance(inputs, TensorSpec)
    lookback = inputs.shape[0]
    table = _read(x) if isinstance(x, str | Path) and _is_file(x) else x
    if isinstance(table, pd.DataFrame):
        missing = [name for name in channels if name not in table]
        if missing:
            raise DataError(f"predict: the column '{missing[0]}' is missing. Received: {', '.join(map(str, table))}.")
        table = table[channels].apply(pd.to_numeric, errors="coerce")
    rows = _numbers(table)
    if rows.ndim == 2 and lookback is not None:
        if len(rows) < lookback:
            raise DataError(f"predict: the model looks back on {lookback} steps. Received: {len(rows)} rows.")
        rows = rows[np.newaxis, -lookback:]
    return _shaped(rows, inputs, spec)


def _paths(x: Any) -> list[Path]:
    """Files of images, where paths or a folder were given."""
    given = [x] if isinstance(x, str | Path) else list(x) if isinstance(x, list | tuple) else []
    if not given or not all(isinstance(one, str | Path) for one in given):
        return []
    if len(given) == 1 and Path(given[0]).is_dir():
        from automl.data.images.decoding import SUFFIXES

        return [one for one in sorted(Path(given[0]).rglob("*")) if one.suffix.lower() in SUFFIXES]
    return [Path(one) for one in given]


def _images(paths: Iterable[Path], spec: TensorSpec) -> np.ndarray:
    """Image files in the shape that the model knows."""
    from automl.data.images.decoding import BadImageError, opened, to_array

    if len(spec.shape) != 3 or None in spec.shape:
        raise DataError(f"predict: the model takes no images. Received: {shown([str(one) for one in paths])}.")
    height, width, channels = (length or 0 for length in spec.shape)
    found = []
    for path in paths:
        try:
            found.append(to_array(opened(path.read_bytes()), (height, width), grey=channels == 1))
        except (BadImageError, OSError) as error:
            reason = getattr(error, "strerror", None) or error
            raise DataError(f"predict: {path} cannot be read as an image ({reason}).") from error
    return np.stack(found)


def _tensor(x: Any, inputs: TensorSpec, spec: DataSpec) -> np.ndarray:
    rows = _numbers(x)
    if inputs.shape[-1:] == (1,) and rows.shape[1:] == inputs.shape[:-1]:
        rows = rows[..., np.newaxis]  # grey images without an axis of channels
    return _shaped(rows, inputs, spec)


def _shaped(rows: np.ndarray, inputs: TensorSpec, spec: DataSpec) -> np.ndarray:
    fits = rows.ndim == 1 + len(inputs.shape) and all(
        wanted is None or wanted == length for wanted, length in zip(inputs.shape, rows.shape[1:], strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if length is None else str(length) for length in inputs.shape)
        raise DataError(
            f"predict: the model of data={spec.name} takes samples of shape ({wanted}), one a row."
            f" Received: an array of shape {rows.shape}."
        )
    return rows


def _numbers(x: Any) -> np.ndarray:
    try:
        rows = np.asarray(x)
    except ValueError as error:
        raise DataError("predict: the samples differ in shape. Bring them to one.") from error
    if rows.dtype.kind not in "biuf":
        raise DataError(f"predict: expected numbers. Received: {_told(x)}.")
    return rows


def _is_file(x: str | Path) -> bool:
    try:
        return Path(x).is_file()
    except (OSError, ValueError):
        return False


def _told(x: Any) -> str:
    shape = getattr(x, "shape", None)
    return f"{type(x).__name__} of shape {shape}" if shape is not None else shown(x)
