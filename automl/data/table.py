"""Tables for models: columns judged, split, encoded once, and mapped by every worker."""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.data.arrays import ArrayPart, mapped
from automl.data.cache import cached, digest
from automl.data.columns import DATE_FORMAT, Column, Seen, judge, parse_dates, survey
from automl.data.dataset import Dataset, Loader
from automl.data.encoding.make import make_encoder
from automl.data.spec import DataSpec, TensorSpec
from automl.data.splits import split, split_groups
from automl.data.tables import numbers, strings
from automl.errors import ConfigError, DataError, nearest
from automl.tasks import task as task_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_TASKS = ("tabular_classification", "tabular_regression")
_MOST_WHOLE_CLASSES = 20
_QUANTILES = 64
_SAMPLE = 200_000
_ENCODED_ROWS = 8192


@dataclass
class TableLoader(Loader):
    """Base of loaders whose data are a table; a subclass says where its rows come from.

    Attributes:
        name: The name under which results are reported.
        task: ``tabular_classification`` or ``tabular_regression``; by default what the target column tells.
        target: Column to predict.
        group: Column whose rows of one value stay in one part; models do not see it.
        drop: Columns that models do not see.
        validation: Share of the rows for validation.
        test: Share of the rows for test; unused where the data come with a test part.
    """

    name: str
    task: str | None = None
    target: str | None = None
    group: str | None = None
    drop: list[str] = field(default_factory=list)
    validation: float = 0.2
    test: float = 0.2

    @abstractmethod
    def identity(self) -> Any:
        """JSON-ready values that change whenever ``chunks`` would yield something else; cheap to have."""

    @abstractmethod
    def chunks(self) -> Iterator[pd.DataFrame]:
        """The rows in their order, a chunk at a time; those of a given test part last."""

    def test_rows(self) -> int:
        """How many of the last rows are a given test part; asked after ``chunks``."""
        return 0

    def open(self, cache: Path, seed: int) -> Dataset:
        """See ``Loader.open``."""
        if self.task is not None and self.task not in _TASKS:
            raise ConfigError(f"data.task: a table is for {' or '.join(_TASKS)}. Received: {self.task}.")
        identity = digest(type(self).__qualname__, self.identity(), self.task, self.target, self.group, self.drop)
        content = cached(cache, f"{self.name}-{identity}", self._write)
        key = digest(identity, self.validation, self.test, seed)
        parts = cached(content, f"split-{key}", lambda folder: self._write_split(content, folder, seed, key))
        spec = DataSpec.from_dict(json.loads((parts / "spec.json").read_text()))
        features = {name: mapped(parts / f"{name}.npy") for name in _named(spec.features)}
        target, raw = mapped(content / "target.npy"), _Raw(content)
        train, validation, test = (
            ArrayPart(features, target, np.load(parts / f"{part}_rows.npy"), raw)  # type: ignore[arg-type]
            for part in ("train", "validation", "test")
        )
        return Dataset(spec, train, validation, test)

    def _write(self, folder: Path) -> None:
        """The table as plain arrays: numbers, codes of strings, and the target."""
        seen = survey(self.chunks())
        target = self._target(seen)
        columns, warnings = self._judged(seen, target)
        found, classes, word = self._read_target(seen[target], target)
        rows = seen[target].rows
        floating = [column for column in columns if column.kind != "categorical"]
        coded = [column for column in columns if column.kind == "categorical"]
        values = np.lib.format.open_memmap(folder / "values.npy", "w+", np.float64, (rows, len(floating)))
        codes = np.lib.format.open_memmap(folder / "codes.npy", "w+", np.int32, (rows, len(coded)))
        answer = np.empty(rows, np.int64 if classes else np.float32)
        groups = np.empty(rows if self.group else 0, object)
        at = 0
        for chunk in self.chunks():
            here = slice(at, at + len(chunk))
            for number, column in enumerate(floating):
                values[here, number] = _floats(chunk[column.name], column)
            for number, column in enumerate(coded):
                codes[here, number] = pd.Categorical(strings(chunk[column.name]), categories=column.labels).codes
            text = chunk[target]
            answer[here] = pd.Categorical(strings(text), categories=classes).codes if classes else numbers(text)
            if self.group:
                groups[here] = strings(chunk[self.group])
            at = here.stop
        _check_classes(answer, classes, target)
        np.save(folder / "target.npy", answer)
        if self.group:
            np.save(folder / "groups.npy", np.unique(groups.astype(str), return_inverse=True)[1])
        about = {
            "task": found,
            "classes": classes,
            "test": self.test_rows(),
            "columns": [[column.name, column.kind, list(column.labels)] for column in columns],
            "warnings": [*warnings, *word],
        }
        (folder / "about.json").write_text(json.dumps(about))

    def _target(self, seen: dict[str, Seen]) -> str:
        for key in ("target", "group"):
            name = getattr(self, key)
            if name is not None and name not in seen:
                raise DataError(f"data.{key}: there is no column '{name}'. {nearest(name, seen)}")
        for name in self.drop:
            if name not in seen:
                raise DataError(f"data.drop: there is no column '{name}'. {nearest(name, seen)}")
        if self.target is None:
            raise ConfigError(f"data.target: the column to predict is needed. The columns are: {', '.join(seen)}.")
        column = seen[self.target]
        if column.missing:
            raise DataError(
                f"data.target: '{self.target}' has {column.missing} missing value{_s(column.missing)}, the"
                f" first in row {(column.first_missing or 0) + 1}. Leave these rows out, or fill them in."
            )
        return self.target

    def _judged(self, seen: dict[str, Seen], target: str) -> tuple[list[Column], list[str]]:
        """The columns that models see, and a word on those that they do not."""
        columns, left_out = [], []
        for name, one in seen.items():
            if name not in {target, self.group, *self.drop}:
                column, reason = judge(name, one)
                if column is None:
                    left_out.append(f"column '{name}' was left out: it {reason}.")
                else:
                    columns.append(column)
        if not columns:
            raise DataError(f"data.path: there is no column to learn from beside '{target}'. {' '.join(left_out)}")
        return columns, left_out

    def _read_target(self, seen: Seen, name: str) -> tuple[str, list[str], list[str]]:
        """The task, its classes, and a word where the table left it open."""
        few_whole = seen.whole and seen.counts is not None and len(seen.counts) <= _MOST_WHOLE_CLASSES
        guess = "tabular_classification" if not seen.numeric or few_whole else "tabular_regression"
        found = self.task or guess
        if not task_named(found).classes:
            if not seen.numeric:
                raise DataError(
                    f"data.target: '{name}' is to hold numbers for {found}."
                    f" Received text in row {(seen.first_odd or 0) + 1}."
                )
            return found, [], []
        if seen.counts is None or len(seen.counts) > 0.5 * seen.rows:
            raise DataError(f"data.target: '{name}' holds {seen.distinct:,} different values; classes are to repeat.")
        classes = sorted(seen.counts, key=(lambda value: (float(value), value)) if seen.numeric else str)
        if len(classes) < 2:
            raise DataError(f"data.target: at least two classes are needed. '{name}' holds: {', '.join(classes)}.")
        word = (
            f"target '{name}' has {len(classes)} whole numbers, taken for classes; data.task=tabular_regression else."
        )
        return found, classes, [word] if self.task is None and seen.numeric else []

    def _write_split(self, content: Path, folder: Path, seed: int, key: str) -> None:
        """The parts, what is learned on the train part, and all rows encoded with it."""
        about = json.loads((content / "about.json").read_text())
        target = np.load(content / "target.npy")
        parts = self._split(about, content, target, seed)
        for part, rows in parts.items():
            np.save(folder / f"{part}_rows.npy", rows)
        columns = [Column(name, kind, tuple(values)) for name, kind, values in about["columns"]]
        spec = DataSpec(
            name=self.name,
            task=about["task"],
            inputs={column.name: TensorSpec((), column.dtype) for column in columns},
            target=TensorSpec((), str(target.dtype)),
            classes=tuple(about["classes"]),
            sizes={part: len(rows) for part, rows in parts.items()},
            fingerprint=key,
            statistics=_learn(columns, _Raw(content), target, parts["train"], classes=bool(about["classes"])),
            details={"encoding": "table", "columns": [[column.name, column.kind] for column in columns]},
            warnings=tuple(about["warnings"]),
        )
        spec = encode_all(spec, _Raw(content), len(target), parts["train"], folder)
        (folder / "spec.json").write_text(json.dumps(spec.to_dict()))

    def _split(self, about: dict[str, Any], content: Path, target: np.ndarray, seed: int) -> dict[str, np.ndarray]:
        count = len(target)
        given = np.arange(count - about["test"], count) if about["test"] else None
        if self.group:
            return split_groups(np.load(content / "groups.npy"), self.validation, self.test, seed, given)
        return split(target if about["classes"] else None, count, self.validation, self.test, seed, given)


