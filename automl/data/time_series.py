"""A series with one row a point in time, for forecasting."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from automl.data.arrays import moments
from automl.data.cache import cached, digest
from automl.data.dataset import Dataset, Loader
from automl.data.memory import mapped
from automl.data.spec import DataSpec, TensorSpec
from automl.data.splits import fractions
from automl.data.tables import Tables, find_files, identities, numbers, strings
from automl.data.windows import WindowPart
from automl.errors import ConfigError, DataError, nearest

if TYPE_CHECKING:
    from pathlib import Path

_PARTS = ("train", "validation", "test")


@dataclass
class TimeSeries(Loader):
    """A table of numbers in time order; the split follows time, and models see the scale of the train part alone.

    Windows of the validation and test parts may look back into the part before, as in the literature (Zhou et al.
    2021); what they forecast lies wholly in their own part.

    Attributes:
        name: The name under which results are reported.
        path: CSV or Parquet, or a pattern of such files in time order.
        task: ``forecasting``.
        date: Column of dates; by default a column called date, time, datetime or timestamp, if there is one.
        channels: Columns that models see; by default all that hold numbers.
        target: Channel or channels to forecast; by default all.
        lookback: Steps that a model sees.
        horizon: Steps that it forecasts.
        validation: Share of the rows for validation.
        test: Share of the rows for test, the last ones.
        lengths: Rows of the three parts instead of shares, from the first row on; what is left over is not used.
        missing: Whether a missing value is an ``error``, or takes the value before it (``forward_fill``).
        delimiter: Between fields; by default what the first lines tell.
        encoding: Of the text.
    """

    name: str
    path: str | None = None
    task: str = "forecasting"
    date: str | None = None
    channels: list[str] | None = None
    target: str | list[str] | None = None
    lookback: int = 96
    horizon: int = 24
    validation: float = 0.1
    test: float = 0.2
    lengths: list[int] | None = None
    missing: Literal["error", "forward_fill"] = "error"
    delimiter: str | None = None
    encoding: str = "utf-8"

    def open(self, cache: Path, seed: int) -> Dataset:
        """See ``Loader.open``; the seed is not used."""
        del seed
        files = find_files(self.path, "data.path")
        self._check_lengths()
        identity = digest(identities(files), self.date, self.channels, self.missing, self.delimiter, self.encoding)
        content = cached(cache, f"{self.name}-{identity}", lambda folder: self._write(files, folder))
        about = json.loads((content / "about.json").read_text())
        series = mapped(content / "series.npy")
        assert series is not None
        ends = np.cumsum(self.lengths or self._shares(len(series)))
        if ends[-1] > len(series):
            raise DataError(
                f"data.lengths: the parts need {ends[-1]:,} rows. Received: {len(series):,} rows in {self.path}."
            )
        targets = [about["channels"].index(name) for name in self._targets(about["channels"])]
        parts = [self._part(series, int(end), int(end - before), part, targets)
                 for part, end, before in zip(_PARTS, ends, (0, *ends), strict=False)]  # fmt: skip
        return Dataset(self._spec(series, int(ends[0]), about, targets, identity, parts), *parts)

    def _shares(self, rows: int) -> list[int]:
        fractions(self.validation, self.test)
        validation, test = round(rows * self.validation), round(rows * self.test)
        return [rows - validation - test, validation, test]

    def _check_lengths(self) -> None:
        for key in ("lookback", "horizon"):
            if getattr(self, key) < 1:
                raise ConfigError(f"data.{key}: expected at least one step. Received: {getattr(self, key)}.")
        if self.lengths is not None and (len(self.lengths) != len(_PARTS) or min(self.lengths) < 1):
            raise ConfigError(
                f"data.lengths: expected the rows of train, validation and test. Received: {self.lengths}."
            )

    def _part(self, series: np.ndarray, end: int, length: int, name: str, targets: list[int]) -> WindowPart:
        first = end - length
        start = first if name == "train" else max(0, first - self.lookback)
        count = end - start - self.lookback - self.horizon + 1
        if count < 1:
            raise DataError(
                f"data.lookback + data.horizon: {self.lookback} + {self.horizon} steps do not fit into the {name}"
                f" part of {length:,} rows. Shorten them, or enlarge the part."
            )
        return WindowPart(series, start, count, self.lookback, self.horizon, targets)

    def _spec(
        self,
        series: np.ndarray,
        train: int,
        about: dict[str, Any],
        targets: list[int],
        identity: str,
        parts: list[WindowPart],
    ) -> DataSpec:
        statistics: dict[str, Any] = moments(series, np.arange(train))
        for key in ("mean", "variance"):
            statistics[f"target_{key}"] = [statistics[key][channel] for channel in targets]
        return DataSpec(
            name=self.name,
            task="forecasting",
            inputs=TensorSpec((self.lookback, series.shape[1]), "float32"),
            target=TensorSpec((self.horizon, len(targets)), "float32"),
            sizes={name: len(part) for name, part in zip(_PARTS, parts, strict=True)},
            fingerprint=digest(
                identity, self.lengths, self.validation, self.test, self.lookback, self.horizon, targets
            ),
            statistics=statistics,
            details={
                "channels": about["channels"],
                "target_channels": targets,
                "lookback": self.lookback,
                "horizon": self.horizon,
            },
            warnings=tuple(about["warnings"]),
        )

    def _targets(self, channels: list[str]) -> list[str]:
        wanted = [self.target] if isinstance(self.target, str) else self.target or channels
        for name in wanted:
            if name not in channels:
                raise DataError(f"data.target: there is no channel '{name}' in {self.path}. {nearest(name, channels)}")
        return wanted

    def _write(self, files: list[Path], folder: Path) -> None:
        frame = Tables(files, delimiter=self.delimiter, encoding=self.encoding).read()
        date = self._date_column(list(frame.columns))
        warnings = [] if date is None else _check_dates(strings(frame[date]), date)
        columns, left_out = self._numeric(frame, date)
        if left_out:
            warnings.append(f"columns that hold no numbers were left out: {', '.join(left_out)}.")
        series = pd.DataFrame(columns)
        self._check_values(series)
        values = series.ffill().bfill() if self.missing == "forward_fill" else series
        np.save(folder / "series.npy", values.to_numpy(np.float32))
        (folder / "about.json").write_text(json.dumps({"channels": list(columns), "warnings": warnings}))

    def _date_column(self, columns: list[str]) -> str | None:
        if self.date is None:
            return next((name for name in columns if name.lower() in {"date", "time", "datetime", "timestamp"}), None)
        if self.date not in columns:
            raise DataError(
                f"data.date: there is no column '{self.date}' in {self.path}. {nearest(self.date, columns)}"
            )
        return self.date

    def _numeric(self, frame: pd.DataFrame, date: str | None) -> tuple[dict[str, np.ndarray], list[str]]:
        """The channels, and the columns that were left out because they hold no numbers."""
        wanted = self.channels or [name for name in frame.columns if name != date]
        found, left_out = {}, []
        for name in wanted:
            if name not in frame.columns:
                raise DataError(
                    f"data.channels: there is no column '{name}' in {self.path}. {nearest(name, frame.columns)}"
                )
            values = numbers(frame[name])
            given = strings(frame[name]) != ""
            broken = np.flatnonzero(given.to_numpy() & ~np.isfinite(values))
            if len(broken) == 0 and given.any():
                found[name] = values
            elif self.channels is None and len(broken) == given.sum():
                left_out.append(name)
            else:
                raise DataError(
                    f"data.channels: '{name}' is to hold numbers."
                    f" Received in row {broken[0] + 1 if len(broken) else 1}: '{frame[name].iloc[broken[0]]}'."
                    if len(broken)
                    else f"data.channels: '{name}' holds no values."
                )
        if not found:
            raise DataError(f"data.path: {self.path} has no column of numbers. It has: {', '.join(frame.columns)}.")
        return found, left_out

    def _check_values(self, series: pd.DataFrame) -> None:
        counts = series.isna().sum()
        if self.missing == "error" and counts.any():
            name = str(counts.idxmax())
            row = int(np.flatnonzero(series[name].isna())[0]) + 1
            raise DataError(
                f"{self.path}: '{name}' has {counts[name]} missing value{'s' if counts[name] > 1 else ''}, the first in"
                f" row {row}. Fill them in, or set data.missing=forward_fill."
            )


def _check_dates(column: pd.Series[Any], name: str) -> list[str]:
    """Refuse dates that cannot be read or are out of order; tell of irregular steps.

    Raises:
        DataError: The message names the first row at fault.
    """
    dates = pd.to_datetime(column, errors="coerce", format="mixed", utc=True)
    unreadable = np.flatnonzero(dates.isna())
    if len(unreadable):
        row = int(unreadable[0])
        raise DataError(
            f"data.date: '{name}' cannot be read as a date in row {row + 1}. Received: '{column.iloc[row]}'."
        )
    steps = dates.diff().iloc[1:]
    backward = np.flatnonzero(steps <= pd.Timedelta(0))
    if len(backward):
        row = int(backward[0]) + 1
        raise DataError(
            f"data.date: '{name}' must rise from row to row. Received in rows {row} and {row + 1}:"
            f" {column.iloc[row - 1]}, {column.iloc[row]}. Sort the file and drop repeated dates."
        )
    usual = steps.mode()
    odd = int((steps != usual.iloc[0]).sum()) if len(usual) else 0
    return [f"{odd} of {len(steps)} steps in '{name}' are not {usual.iloc[0]}; windows count rows."] if odd else []
