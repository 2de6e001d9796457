"""What is learned of arrays on the train part, a chunk at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK_BYTES = 1 << 22


def moments(inputs: np.ndarray, train: np.ndarray) -> dict[str, list[float]]:
    """Mean and variance by channel (last axis) over the train part."""
    if inputs.dtype.kind not in "fiu":
        return {}
    channels = inputs.shape[-1] if inputs.ndim > 1 else 1
    count, total, squares = 0, np.zeros(channels), np.zeros(channels)
    # Sums of what is left beside a first value: the squares of large values would swallow a small variance.
    first = inputs[train[0]].reshape(-1, channels)[0].astype(np.float64) if len(train) else np.zeros(channels)
    for rows in chunks(inputs, train):
        chunk = rows.reshape(-1, channels).astype(np.float64) - first
        count += len(chunk)
        total += chunk.sum(axis=0)
        squares += np.square(chunk).sum(axis=0)
    mean = total / count
    variance = np.maximum(squares / count - np.square(mean), 0.0)
    return {"mean": (first + mean).tolist(), "variance": variance.tolist()}


def value_range(images: np.ndarray, train: np.ndarray) -> list[float]:
    """What is black and what is white: least and greatest value of the train part, at least 0 to 1; bytes to 255."""
    low, high = 0.0, 1.0
    for chunk in chunks(images, train):
        low, high = min(low, float(chunk.min())), max(high, float(chunk.max()))
    return [0.0, 255.0] if images.dtype == np.uint8 and high > 1.0 else [low, high]


def chunks(inputs: np.ndarray, rows: np.ndarray | None = None) -> Iterator[np.ndarray]:
    """The samples of these numbers, or all, a few megabytes at a time."""
    count = len(inputs) if rows is None else len(rows)
    size = max(1, _CHUNK_BYTES // max(1, inputs[:1].nbytes))
    for start in range(0, count, size):
        yield inputs[start : start + size] if rows is None else inputs[rows[start : start + size]]
