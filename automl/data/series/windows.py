"""Windows over a series: what was seen, and what is to be forecast."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.data.arrays.part import gathered, shuffled_rows
from automl.data.dataset import Part
from automl.data.memory import shared_tensor
from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tensorflow as tf


class WindowPart(Part):
    """Windows of ``lookback`` steps with the ``horizon`` steps that follow them, cut out of one mapped series.

    Args:
        series: Shape (time, channels).
        first: Where the first window starts.
        count: How many windows there are, each one step after the one before.
        lookback: Steps that a model sees.
        horizon: Steps that it forecasts.
        targets: Numbers of the channels that are forecast.
    """

    def __init__(
        self, series: np.ndarray, first: int, count: int, lookback: int, horizon: int, targets: list[int]
    ) -> None:
        self._series = series
        self._starts = np.arange(first, first + count)
        self._lookback = lookback
        self._horizon = horizon
        self._targets = targets

    @property
    def starts(self) -> np.ndarray:
        """The rows of the series that the windows begin with."""
        return self._starts

    def __len__(self) -> int:
        return len(self._starts)

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """See ``Part.arrays``; views of the series."""
        return self._inputs, self._future[:, :, self._targets]

    @override
    def joined(self, other: Part) -> WindowPart | None:
        """See ``Part.joined``; with the windows that lie across the border of the two."""
        if not isinstance(other, WindowPart):
            return None
        series, starts = other._series, other._starts  # noqa: SLF001 - of its own class
        if series is not self._series:
            return None
        first, last = int(self._starts[0]), int(starts[-1])
        return WindowPart(self._series, first, last - first + 1, self._lookback, self._horizon, self._targets)

    @property
    @override
    def overlap(self) -> int:
        return self._horizon

    def few(self, count: int) -> WindowPart:
        """See ``Part.few``; the first windows."""
        least = min(count, len(self))
        return WindowPart(self._series, int(self._starts[0]), least, self._lookback, self._horizon, self._targets)

    @override
    def chunks(self, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start in range(0, len(self), size):
            rows = slice(start, start + size)
            yield self._inputs[rows], self._future[rows][:, :, self._targets]

    @override
    def examples(self, count: int) -> np.ndarray:
        return self._inputs[:count]

    @override
    def batches(self, batch_size: int) -> tf.data.Dataset:
        import tensorflow as tf

        return self._gather(tf.data.Dataset.from_tensor_slices(self._starts).batch(batch_size))

    @override
    def epochs(self, batch_size: int, *, seed: int, first: int = 0) -> tf.data.Dataset:
        return self._gather(shuffled_rows(self._starts, batch_size, self.steps(batch_size), seed, first))

    @cached_property
    def _inputs(self) -> np.ndarray:
        return self._views(0, self._lookback)

    @cached_property
    def _future(self) -> np.ndarray:
        return self._views(self._lookback, self._horizon)

    def _views(self, offset: int, length: int) -> np.ndarray:
        first = int(self._starts[0]) + offset
        span = self._series[first : first + len(self) + length - 1]
        return np.lib.stride_tricks.sliding_window_view(span, length, axis=0).transpose(0, 2, 1)

    @cached_property
    def _tensor(self) -> tf.Tensor:
        return shared_tensor(self._series)

    def _gather(self, starts: tf.data.Dataset) -> tf.data.Dataset:
        import tensorflow as tf

        series, every = self._tensor, self._targets == list(range(self._series.shape[1]))

        def take(index: tf.Tensor) -> tuple[Any, Any]:
            rows = index[:, tf.newaxis] + tf.range(self._lookback + self._horizon, dtype=index.dtype)
            windows = tf.gather(series, rows)
            future = windows[:, self._lookback :]
            return windows[:, : self._lookback], future if every else tf.gather(future, self._targets, axis=-1)

        return gathered(starts, take)
