"""The end of a series out of a file, and the dates that follow it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.data.samples import Samples
from automl.data.series.time_axis import date_column, frequency, read_dates
from automl.data.spec import TensorSpec
from automl.data.tables.values import numbers, strings
from automl.errors import DataError, nearest

if TYPE_CHECKING:
    from automl.data.samples import Note
    from automl.data.spec import DataSpec
    from automl.data.tables.reading import Tables

_DATES = 64
"""Rows that tell the step from one date to the next."""


def tail_sample(tables: Tables, spec: DataSpec, note: Note, *, date: str | None, fill: bool) -> Samples:
    """The window that the last rows of a table are, named by the dates that follow it.

    Args:
        tables: Its files.
        spec: Of the data that the model learned from.
        note: Hears of dates that are read in one of several ways, or are irregular.
        date: The column of dates; by default the one that the model's data had, or that is called so.
        fill: Whether a missing value takes the value before it; else it is an error.

    Raises:
        DataError: A column is missing, the rows are too few, a value is no number, or the dates do not rise.
    """
    assert isinstance(spec.inputs, TensorSpec)
    lookback = int(spec.inputs.shape[0] or 1)
    frame, first = _tail(tables, max(lookback, _DATES))
    missing = [name for name in spec.details["channels"] if name not in frame]
    if missing:
        raise DataError(f"predict: the column '{missing[0]}' is missing. {nearest(missing[0], map(str, frame))}")
    if len(frame) < lookback:
        raise DataError(f"predict: the model looks back on {lookback} steps. Received: {len(frame)} rows.")
    window = _window(frame, spec.details["channels"], first, lookback, fill=fill)
    return Samples(window, _names(frame, spec, note, date))


def _tail(tables: Tables, count: int) -> tuple[pd.DataFrame, int]:
    """The last rows, and the number of the first of them."""
    chunks: deque[pd.DataFrame] = deque()
    held = read = 0
    for chunk in tables.chunks():
        chunks.append(chunk)
        held, read = held + len(chunk), read + len(chunk)
        while held - len(chunks[0]) >= count:
            held -= len(chunks.popleft())
    frame = pd.concat(list(chunks), ignore_index=True).iloc[-count:].reset_index(drop=True)
    return frame, read - len(frame) + 1


def _window(frame: pd.DataFrame, channels: list[str], first: int, lookback: int, *, fill: bool) -> np.ndarray:
    """The last rows as one window (1, lookback, channels)."""
    found = {}
    for name in channels:
        values = numbers(frame[name])
        unread = ~np.isfinite(values)
        broken = unread & (strings(frame[name]) != "").to_numpy()
        if broken.any():
            row = int(broken.argmax())
            raise DataError(
                f"predict: the column '{name}' is to hold numbers."
                f" Received in row {first + row:,}: '{frame[name].iloc[row]}'."
            )
        filled = pd.Series(values).ffill().bfill().to_numpy() if fill else values
        gaps = ~np.isfinite(filled[-lookback:])
        if gaps.any():
            row = len(frame) - lookback + int(gaps.argmax())
            raise DataError(
                f"predict: the column '{name}' has no value in row {first + row:,}. Fill it in, or set"
                " data.missing=forward_fill."
            )
        found[name] = filled[-lookback:]
    return np.stack([found[name] for name in channels], axis=1, dtype=np.float32)[np.newaxis]


def _names(frame: pd.DataFrame, spec: DataSpec, note: Note, date: str | None) -> pd.DataFrame:
    """What tells the steps of the forecast apart: the dates that follow, or else their numbers."""
    horizon = int(spec.details["horizon"])
    if date is not None and date not in frame:
        raise DataError(f"data.date: there is no column '{date}'. {nearest(date, map(str, frame))}")
    learned = spec.details.get("date")
    name = date or (learned if learned in frame else date_column(frame))
    if name is None or len(frame) < 2:
        return pd.DataFrame({"step": np.arange(1, horizon + 1)})
    dates, told = read_dates(strings(frame[name]), name)
    for sentence in told:
        note(sentence)
    return pd.DataFrame({name: following(dates, horizon)})


def following(dates: pd.Series[Any], count: int) -> Any:
    """The dates, or numbers, that go on where others end, with their own frequency.

    That is the calendar's where they follow one (ends of months, working days), else their usual step.

    Example:
        >>> following(pd.Series(pd.to_datetime(["2024-01-31", "2024-02-29", "2024-03-31"])), 1)
        DatetimeIndex(['2024-04-30'], dtype='datetime64[ns]', freq='ME')
    """
    step, last = dates.diff().iloc[1:].mode().iloc[0], dates.iloc[-1]
    if not pd.api.types.is_datetime64_any_dtype(dates):
        found = np.asarray([last + step * number for number in range(1, count + 1)])
        return found.astype(np.int64) if (found % 1 == 0).all() else found
    return pd.date_range(last, periods=count + 1, freq=frequency(dates) or step)[1:]
