"""What is learned of a table on its train part, and all its rows encoded with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.alive import beat
from automl.data.encoding.make import make_encoder
from automl.data.scaling import moments_of
from automl.data.spec import DataSpec, TensorSpec
from automl.data.stacking import Stacking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from automl.data.tables.columns import Column
    from automl.data.tables.rows import RawRows

_QUANTILES = 64
_SAMPLE_ROWS = 200_000
_SAMPLE_VALUES = 1 << 24
_BLOCK_ROWS = 8192
_BLOCK_VALUES = 1 << 21
"""Bounds of what is in memory at once, whatever the number of columns."""


def learn(raw: RawRows, target: np.ndarray | None, train: np.ndarray, *, classes: bool) -> dict[str, Any]:
    """Medians, vocabularies and the target's scale, on the train part alone."""
    rows = raw(_sample(train, len(raw.columns)))
    learned: dict[str, Any] = {"medians": {}, "vocabularies": {}, "origins": {}, "day_first": {}, "missing": []}
    for column in raw.columns:
        _learn_column(learned, column, rows[column.name])
    if target is not None and not classes:
        mean, deviation = moments_of(target[train])
        learned["target_mean"], learned["target_variance"] = [float(mean)], [float(deviation) ** 2]
    return learned


def _learn_column(learned: dict[str, Any], column: Column, values: np.ndarray) -> None:
    absent = np.isnan(values) if column.kind == "numeric" else values == ""
    if absent.any():
        learned["missing"].append(column.name)
    if column.kind == "numeric":
        given = values[~absent]
        learned["medians"][column.name] = float(np.median(given)) if len(given) else 0.0
    elif column.kind == "date":
        days = pd.to_datetime(pd.Series(values[~absent])) - pd.Timestamp(0)
        learned["origins"][column.name] = int(days.median().days) if len(days) else 0
        learned["day_first"][column.name] = column.reading
    elif column.kind == "boolean":
        learned["vocabularies"][column.name] = list(column.labels)
    else:
        present = set(values)
        learned["vocabularies"][column.name] = [value for value in (*column.labels, "") if value in present]


def encode_all(
    spec: DataSpec, raw: Callable[[np.ndarray], Any], count: int, train: np.ndarray, folder: Path
) -> DataSpec:
    """Encode every row into ``<feature>.npy`` and return the spec with what was learned on the way.

    The numeric features come out of the encoder as they are; their scale, learned here, becomes part of it.
    """
    stored: dict[str, np.ndarray] = {}
    for rows, encoded in _encoded(spec, raw, count):
        for name, values in encoded.items():
            if name not in stored:
                # Wide floats are scaled before they are stored for good.
                path = folder / (f"{name}.wide.npy" if values.dtype == np.float64 else f"{name}.npy")
                stored[name] = np.lib.format.open_memmap(path, "w+", values.dtype, (count, *values.shape[1:]))
            stored[name][rows] = values
        beat()
    statistics = dict(spec.statistics)
    if "numeric" in stored:
        scale = _scale(stored["numeric"], train)
        statistics |= scale
        _store_scaled(stored["numeric"], scale, folder / "numeric.npy")
        (folder / "numeric.wide.npy").unlink()
    features = {
        name: TensorSpec(values.shape[1:], "float32" if values.dtype == np.float64 else str(values.dtype))
        for name, values in stored.items()
    }
    return replace(spec, statistics=statistics, features=features)


def _encoded(
    spec: DataSpec, raw: Callable[[np.ndarray], Any], count: int
) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """The features of all rows, some at a time."""
    import tensorflow as tf

    encoder, stack = make_encoder(spec), Stacking(spec)
    assert encoder is not None
    call = tf.function(encoder, autograph=False, reduce_retracing=True)
    size = _fitting(_BLOCK_ROWS, _BLOCK_VALUES, len(spec.inputs))  # type: ignore[arg-type]
    for start in range(0, count, size):
        rows = np.arange(start, min(start + size, count))
        inputs = {name: tf.constant(values) for name, values in stack(raw(rows)).items()}
        yield rows, {name: tensor.numpy() for name, tensor in call(inputs).items()}


def _scale(features: np.ndarray, train: np.ndarray) -> dict[str, Any]:
    """Mean and deviation of the features over the train part, and the quantiles of what they scale to."""
    sample = np.asarray(features[_sample(train, features.shape[1])], np.float64)
    mean, deviation = moments_of(sample)
    quantiles = np.quantile((sample - mean) / deviation, np.linspace(0, 1, _QUANTILES + 1), axis=0)
    return {
        "feature_mean": mean.tolist(),
        "feature_deviation": deviation.tolist(),
        "quantiles": quantiles.T.round(6).tolist(),
    }


def _store_scaled(features: np.ndarray, scale: dict[str, Any], path: Path) -> None:
    from automl.data.encoding.table_layers import FURTHEST

    mean, deviation = np.array(scale["feature_mean"]), np.array(scale["feature_deviation"])
    stored = np.lib.format.open_memmap(path, "w+", np.float32, features.shape)
    size = _fitting(_BLOCK_ROWS, _BLOCK_VALUES, features.shape[1])
    for start in range(0, len(features), size):
        rows = slice(start, start + size)
        stored[rows] = np.clip((features[rows] - mean) / deviation, -FURTHEST, FURTHEST)


def _sample(train: np.ndarray, columns: int) -> np.ndarray:
    """Rows of the train part, evenly spread, that are enough to learn from."""
    most = _fitting(_SAMPLE_ROWS, _SAMPLE_VALUES, columns)
    return train[:: max(1, len(train) // most)]


def _fitting(rows: int, values: int, columns: int) -> int:
    """So many rows, or fewer of many columns."""
    return max(1, min(rows, values // max(1, columns)))
