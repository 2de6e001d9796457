"""Tables for models: columns judged, split, encoded once, and mapped by every worker."""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.bounds import Portion, Text
from automl.data.arrays.overlap import note_shared
from automl.data.arrays.part import ArrayPart
from automl.data.cache import cached, digest, entry_name
from automl.data.dataset import Dataset, Loader
from automl.data.folds import Strata, count_of, deal, read_folds, save_folds, settled, told_apart
from automl.data.memory import mapped
from automl.data.positive import with_positive
from automl.data.serves import check_serves
from automl.data.spec import DataSpec, TensorSpec
from automl.data.splits import split, split_groups
from automl.data.tables.columns import Column, judge, survey
from automl.data.tables.learning import encode_all, learn
from automl.data.tables.reading import Tables, find_files
from automl.data.tables.rows import RawRows, floats
from automl.data.tables.samples import row_samples
from automl.data.tables.target import Target, check_classes, read_target
from automl.data.tables.values import Values, strings
from automl.errors import ConfigError, DataError, nearest
from automl.inheritance import override
from automl.tasks import task_info

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from automl.data.folds import Asked
    from automl.data.samples import Note, Samples
    from automl.data.tables.columns import Seen

_FORMAT = 4
"""Of what the cache holds; another one is not read."""
_TOLD = 30
"""Columns that are told of one by one."""


