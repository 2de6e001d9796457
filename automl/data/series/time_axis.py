"""The dates of a series: read in one way, and checked to rise."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from automl.data.tables.values import strings
from automl.errors import DataError

_NAMES = {"date", "time", "datetime", "timestamp"}
# Day and month as numbers, in either order, before a year: 05/02/2024, 5.2.24.
_EITHER_ORDER = r"^\s*(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})\b"
# A year beside another number: 2024-01, 1.2.2024, 2024년 1월.
_DATE = r"(?:^|\D)\d{4}\D+\d{1,2}|\d{1,2}\D+\d{4}(?:\D|$)"
_SOME = 50
_ZONE = r"(?:[zZ]|\d{2}:\d{2}.*[+-]\d{2}:?\d{2})\s*$"


def date_column(frame: pd.DataFrame) -> str | None:
    """The column that is called as dates are, else the first of texts that are rising dates, if there is one."""
    called = next((str(name) for name in frame.columns if str(name).lower() in _NAMES), None)
    return called or next((str(name) for name in frame.columns if _holds_dates(frame[name])), None)


def _holds_dates(column: pd.Series[Any]) -> bool:
    if pd.api.types.is_datetime64_any_dtype(column):
        return len(_backward(column)) == 0
    if pd.api.types.is_numeric_dtype(column) or not column.iloc[:_SOME].astype(str).str.contains(_DATE).all():
        return False
    try:
        return bool(read_dates(strings(column), str(column.name)))
    except DataError:
        return False


def read_dates(column: pd.Series[Any], name: str) -> tuple[pd.Series[Any], list[str]]:
    """Dates, or numbers of rising rows, with what is to be told: what was open, and irregular steps.

    Args:
        column: The dates as text.
        name: What the column is called.

    Returns:
        Those of a zone in UTC, others as they stand; and the sentences.

    Raises:
        DataError: The message names the first row at fault.
    """
    readings = _readings(column, name)
    whole = [dates for dates in readings if dates.notna().all()]
    if not whole:
        row = int(np.flatnonzero(readings[0].isna())[0])
        raise DataError(
            f"data.date: '{name}' cannot be read as a date in row {row + 1}. Received: '{column.iloc[row]}'."
            " Mend it, or name another column by data.date."
        )
    dates = next((one for one in whole if len(_backward(one)) == 0), whole[0])
    backward = _backward(dates)
    if len(backward):
        row = int(backward[0]) + 1
        raise DataError(
            f"data.date: '{name}' must rise from row to row. Received in rows {row} and {row + 1}:"
            f" {column.iloc[row - 1]}, {column.iloc[row]}. Sort the file and drop repeated dates."
        )
    told = _irregular(dates, name)
    if len(whole) > 1:
        day = f"{dates.iloc[0]:%Y-%m-%d}"
        told.insert(0, f"'{name}' does not tell days from months; {column.iloc[0]} was read as {day}.")
    zoned = column.str.contains(_ZONE).all() or not hasattr(dates, "dt")
    return dates if zoned else dates.dt.tz_localize(None), told


def _readings(column: pd.Series[Any], name: str) -> list[pd.Series[Any]]:
    """The ways in which dates can be read, the likeliest first; each reads the whole column alike."""
    values = pd.Series(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
    if np.isfinite(values).all():  # seconds since 1970, years, or just numbers
        return [values]
    parts = column.str.extract(_EITHER_ORDER)
    if parts[0].isna().any():
        return [_parsed(column)]
    above = [parts[side].astype(int).to_numpy() > 12 for side in (0, 1)]
    short = [_parsed(column, yearfirst=True)] if (parts[2].str.len() == 2).all() else []
    if above[0].any() and above[1].any() and not short:
        rows = [int(side.argmax()) for side in above]
        raise DataError(
            f"data.date: '{name}' has the day before the month in row {rows[0] + 1} and after it in row {rows[1] + 1}."
            f" Received: {column.iloc[rows[0]]} and {column.iloc[rows[1]]}. Write all dates alike, best as 2024-12-31."
        )
    orders = [True] if above[0].any() else [False] if above[1].any() else [False, True]
    return [*(_parsed(column, dayfirst=order) for order in orders), *short]


def _parsed(column: pd.Series[Any], **order: bool) -> pd.Series[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of dates whose order is not the one asked for
        dates: pd.Series[Any] = pd.to_datetime(column, errors="coerce", format="mixed", utc=True, **order)  # type: ignore[call-overload]
        return dates


def _backward(dates: pd.Series[Any]) -> np.ndarray:
    """Rows after which the next is not later."""
    return np.flatnonzero(~(dates.iloc[1:].to_numpy() > dates.iloc[:-1].to_numpy()))


def frequency(dates: pd.Series[Any]) -> str | None:
    """What dates follow in pandas' words, such as ends of months or working days; None where it is not known."""
    is_told = len(dates) > 2 and pd.api.types.is_datetime64_any_dtype(dates)
    return pd.infer_freq(pd.DatetimeIndex(dates)) if is_told else None


def _irregular(dates: pd.Series[Any], name: str) -> list[str]:
    steps = dates.diff().iloc[1:]
    usual = steps.mode()
    odd = int((steps != usual.iloc[0]).sum()) if len(usual) else 0
    if not odd or frequency(dates) is not None:  # months and working days are regular, although their steps differ
        return []
    return [f"{odd} of {len(steps)} steps in '{name}' are not {usual.iloc[0]}; windows count rows."]
