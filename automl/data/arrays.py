"""Data that are arrays: read once, cached as .npy files, split by index, and mapped by every worker."""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.data.array_part import ArrayPart
from automl.data.cache import cached, digest
from automl.data.dataset import Dataset, Loader
from automl.data.memory import mapped
from automl.data.spec import DataSpec, TensorSpec
from automl.data.splits import split
from automl.errors import DataError
from automl.tasks import task as task_named

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


_CHUNK_BYTES = 1 << 22


@dataclass(frozen=True)
class Arrays:
    """What an array loader read.

    Attributes:
        inputs: Shape (n, ...).
        target: Shape (n,): class indices, or values (n, ...); None where there is none.
        classes: Labels in the order of their indices.
        test: Sample numbers of the test part, where the data come with one.
        details: Goes into ``DataSpec.details``.
        warnings: Goes into ``DataSpec.warnings``.
    """

    inputs: np.ndarray
    target: np.ndarray | None
    classes: tuple[str, ...] = ()
    test: np.ndarray | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass
class ArrayLoader(Loader):
    """Base of loaders whose data are arrays; a subclass says what they are and how they are read.

    Attributes:
        name: The name under which results are reported.
        task: The task, by name.
        validation: Share of the samples for validation.
        test: Share of the samples for test; unused where the data come with a test part.
    """

    name: str
    task: str
    validation: float = 0.2
    test: float = 0.2

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
            folder: Inputs too large for memory may be written to ``inputs.npy`` here, and returned as mapped.

        Raises:
            DataError: The source is empty, unreadable, or unfit.
        """

    def open(self, cache: Path, seed: int) -> Dataset:
        """See ``Loader.open``."""
        identity = digest(type(self).__qualname__, self.identity(), self.task)
        content = cached(cache, f"{self.name}-{identity}", self._write)
        key = digest(identity, self.task, self.validation, self.test, seed)
        parts = cached(content, f"split-{key}", lambda folder: self._write_split(content, folder, seed, key))
        spec = DataSpec.from_dict(json.loads((parts / "spec.json").read_text()))
        inputs, target = mapped(content / "inputs.npy"), mapped(content / "target.npy")
        assert inputs is not None
        train, validation, test = (
            ArrayPart(inputs, target, np.load(parts / f"{part}.npy")) for part in ("train", "validation", "test")
        )
        return Dataset(spec, train, validation, test)

    def _write(self, folder: Path) -> None:
        arrays = self.read(folder)
        if task_named(self.task).name == "generation":
            arrays = replace(arrays, target=None, classes=())
        _check(self.name, arrays, classification=task_named(self.task).classes)
        if not (folder / "inputs.npy").is_file():
            np.save(folder / "inputs.npy", arrays.inputs)
        if arrays.target is not None:
            np.save(folder / "target.npy", arrays.target)
        if arrays.test is not None:
            np.save(folder / "test.npy", arrays.test)
        about = {"classes": arrays.classes, "details": dict(arrays.details), "warnings": arrays.warnings}
        (folder / "about.json").write_text(json.dumps(about))

    def _write_split(self, content: Path, folder: Path, seed: int, key: str) -> None:
        about = json.loads((content / "about.json").read_text())
        inputs, target = mapped(content / "inputs.npy"), mapped(content / "target.npy")
        assert inputs is not None
        given = content / "test.npy"
        parts = split(
            target if task_named(self.task).classes else None,
            len(inputs),
            self.validation,
            self.test,
            seed,
            np.load(given) if given.is_file() else None,
        )
        for part, indices in parts.items():
            np.save(folder / f"{part}.npy", indices)
        spec = DataSpec(
            name=self.name,
            task=self.task,
            inputs=TensorSpec(inputs.shape[1:], str(inputs.dtype)),
            target=None if target is None else TensorSpec(target.shape[1:], str(target.dtype)),
            classes=tuple(about["classes"]),
            sizes={part: len(indices) for part, indices in parts.items()},
            fingerprint=key,
            statistics=moments(inputs, parts["train"]),
            details=about["details"],
            warnings=tuple(about["warnings"]),
        )
        (folder / "spec.json").write_text(json.dumps(spec.to_dict()))


def _check(name: str, arrays: Arrays, *, classification: bool) -> None:
    if len(arrays.inputs) == 0:
        raise DataError(f"{name}: there is not a single sample.")
    if arrays.inputs.dtype.kind == "f" and not np.isfinite(arrays.inputs).all():
        raise DataError(f"{name}: the inputs hold NaN or infinite values; clean them or impute them first.")
    if not classification:
        return
    if len(arrays.classes) < 2:
        raise DataError(f"{name}: at least two classes are needed. Received: {', '.join(arrays.classes) or 'none'}.")
    assert arrays.target is not None
    inside = np.ones(len(arrays.inputs), bool)
    if arrays.test is not None:
        inside[arrays.test] = False
    counts = np.bincount(arrays.target[inside], minlength=len(arrays.classes))
    least = 3 if arrays.test is None else 2
    for label, count in zip(arrays.classes, counts, strict=True):
        if count < least:
            raise DataError(
                f"{name}: class '{label}' has {count} sample{'' if count == 1 else 's'}; every part needs one of each"
                f" class, so at least {least} are needed. Add samples, or leave the class out."
            )


def moments(inputs: np.ndarray, train: np.ndarray) -> dict[str, list[float]]:
    """Mean and variance by channel (last axis) over the train part, a chunk at a time."""
    if inputs.dtype.kind not in "fiu":
        return {}
    channels = inputs.shape[-1] if inputs.ndim > 1 else 1
    count, total, squares = 0, np.zeros(channels), np.zeros(channels)
    rows = max(1, _CHUNK_BYTES // max(1, inputs[0].nbytes))
    for start in range(0, len(train), rows):
        chunk = inputs[train[start : start + rows]].reshape(-1, channels).astype(np.float64)
        count += len(chunk)
        total += chunk.sum(axis=0)
        squares += np.square(chunk).sum(axis=0)
    mean = total / count
    variance = np.maximum(squares / count - np.square(mean), 0.0)
    return {"mean": mean.tolist(), "variance": variance.tolist()}
