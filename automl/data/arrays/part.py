"""A part of a data set whose samples are rows of arrays."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.data.dataset import Part
from automl.data.matrix import Matrix
from automl.data.memory import shared_tensor
from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import tensorflow as tf

    from automl.data.spec import DataSpec

_SAMPLE_SEED = 0
_BLOCK = 8192


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

    @override
    def examples(self, count: int) -> Any:
        return self._raw(self._indices[:count])

    def sample(self, count: int) -> Any:
        """See ``Part.sample``; in the order of their numbers."""
        drawn = np.random.default_rng(_SAMPLE_SEED).choice(len(self), min(count, len(self)), replace=False)
        return self._raw(self._indices[np.sort(drawn)])

    @override
    def target(self) -> np.ndarray:
        return np.zeros(len(self)) if self._target is None else self._target[self._indices]

    def encoded(self, spec: DataSpec) -> np.ndarray:
        """See ``Part.encoded``; out of what the cache holds, where it was encoded there."""
        if spec.features is None:
            return super().encoded(spec)
        matrix = Matrix(spec)
        rows = (self._indices[start : start + _BLOCK] for start in range(0, len(self), _BLOCK))
        return np.concatenate([matrix.of_features(self._rows(block)) for block in rows])

    @override
    def joined(self, other: Part) -> ArrayPart | None:
        if not isinstance(other, ArrayPart):
            return None
        inputs, target, indices = other._inputs, other._target, other._indices  # noqa: SLF001 - of its own class
        if inputs is not self._inputs or target is not self._target:
            return None
        rows = np.sort(np.concatenate([self._indices, indices]))
        return ArrayPart(self._inputs, self._target, rows, self._raw)

    @override
    def few(self, count: int) -> ArrayPart:
        places = np.linspace(0, len(self) - 1, min(count, len(self))).round().astype(int)
        return ArrayPart(self._inputs, self._target, self._indices[places], self._raw)

    @override
    def chunks(self, size: int) -> Iterator[tuple[Any, np.ndarray]]:
        for start in range(0, len(self), size):
            rows = self._indices[start : start + size]
            yield self._raw(rows), np.zeros(len(rows)) if self._target is None else self._target[rows]

    @override
    def batches(self, batch_size: int) -> tf.data.Dataset:
        import tensorflow as tf

        return self._gather(tf.data.Dataset.from_tensor_slices(self._indices).batch(batch_size))

    @override
    def epochs(self, batch_size: int, *, seed: int, first: int = 0) -> tf.data.Dataset:
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
