"""Data that are arrays: read once, cached as .npy files, split by index, and mapped by every worker."""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.data.cache import cached, digest
from automl.data.dataset import Dataset, Loader, Part
from automl.data.spec import DataSpec, TensorSpec
from automl.data.splits import split
from automl.errors import DataError
from automl.tasks import task as task_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import tensorflow as tf

_CHUNK_BYTES = 1 << 22
_ALIGNMENT = 64


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


def mapped(path: Path) -> np.ndarray | None:
    """The array in a file, its pages shared between processes.

    Copy-on-write mapping makes it writable, which TensorFlow asks of memory that it takes over without a copy;
    nobody writes.
    """
    return np.asarray(np.load(path, mmap_mode="c")) if path.is_file() else None


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


class ArrayPart(Part):
    """Rows of mapped arrays, by number.

    Batches are gathered by TensorFlow straight out of the mapping: no copy of the data is held by a worker.

    Args:
        inputs: An array, or arrays by name, of shape (n, ...).
        target: Shape (n, ...); None where there is none: batches then hold zeros.
        indices: Numbers of the rows.
        raw: What ``arrays`` and ``examples`` tell of rows, where ``inputs`` are encoded: a function of their numbers.
    """

    def __init__(
        self,
        inputs: np.ndarray | Mapping[str, np.ndarray],
        target: np.ndarray | None,
        indices: np.ndarray,
        raw: Callable[[np.ndarray], Any] | None = None,
    ) -> None:
        self._inputs = inputs
        self._target = target
        self._indices = indices
        self._raw = raw or self._rows

    def __len__(self) -> int:
        return len(self._indices)

    def arrays(self) -> tuple[Any, np.ndarray]:
        """See ``Part.arrays``; zeros are the target where there is none."""
        return self._raw(self._indices), self.target()

    def examples(self, count: int) -> Any:
        """See ``Part.examples``."""
        return self._raw(self._indices[:count])

    def target(self) -> np.ndarray:
        """See ``Part.target``."""
        return np.zeros(len(self)) if self._target is None else self._target[self._indices]

    def chunks(self, size: int) -> Iterator[tuple[Any, np.ndarray]]:
        """See ``Part.chunks``."""
        target = self.target()
        for start in range(0, len(self), size):
            rows = slice(start, start + size)
            yield self._raw(self._indices[rows]), target[rows]

    def batches(self, batch_size: int) -> tf.data.Dataset:
        """See ``Part.batches``."""
        import tensorflow as tf

        return self._gather(tf.data.Dataset.from_tensor_slices(self._indices).batch(batch_size))

    def epochs(self, batch_size: int, *, seed: int, first: int = 0) -> tf.data.Dataset:
        """See ``Part.epochs``."""
        return self._gather(shuffled_rows(self._indices, batch_size, self.steps(batch_size), seed, first))

    def _rows(self, indices: np.ndarray) -> Any:
        if isinstance(self._inputs, np.ndarray):
            return self._inputs[indices]
        return {name: array[indices] for name, array in self._inputs.items()}

    @cached_property
    def _tensors(self) -> tuple[Any, Any]:
        inputs = self._inputs
        shared = shared_tensor(inputs) if isinstance(inputs, np.ndarray) else _shared_by_name(inputs)
        return shared, None if self._target is None else shared_tensor(self._target)

    def _gather(self, rows: tf.data.Dataset) -> tf.data.Dataset:
        import tensorflow as tf

        inputs, target = self._tensors

        def take(index: tf.Tensor) -> tuple[Any, tf.Tensor]:
            taken = tf.nest.map_structure(lambda tensor: tf.gather(tensor, index), inputs)
            return taken, tf.zeros(tf.shape(index)) if target is None else tf.gather(target, index)

        return gathered(rows, take)


def shuffled_rows(indices: np.ndarray, batch_size: int, steps: int, seed: int, first: int) -> tf.data.Dataset:
    """Endless batches of row numbers, each epoch in an order that is a function of ``(seed, epoch)``."""
    import tensorflow as tf

    size = min(batch_size, len(indices))
    rows = tf.constant(indices)

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def epoch(number: tf.Tensor) -> tf.data.Dataset:
        order = tf.random.experimental.stateless_shuffle(rows, seed=tf.stack([tf.cast(seed, tf.int64), number]))
        return tf.data.Dataset.from_tensor_slices(tf.reshape(order[: steps * size], (steps, size)))

    return tf.data.Dataset.range(first, np.iinfo(np.int64).max).flat_map(epoch)


def gathered(rows: tf.data.Dataset, take: Callable[[tf.Tensor], Any]) -> tf.data.Dataset:
    """Batches of samples for batches of row numbers; ``take`` gathers out of tensors that are not copied."""
    import tensorflow as tf

    options = tf.data.Options()
    # The default graph rewrites copy every captured tensor, here the whole data set, into the graph.
    options.experimental_optimization.apply_default_optimizations = False
    options.autotune.enabled = False
    return rows.map(tf.autograph.experimental.do_not_convert(take)).with_options(options)


def _shared_by_name(arrays: Mapping[str, np.ndarray]) -> dict[str, tf.Tensor]:
    return {name: shared_tensor(array) for name, array in arrays.items()}


def shared_tensor(array: np.ndarray) -> tf.Tensor:
    """A tensor over the array's own memory where TensorFlow can take it, as it can a mapped file's, else a copy.

    TensorFlow aborts the process on memory that is not aligned as its own allocations are.
    """
    import tensorflow as tf

    aligned = array.size and array.flags.c_contiguous and array.ctypes.data % _ALIGNMENT == 0
    if aligned and array.dtype.kind in "fiu" and array.dtype.isnative:
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    return tf.constant(array)
