"""Data that are arrays: read once, cached as .npy files, split by index, and mapped by every worker."""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.bounds import Portion, Text
from automl.data.arrays.check import check
from automl.data.arrays.part import ArrayPart
from automl.data.arrays.samples import SUFFIXES, array_samples
from automl.data.arrays.statistics import moments, value_range
from automl.data.cache import cached, digest, entry_name, read_cached
from automl.data.dataset import Dataset, Loader
from automl.data.folds import Strata, count_of, deal, read_folds, save_folds, settled, told_apart
from automl.data.images.samples import image_samples, takes_images
from automl.data.memory import mapped
from automl.data.positive import with_positive
from automl.data.spec import DataSpec, TensorSpec
from automl.data.splits import split
from automl.inheritance import override
from automl.tasks import task_info

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from automl.data.folds import Asked
    from automl.data.samples import Note, Samples

_PARTS = ("train", "validation", "test")
_FEWEST_CLASSES = 2


@dataclass(frozen=True)
class Arrays:
    """What an array loader read.

    Attributes:
        inputs: Shape (n, ...).
        target: Shape (n,): class indices, or values (n, ...), or masks of class indices (n, height, width); None where
            there is none.
        classes: Labels in the order of their indices.
        test: Sample numbers of the test part, where the data come with one.
        validation: Sample numbers of the validation part, where the data come with one.
        details: Goes into ``DataSpec.details``; a ``value_range`` of None is learned from the train part.
        warnings: Goes into ``DataSpec.warnings``.
    """

    inputs: np.ndarray
    target: np.ndarray | None
    classes: tuple[str, ...] = ()
    test: np.ndarray | None = None
    validation: np.ndarray | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass
class ArrayLoader(Loader):
    """Base of loaders whose data are arrays; a subclass says what they are and how they are read.

    Attributes:
        name: The name under which results are reported.
        task: The task, by name.
        validation: Share of the samples for validation; unused where the data come with a validation part.
        test: Share of the samples for test; unused where the data come with a test part.
        positive: The label whose f1, precision, recall, roc_auc and average_precision are told, see ``class_scores``;
            of masks the name whose Dice coefficient is.
    """

    name: Text
    task: Text
    validation: Portion = 0.2
    test: Portion = 0.2
    positive: Text | None = None

    @abstractmethod
    def identity(self) -> Any:
        """JSON-ready values that change whenever ``read`` would return something else; cheap to have.

        Raises:
            DataError: The source does not exist.
        """

    @abstractmethod
    def read(self, folder: Path) -> Arrays:
        """Read and check the source; called once for each identity.

        Args:
            folder: What is too large for memory may be written to ``inputs.npy`` and ``target.npy`` here, and returned
                as mapped.

        Raises:
            DataError: The source is empty, unreadable, or unfit.
        """

    @override
    def open(self, cache: Path, seed: int) -> Dataset:
        identity = digest(type(self).__qualname__, self.identity(), self.task)
        name = entry_name(self, identity)
        return read_cached(cache, name, self._write, lambda content: self._read(content, identity, seed))

    @override
    def samples(self, path: str, spec: DataSpec, note: Note) -> Iterator[Samples]:
        """See ``Loader.samples``; images in files, too, where the model takes some."""
        if Path(path).suffix.lower() in SUFFIXES:
            return array_samples(path, spec, self.array)
        if not takes_images(spec):
            return super().samples(path, spec, note)
        return self.images(path, spec, note)

    def images(self, path: str, spec: DataSpec, note: Note) -> Iterator[Samples]:
        """New images out of files; see ``Loader.samples``."""
        return image_samples(path, spec, note)

    @property
    def array(self) -> str:
        """What arrays of new samples are called in .npz files."""
        return "x"

    def _read(self, content: Path, identity: str, seed: int) -> Dataset:
        key = digest(identity, self.task, self.validation, self.test, seed)
        asked = settled(self.folds, self.name, self.task, given=(content / "validation.npy").is_file())
        name = f"split-{key}" if asked == 1 else f"split-{key}-{asked}"
        parts = cached(content, name, lambda folder: self._write_split(content, folder, seed, key, asked))
        spec = DataSpec.from_dict(json.loads((parts / "spec.json").read_text()))
        inputs, target = mapped(content / "inputs.npy"), mapped(content / "target.npy")
        assert inputs is not None
        part = partial(ArrayPart, inputs, target)
        train, validation, test = (part(np.load(parts / f"{name}.npy")) for name in _PARTS)
        spec = with_positive(spec, self.positive)
        return Dataset(spec, train, validation, test, cache=parts, **read_folds(parts, part))

    def _write(self, folder: Path) -> None:
        arrays = self.read(folder)
        info = task_info(self.task)
        if info.labels == "unread" or (info.labels == "if there" and len(arrays.classes) < _FEWEST_CLASSES):
            arrays = replace(arrays, target=None, classes=())
        check(self.name, arrays, classification=info.classes or (info.labels == "if there" and bool(arrays.classes)))
        for name in ("inputs", "target", "test", "validation"):
            values = getattr(arrays, name)
            if values is not None and not (folder / f"{name}.npy").is_file():
                np.save(folder / f"{name}.npy", values)
        about = {"classes": arrays.classes, "details": dict(arrays.details), "warnings": arrays.warnings}
        (folder / "about.json").write_text(json.dumps(about))

    def _write_split(self, content: Path, folder: Path, seed: int, key: str, asked: Asked) -> None:
        about = json.loads((content / "about.json").read_text())
        inputs, target = mapped(content / "inputs.npy"), mapped(content / "target.npy")
        assert inputs is not None
        labels = target if about["classes"] and target is not None and target.ndim == 1 else None
        given = (mapped(content / "test.npy"), mapped(content / "validation.npy"))
        parts = split(labels, len(inputs), self.validation, self.test, seed, *given)
        learned, dealt = parts["train"], None
        if asked != 1:
            pool = np.sort(np.concatenate([parts["train"], parts["validation"]]))
            answer = None if target is None else np.asarray(target[pool])
            classes = tuple(about["classes"]) if labels is not None else ()
            dealt = deal(asked, Strata(len(pool), answer, classes), seed)
            assert dealt is not None
            learned, parts = pool, {**parts, **save_folds(folder, pool, dealt)}
        for part, indices in parts.items():
            np.save(folder / f"{part}.npy", indices)
        details = about["details"]
        if "value_range" in details:
            details["value_range"] = details["value_range"] or value_range(inputs, learned)
        spec = DataSpec(
            name=self.name,
            task=self.task,
            inputs=TensorSpec(inputs.shape[1:], str(inputs.dtype)),
            target=None if target is None else TensorSpec(target.shape[1:], str(target.dtype)),
            classes=tuple(about["classes"]),
            sizes={part: len(indices) for part, indices in parts.items()},
            fingerprint=told_apart(key, dealt),
            statistics=moments(inputs, learned),
            details=details,
            warnings=tuple(about["warnings"]),
            folds=count_of(dealt),
        )
        (folder / "spec.json").write_text(json.dumps(spec.to_dict()))
