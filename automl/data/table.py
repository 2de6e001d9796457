"""Tables for models: columns judged, split, encoded once, and mapped by every worker."""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.data.array_part import ArrayPart
from automl.data.cache import cached, digest
from automl.data.columns import Column, Seen, judge, survey
from automl.data.dataset import Dataset, Loader
from automl.data.memory import mapped
from automl.data.spec import DataSpec, TensorSpec
from automl.data.splits import split, split_groups
from automl.data.table_learning import encode_all, learn
from automl.data.table_rows import RawRows, floats
from automl.data.tables import numbers, strings
from automl.errors import ConfigError, DataError, nearest
from automl.tasks import task as task_named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TASKS = ("tabular_classification", "tabular_regression")
_MOST_WHOLE_CLASSES = 20


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
        features = {name: mapped(parts / f"{name}.npy") for name in ("numeric", "categorical")}
        features = {name: values for name, values in features.items() if values is not None}
        target, raw = mapped(content / "target.npy"), RawRows(content)
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
        answer = self._fill(folder, columns, classes, seen[target].rows)
        _check_classes(answer, classes, target)
        np.save(folder / "target.npy", answer)
        about = {
            "task": found,
            "classes": classes,
            "test": self.test_rows(),
            "columns": [[column.name, column.kind, list(column.labels)] for column in columns],
            "warnings": [*warnings, *word],
        }
        (folder / "about.json").write_text(json.dumps(about))

    def _fill(self, folder: Path, columns: list[Column], classes: list[str], rows: int) -> np.ndarray:
        """Write numbers, codes and groups of all rows, a chunk at a time; the target."""
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
                values[here, number] = floats(chunk[column.name], column)
            for number, column in enumerate(coded):
                codes[here, number] = pd.Categorical(strings(chunk[column.name]), categories=column.labels).codes
            text = chunk[self.target]
            answer[here] = pd.Categorical(strings(text), categories=classes).codes if classes else numbers(text)
            if self.group:
                groups[here] = strings(chunk[self.group])
            at = here.stop
        if self.group:
            np.save(folder / "groups.npy", np.unique(groups.astype(str), return_inverse=True)[1])
        return answer

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
            statistics=learn(RawRows(content), target, parts["train"], classes=bool(about["classes"])),
            details={"encoding": "table", "columns": [[column.name, column.kind] for column in columns]},
            warnings=tuple(about["warnings"]),
        )
        spec = encode_all(spec, RawRows(content), len(target), parts["train"], folder)
        (folder / "spec.json").write_text(json.dumps(spec.to_dict()))

    def _split(self, about: dict[str, Any], content: Path, target: np.ndarray, seed: int) -> dict[str, np.ndarray]:
        count = len(target)
        given = np.arange(count - about["test"], count) if about["test"] else None
        if self.group:
            return split_groups(np.load(content / "groups.npy"), self.validation, self.test, seed, given)
        return split(target if about["classes"] else None, count, self.validation, self.test, seed, given)


def _check_classes(answer: np.ndarray, classes: list[str], target: str) -> None:
    if classes:
        counts = np.bincount(answer, minlength=len(classes))
        rare = int(counts.argmin())
        if counts[rare] < 3:
            raise DataError(
                f"data.target: class '{classes[rare]}' of '{target}' has {counts[rare]}"
                f" row{'s' if counts[rare] > 1 else ''}; at least 3 are needed, one for each part."
            )


def _s(count: int) -> str:
    return "" if count == 1 else "s"
