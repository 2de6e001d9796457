"""Raw inputs as people have them in memory, in the form that a trained model takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.data.arrays.samples import fitted
from automl.data.spec import TensorSpec
from automl.errors import DataError, nearest, shown

if TYPE_CHECKING:
    from automl.data.spec import DataSpec

_MADE = re.compile(r"x(\d+)")
"""Columns of tables that were made of arrays."""


def is_path(x: Any, spec: DataSpec) -> bool:
    """Whether what was given names files of samples; a model that takes texts takes any other text for one."""
    if isinstance(x, Path):
        return True
    if not isinstance(x, str):
        return False
    inputs = spec.inputs
    texts = not isinstance(inputs, TensorSpec) and [one.dtype for one in inputs.values()] == ["string"]
    return not texts or _exists(x)


def raw_inputs(x: Any, spec: DataSpec) -> Any:
    """What ``ModelPlugin.predict`` takes.

    Args:
        x: What is no path; see ``automl.api.Study.predict``.
        spec: Of the data that the model learned from.

    Raises:
        DataError: They are of another kind.
    """
    if isinstance(spec.inputs, TensorSpec):
        if "channels" in spec.details:
            return _windows(x, spec)
        if isinstance(x, list | tuple) and x and all(isinstance(one, str | Path) for one in x):
            from automl.data.images.samples import images_given

            return images_given([Path(one) for one in x], spec)
        return fitted(_numbers(x), spec)
    if all(one.shape == () for one in spec.inputs.values()):
        return _table(x, spec)
    return x


def _table(x: Any, spec: DataSpec) -> pd.DataFrame:
    """A table of the columns that the model knows by name; one that knows a single column takes its values as well."""
    columns = list(spec.inputs)  # type: ignore[arg-type]
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
    if isinstance(x, pd.DataFrame):
        missing = [name for name in channels if name not in x]
        if missing:
            raise DataError(f"predict: the column '{missing[0]}' is missing. {nearest(missing[0], map(str, x))}")
        x = x[channels].apply(pd.to_numeric, errors="coerce")
    rows = _numbers(x)
    if rows.ndim == 2 and lookback is not None:
        if len(rows) < lookback:
            raise DataError(f"predict: the model looks back on {lookback} steps. Received: {len(rows)} rows.")
        rows = rows[np.newaxis, -lookback:]
    return fitted(rows, spec)


def _numbers(x: Any) -> np.ndarray:
    try:
        rows = np.asarray(x)
    except ValueError as error:
        raise DataError("predict: the samples differ in shape. Bring them to one.") from error
    if rows.dtype.kind not in "biuf":
        raise DataError(f"predict: expected numbers. Received: {_told(x)}.")
    return rows


def _exists(x: str) -> bool:
    try:
        return Path(x).exists()
    except (OSError, ValueError):
        return False


def _told(x: Any) -> str:
    shape = getattr(x, "shape", None)
    return f"{type(x).__name__} of shape {shape}" if shape is not None else shown(x)