class _Raw:
    """Raw rows by number: what the table held, by column."""

    def __init__(self, content: Path) -> None:
        columns = json.loads((content / "about.json").read_text())["columns"]
        self.columns = [Column(name, kind, tuple(values)) for name, kind, values in columns]
        self._values, self._codes = mapped(content / "values.npy"), mapped(content / "codes.npy")

    def __call__(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        assert self._values is not None
        assert self._codes is not None
        found: dict[str, np.ndarray] = {}
        floating = coded = 0
        for column in self.columns:
            if column.kind == "categorical":
                found[column.name] = np.array([*column.labels, ""], object)[self._codes[rows, coded]]
                coded += 1
            else:
                found[column.name] = _told(self._values[rows, floating], column)
                floating += 1
        return found


def _floats(text: pd.Series[Any], column: Column) -> np.ndarray:
    """A column that is no category as floats: numbers, false and true, seconds since 1970."""
    if column.kind == "numeric":
        return numbers(text)
    if column.kind == "boolean":
        codes = pd.Categorical(strings(text), categories=column.labels).codes.astype(np.float64)
        return np.where(codes < 0, np.nan, codes)
    dates = parse_dates(strings(text))
    seconds = (dates - pd.Timestamp(0)) / pd.Timedelta(seconds=1)
    return seconds.to_numpy(np.float64)


def _told(values: np.ndarray, column: Column) -> np.ndarray:
    """The raw form of what ``_floats`` stored."""
    if column.kind == "numeric":
        return values.astype(np.float32)
    absent = np.isnan(values)
    if column.kind == "boolean":
        told = np.array(column.labels, object)[np.where(absent, 0, values).astype(int)]
    else:
        told = pd.to_datetime(np.where(absent, 0, values), unit="s").strftime(DATE_FORMAT).to_numpy(object)
    return np.where(absent, "", told)


def _check_classes(answer: np.ndarray, classes: list[str], target: str) -> None:
    if classes:
        counts = np.bincount(answer, minlength=len(classes))
        rare = int(counts.argmin())
        if counts[rare] < 3:
            raise DataError(
                f"data.target: class '{classes[rare]}' of '{target}' has {counts[rare]}"
                f" row{'s' if counts[rare] > 1 else ''}; at least 3 are needed, one for each part."
            )


def _learn(columns: list[Column], raw: _Raw, target: np.ndarray, train: np.ndarray, *, classes: bool) -> dict[str, Any]:
    """Medians, vocabularies and the target's scale, on the train part alone."""
    sample = train[:: max(1, len(train) // _SAMPLE)]
    rows = raw(sample)
    medians, vocabularies, origins = {}, {}, {}
    for column in columns:
        values = rows[column.name]
        if column.kind == "numeric":
            given = values[np.isfinite(values)]
            medians[column.name] = float(np.median(given)) if len(given) else 0.0
        elif column.kind == "date":
            days = pd.to_datetime(pd.Series(values[values != ""])) - pd.Timestamp(0)
            origins[column.name] = int(days.median().days) if len(days) else 0
        elif column.kind == "boolean":
            vocabularies[column.name] = list(column.labels)
        elif column.kind == "categorical":
            present = set(values)
            vocabularies[column.name] = [value for value in (*column.labels, "") if value in present]
    learned: dict[str, Any] = {"medians": medians, "vocabularies": vocabularies, "origins": origins}
    learned["missing"] = [
        column.name
        for column in columns
        if (np.isnan(rows[column.name]) if column.kind == "numeric" else rows[column.name] == "").any()
    ]
    if not classes:
        values = target[train].astype(np.float64)
        learned["target_mean"], learned["target_variance"] = [float(values.mean())], [float(values.var())]
    return learned


def encode_all(
    spec: DataSpec, raw: Callable[[np.ndarray], Any], count: int, train: np.ndarray, folder: Path
) -> DataSpec:
    """Encode every row into ``<feature>.npy`` and return the spec with what was learned on the way.

    The numeric features come out of the encoder as they are; their scale, learned here, becomes part of it.
    """
    import tensorflow as tf

    encoder = make_encoder(spec)
    assert encoder is not None
    call = tf.function(encoder, autograph=False, reduce_retracing=True)
    stored: dict[str, np.ndarray] = {}
    for start in range(0, count, _ENCODED_ROWS):
        rows = np.arange(start, min(start + _ENCODED_ROWS, count))
        inputs = {
            name: tf.constant(values, tf.string if values.dtype == object else tf.float32)
            for name, values in raw(rows).items()
        }
        for name, tensor in call(inputs).items():
            values = tensor.numpy()
            if name not in stored:
                path = folder / f"{name}.npy"
                stored[name] = np.lib.format.open_memmap(path, "w+", values.dtype, (count, *values.shape[1:]))
            stored[name][rows] = values
    statistics = dict(spec.statistics)
    if "numeric" in stored:
        statistics |= _scale(stored["numeric"], train)
    features = {name: TensorSpec(values.shape[1:], str(values.dtype)) for name, values in stored.items()}
    return DataSpec.from_dict({**spec.to_dict(), "statistics": statistics} | {"features": _plain(features)})


def _plain(features: dict[str, TensorSpec]) -> dict[str, Any]:
    return {name: {"shape": one.shape, "dtype": one.dtype} for name, one in features.items()}


def _scale(features: np.ndarray, train: np.ndarray) -> dict[str, Any]:
    """Standardise the features in place by the train part; tell the scale, and the quantiles of the result."""
    sample = np.asarray(features[train[:: max(1, len(train) // _SAMPLE)]], np.float64)
    mean, variance = sample.mean(axis=0), np.maximum(sample.var(axis=0), 1e-12)
    for start in range(0, len(features), _ENCODED_ROWS):
        rows = slice(start, start + _ENCODED_ROWS)
        features[rows] = (features[rows] - mean) / np.sqrt(variance)
    quantiles = np.quantile((sample - mean) / np.sqrt(variance), np.linspace(0, 1, _QUANTILES + 1), axis=0)
    return {
        "feature_mean": mean.tolist(),
        "feature_variance": variance.tolist(),
        "quantiles": quantiles.T.round(6).tolist(),
    }


def _named(features: Any) -> list[str]:
    return list(features)


def _s(count: int) -> str:
    return "" if count == 1 else "s"