@dataclass
class TableLoader(Loader):
    """Base of loaders whose data are a table; a subclass says where its rows come from.

    Attributes:
        name: The name under which results are reported.
        task: One for tables; by default ``tabular_classification`` or ``tabular_regression``, as the target tells.
        target: Column to predict; of a task without a target, one that models do not see, or none.
        group: Column whose rows of one value stay in one part; models do not see it.
        drop: Columns that models do not see.
        validation: Share of the rows for validation.
        test: Share of the rows for test; unused where the data come with a test part.
        positive: The label whose f1, precision, recall, roc_auc and average_precision are told; see ``class_scores``.
    """

    name: Text
    task: Text | None = None
    target: str | None = None
    group: str | None = None
    drop: list[str] = field(default_factory=list)
    validation: Portion = 0.2
    test: Portion = 0.2
    positive: Text | None = None

    @abstractmethod
    def identity(self) -> Any:
        """JSON-ready values that change whenever ``chunks`` would yield something else; cheap to have."""

    @abstractmethod
    def chunks(self) -> Iterator[pd.DataFrame]:
        """The rows in their order, a chunk at a time; those of a given test part last."""

    def test_rows(self) -> int:
        """How many of the last rows are a given test part; asked after ``chunks``."""
        return 0

    def notes(self) -> list[str]:
        """What the user should hear of the source; asked after ``chunks``."""
        return []

    def unread(self) -> dict[str, str]:
        """Columns of the source that ``chunks`` leaves out, each with what it holds; asked after ``chunks``."""
        return {}

    @override
    def open(self, cache: Path, seed: int) -> Dataset:
        self._check()
        identity = digest(
            type(self).__qualname__, _FORMAT, self.identity(), self.task, self.target, self.group, self.drop
        )
        content = cached(cache, entry_name(self, identity), self._write)
        key, asked = digest(identity, self.validation, self.test, seed), self._folds(content)
        name = f"split-{key}" if asked == 1 else f"split-{key}-{asked}"
        parts = cached(content, name, lambda folder: self._write_split(content, folder, seed, key, asked))
        spec = DataSpec.from_dict(json.loads((parts / "spec.json").read_text()))
        features = {name: mapped(parts / f"{name}.npy") for name in ("numeric", "categorical")}
        features = {name: values for name, values in features.items() if values is not None}
        target, raw = mapped(content / "target.npy"), RawRows(content)

        def part(rows: np.ndarray) -> ArrayPart:
            return ArrayPart(features, target, rows, raw)  # type: ignore[arg-type]

        named = [part(np.load(parts / f"{name}_rows.npy")) for name in ("train", "validation", "test")]
        return Dataset(with_positive(spec, self.positive), *named, **read_folds(parts, part))

    @override
    def samples(self, path: str, spec: DataSpec, note: Note) -> Iterator[Samples]:
        return row_samples(self.tables(path, "predict"), spec, note)

    def tables(self, path: str | None, key: str) -> Tables:
        """Files of a table, as this loader reads them.

        Args:
            path: The file, or a pattern of files.
            key: How the user named them, for messages.
        """
        return Tables(find_files(path, key), key=key)

    def _check(self) -> None:
        """Refuse what the configuration alone shows to be wrong."""
        if self.task is not None:
            check_serves(self.task, "a table", "table", "class", "value", "none")
        if self.target is not None and self.target in self.drop:
            raise ConfigError(f"data.drop: the target cannot be dropped. Received: data.target={self.target}.")
        if self.target is not None and self.target == self.group:
            raise ConfigError(f"data.group: the target cannot tell the groups too. Received: {self.group}.")

    def _write(self, folder: Path) -> None:
        """The table as plain arrays: numbers, codes of strings, and the target."""
        seen = survey(self.chunks(), {name for name in (self.target, self.group) if name is not None})
        target = self._target(seen)
        columns, told = self._judged(seen)
        rows = max((one.rows for one in seen.values()), default=0)
        answer = self._fill(folder, columns, target, rows)
        given = self.test_rows()
        if target is not None and answer is not None:
            check_classes(answer, target, given)
            np.save(folder / "target.npy", answer)
        arrays = [mapped(folder / "values.npy"), mapped(folder / "codes.npy"), answer]
        shared = note_shared([array for array in arrays if array is not None], given) if given else []
        about = {
            "task": self.task if target is None else target.task,
            "classes": () if target is None else target.classes,
            "rows": rows,
            "test": given,
            "columns": [column.to_list() for column in columns],
            "warnings": [*self.notes(), *told, *(() if target is None else target.notes), *shared],
        }
        (folder / "about.json").write_text(json.dumps(about))

    def _fill(self, folder: Path, columns: list[Column], target: Target | None, rows: int) -> np.ndarray | None:
        """Write numbers, codes and groups of all rows, a chunk at a time; the target, if there is one."""
        floating = [column for column in columns if column.kind != "categorical"]
        coded = [column for column in columns if column.kind == "categorical"]
        values = np.lib.format.open_memmap(folder / "values.npy", "w+", np.float64, (rows, len(floating)))
        codes = np.lib.format.open_memmap(folder / "codes.npy", "w+", np.int32, (rows, len(coded)))
        answer: np.ndarray | None = None if target is None else np.empty(rows, target.dtype)
        groups = np.empty(rows if self.group else 0, object)
        at = 0
        for chunk in self.chunks():
            here = slice(at, at + len(chunk))
            block = np.empty((len(chunk), len(floating)), order="F")
            for number, column in enumerate(floating):
                block[:, number] = floats(chunk[column.name], column)
            values[here] = block
            for number, column in enumerate(coded):
                codes[here, number] = Values(chunk[column.name]).codes(column.labels)
            if target is not None and answer is not None:
                answer[here] = target.values(chunk[target.name])
            if self.group:
                groups[here] = strings(chunk[self.group], labels=True)
            at = here.stop
        if self.group:
            np.save(folder / "groups.npy", np.unique(groups.astype(str), return_inverse=True)[1])
        return answer

    def _target(self, seen: dict[str, Seen]) -> Target | None:
        """The target, if the task has one, with all columns that the configuration names looked up."""
        unread = self.unread()
        asked = [("target", self.target), ("group", self.group), *(("drop", name) for name in self.drop)]
        for key, name in asked:
            if name in unread and key != "drop":
                raise DataError(f"data.{key}: '{name}' is to hold one value a row. Received: {unread[name]}.")
            if name is not None and name not in seen and name not in unread:
                raise DataError(f"data.{key}: there is no column '{name}'. {nearest(name, seen)}")
        if self.task is not None and task_info(self.task).target == "none":
            return None
        if self.target is None:
            raise ConfigError(f"data.target: the column to predict is needed. The columns are: {_listed(seen)}.")
        return read_target(self.target, seen[self.target], self.task)

    def _judged(self, seen: dict[str, Seen]) -> tuple[list[Column], list[str]]:
        """The columns that models see, and what the user should hear of them and of those that they do not."""
        columns = []
        notes = [
            f"column '{name}' was left out: it holds {kind} in each row, no single value."
            for name, kind in self.unread().items()
            if name not in self.drop
        ]
        for name, one in seen.items():
            if name not in {self.target, self.group, *self.drop}:
                column, note = judge(name, one)
                columns += [] if column is None else [column]
                notes += [note] if note else []
        if not columns:
            beside = f" beside '{self.target}'" if self.target else ""
            raise DataError(f"data.path: there is no column to learn from{beside}. {' '.join(notes)}".strip())
        return columns, _shortened(notes)

    def _folds(self, content: Path) -> Asked:
        """How the rows outside the test part are to be cross-validated; 1 where they are not."""
        about = json.loads((content / "about.json").read_text())
        rows = about["rows"] - (about["test"] or round(about["rows"] * self.test))
        return settled(self.folds, self.name, about["task"], rows)

    def _write_split(self, content: Path, folder: Path, seed: int, key: str, asked: Asked) -> None:
        """The parts, what is learned on the train part, or on all that folds share, and all rows encoded with it."""
        about = json.loads((content / "about.json").read_text())
        target, raw = mapped(content / "target.npy"), RawRows(content)
        parts = self._split(about, content, target, seed)
        learned, dealt = parts["train"], None
        if asked != 1:
            pool = np.sort(np.concatenate([parts["train"], parts["validation"]]))
            dealt = deal(asked, self._strata(about, content, target, pool), seed)
            if dealt is not None:
                learned, parts = pool, {**parts, **save_folds(folder, pool, dealt)}
        for part, rows in parts.items():
            np.save(folder / f"{part}_rows.npy", rows)
        if target is not None:
            _check_train(target[parts["train"]], about["classes"])
        spec = DataSpec(
            name=self.name,
            task=about["task"],
            inputs={column.name: TensorSpec((), column.dtype) for column in raw.columns},
            target=None if target is None else TensorSpec((), str(target.dtype)),
            classes=tuple(about["classes"]),
            sizes={part: len(rows) for part, rows in parts.items()},
            fingerprint=told_apart(key, dealt),
            statistics=learn(raw, target, learned, classes=bool(about["classes"])),
            details={
                "encoding": "table",
                "columns": [[column.name, column.kind] for column in raw.columns],
                "readings": {one.name: one.reading for one in raw.columns if one.kind == "numeric" and one.reading},
            },
            warnings=tuple(about["warnings"]),
            folds=count_of(dealt),
        )
        spec = encode_all(spec, raw, about["rows"], learned, folder)
        (folder / "spec.json").write_text(json.dumps(spec.to_dict()))

    def _strata(self, about: dict[str, Any], content: Path, target: np.ndarray | None, pool: np.ndarray) -> Strata:
        """What the rows outside the test part are dealt to folds by."""
        groups = np.load(content / "groups.npy")[pool] if self.group else None
        return Strata(len(pool), None if target is None else np.asarray(target[pool]), tuple(about["classes"]), groups)

    def _split(
        self, about: dict[str, Any], content: Path, target: np.ndarray | None, seed: int
    ) -> dict[str, np.ndarray]:
        count = about["rows"]
        given = np.arange(count - about["test"], count) if about["test"] else None
        if self.group:
            return split_groups(np.load(content / "groups.npy"), self.validation, self.test, seed, given)
        return split(target if about["classes"] else None, count, self.validation, self.test, seed, given)


def _check_train(target: np.ndarray, classes: list[str]) -> None:
    """Refuse a train part without a class, as groups may leave it.

    Raises:
        DataError: There is none of a class.
    """
    absent = np.setdiff1d(np.arange(len(classes)), target)
    if len(absent):
        raise DataError(
            f"data.group: no row of class '{classes[absent[0]]}' is in the train part, as its groups are in the others."
            " Take another seed, or finer groups."
        )


def _listed(names: Any) -> str:
    names = list(names)
    return ", ".join(names[:_TOLD]) + (f" and {len(names) - _TOLD:,} more" if len(names) > _TOLD else "")


def _shortened(notes: list[str]) -> list[str]:
    """The first notes, and how many there are beside them."""
    rest = len(notes) - _TOLD
    return (
        notes if rest <= 0 else [*notes[:_TOLD], f"{rest:,} more columns were left out or read in a way of their own."]
    )
