"""A series with one row a point in time, for forecasting."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from automl.bounds import Between, Count, Needed, NotEmpty, Portion, Text
from automl.data.arrays.samples import SUFFIXES
from automl.data.arrays.statistics import moments
from automl.data.cache import digest, entry_name, read_cached
from automl.data.dataset import Dataset, Loader
from automl.data.folds import settled
from automl.data.memory import mapped
from automl.data.series.channels import Channels
from automl.data.series.cutting import Cutting
from automl.data.series.naive import naive_error
from automl.data.series.samples import tail_sample
from automl.data.series.steps import settled as settled_steps
from automl.data.series.time_axis import date_column, read_dates
from automl.data.serves import check_serves
from automl.data.spec import DataSpec, TensorSpec
from automl.data.splits import fractions
from automl.data.tables.reading import Tables, find_files, identities
from automl.data.tables.values import strings
from automl.errors import ConfigError, DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from automl.data.samples import Note, Samples
    from automl.data.series.windows import WindowPart

_PARTS = ("train", "validation", "test")
_FORMAT = 3
"""Of what the cache holds; another one is not read."""


@dataclass
class TimeSeries(Loader):
    """A table of numbers in time order; the split follows time, and models see the scale of the train part alone.

    Windows of the validation and test parts may look back into the part before, as in the literature (Zhou et al.
    2021); what they forecast lies wholly in their own part.

    Attributes:
        name: The name under which results are reported.
        path: CSV or Parquet, or a pattern of such files in time order.
        task: ``forecasting``, or another for series whose target is values.
        date: Column of dates; by default one called date, time, datetime or timestamp, or else of rising dates.
        channels: Columns that models see; by default all that hold numbers.
        target: Channel or channels to forecast; by default all.
        lookback: Steps that a model sees; by default four horizons and two seasons, of a short series fewer.
        horizon: Steps that it forecasts; by default 24, of a short series fewer.
        season: Steps after which the naive forecast repeats itself, whose error ``mase`` is told by; 1 for the last
            value.
        validation: Share of the rows for validation.
        test: Share of the rows for test, the last ones.
        lengths: Rows of the three parts instead of shares, from the first row on; what is left over is not used.
        missing: Whether a missing value is an ``error``, or takes the value before it (``forward_fill``).
        delimiter: Between fields; by default what the first lines tell.
        encoding: Of the text.
    """

    name: Text
    path: Needed | None = None
    task: Text = "forecasting"
    date: str | None = None
    channels: Annotated[list[str], NotEmpty()] | None = None
    target: str | Annotated[list[str], NotEmpty()] | None = None
    lookback: Literal["auto"] | Annotated[int, Between(1, 1_000_000)] = "auto"
    horizon: Literal["auto"] | Annotated[int, Between(1, 1_000_000)] = "auto"
    season: Annotated[int, Between(1, 1_000_000)] = 1
    validation: Portion = 0.1
    test: Portion = 0.2
    lengths: list[Count] | None = None
    missing: Literal["error", "forward_fill"] = "error"
    delimiter: Text | None = None
    encoding: Text = "utf-8"

    def open(self, cache: Path, seed: int) -> Dataset:
        """See ``Loader.open``; the seed is not used."""
        del seed
        check_serves(self.task, "a series", "series", "value")
        files = find_files(self.path, "data.path")
        self._check_lengths()
        identity = digest(
            _FORMAT, identities(files), self.date, self.channels, self.missing, self.delimiter, self.encoding
        )
        return read_cached(
            cache,
            entry_name(self, identity),
            lambda folder: self._write(files, folder),
            lambda content: self._read(content, identity),
        )

    def samples(self, path: str, spec: DataSpec, note: Note) -> Iterator[Samples]:
        """See ``Loader.samples``: the last rows are one sample; or windows in a .npy or .npz file."""
        if Path(path).suffix.lower() in SUFFIXES:
            yield from super().samples(path, spec, note)
            return
        tables, fill = self._tables(find_files(path, "predict"), "predict"), self.missing == "forward_fill"
        yield tail_sample(tables, spec, note, date=self.date, fill=fill)

    def _tables(self, files: list[Path], key: str = "data.path") -> Tables:
        return Tables(files, delimiter=self.delimiter, encoding=self.encoding, key=key)

    def _read(self, content: Path, identity: str) -> Dataset:
        about = json.loads((content / "about.json").read_text())
        series = mapped(content / "series.npy")
        assert series is not None
        lengths = self.lengths or self._shares(len(series))
        ends = np.cumsum(lengths).tolist()
        if ends[-1] > len(series):
            raise DataError(
                f"data.lengths: the parts need {ends[-1]:,} rows. Received: {len(series):,} rows in {self.path}."
            )
        targets = [about["channels"].index(name) for name in self._targets(about)]
        cutting = Cutting(series, settled_steps(self.lookback, self.horizon, lengths, self.season), targets)
        parts = [cutting.part(*part) for part in zip(_PARTS, ends, lengths, strict=True)]
        folds = cutting.rolled(
            settled(self.folds, self.name, self.task, len(parts[0]) + len(parts[1])), ends[0], ends[1]
        )
        learned = ends[1] if folds else ends[0]
        spec = self._spec(cutting, learned, about, identity, parts)
        if not folds:
            return Dataset(spec, *parts)
        first, pool = folds[0], cutting.part("train", learned, learned)
        sizes = {"train": len(first.train), "validation": len(first.validation), "test": len(parts[2])}
        spec = replace(spec, sizes=sizes, folds=len(folds), fingerprint=digest(spec.fingerprint, len(folds)))
        return Dataset(spec, first.train, first.validation, parts[2], folds=folds, pool=pool)

    def _shares(self, rows: int) -> list[int]:
        fractions(self.validation, self.test)
        validation, test = round(rows * self.validation), round(rows * self.test)
        return [rows - validation - test, validation, test]

    def _check_lengths(self) -> None:
        if self.lengths is not None and len(self.lengths) != len(_PARTS):
            raise ConfigError(
                f"data.lengths: expected the rows of train, validation and test. Received: {self.lengths}."
            )
        for key in ("channels", "target"):
            names = getattr(self, key)
            twice = [name for name, count in Counter(names if isinstance(names, list) else []).items() if count > 1]
            if twice:
                raise ConfigError(f"data.{key}: '{twice[0]}' is given twice; give it once.")

    def _spec(
        self, cutting: Cutting, learned: int, about: dict[str, Any], identity: str, parts: list[WindowPart]
    ) -> DataSpec:
        series, (lookback, horizon, told), targets = cutting.series, cutting.steps, cutting.targets
        statistics: dict[str, Any] = moments(series, np.arange(learned))
        for key in ("mean", "variance"):
            statistics[f"target_{key}"] = [statistics[key][channel] for channel in targets]
        statistics["naive_error"] = naive_error(series[:learned, targets], self.season)
        return DataSpec(
            name=self.name,
            task=self.task,
            inputs=TensorSpec((lookback, series.shape[1]), "float32"),
            target=TensorSpec((horizon, len(targets)), "float32"),
            sizes={name: len(part) for name, part in zip(_PARTS, parts, strict=True)},
            fingerprint=digest(identity, self.lengths, self.validation, self.test, lookback, horizon, targets),
            statistics=statistics,
            details={
                "channels": about["channels"],
                "target_channels": targets,
                "lookback": lookback,
                "horizon": horizon,
                "date": about["date"],
            },
            warnings=(*about["warnings"], *told),
        )

    def _targets(self, about: dict[str, Any]) -> list[str]:
        channels: list[str] = about["channels"]
        wanted = [self.target] if isinstance(self.target, str) else self.target or channels
        for name in wanted:
            if name in channels:
                continue
            if name in about["left_out"]:
                raise DataError(
                    f"data.target: '{name}' in {self.path} holds {about['left_out'][name]}; choose another."
                )
            if self.channels is not None and name in about["columns"]:
                raise ConfigError(f"data.target: '{name}' is not among data.channels; add it there.")
            raise DataError(f"data.target: there is no channel '{name}' in {self.path}. {nearest(name, channels)}")
        return wanted

    def _write(self, files: list[Path], folder: Path) -> None:
        frame = self._tables(files).read()
        date = self._date_column(frame)
        warnings = [] if date is None else read_dates(strings(frame[date]), date)[1]
        wanted = self.channels or [name for name in frame.columns if name != date]
        channels = Channels(frame, wanted, str(self.path), asked=self.channels is not None, missing=self.missing)
        np.save(folder / "series.npy", channels.table.to_numpy(np.float32))
        about = {
            "channels": list(channels.table.columns),
            "columns": list(frame.columns),
            "date": date,
            "left_out": channels.left_out,
            "warnings": [*warnings, *channels.notes],
        }
        (folder / "about.json").write_text(json.dumps(about))

    def _date_column(self, frame: pd.DataFrame) -> str | None:
        if self.date is None:
            return date_column(frame)
        if self.date not in frame:
            raise DataError(
                f"data.date: there is no column '{self.date}' in {self.path}. {nearest(self.date, map(str, frame))}"
            )
        return self.date
