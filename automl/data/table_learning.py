"""What is learned of a table on its train part, and all its rows encoded with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.data.encoding.make import make_encoder
from automl.data.spec import DataSpec, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from automl.data.table_rows import RawRows

_QUANTILES = 64
_SAMPLE = 200_000
_ENCODED_ROWS = 8192


def learn(raw: RawRows, target: np.ndarray, train: np.ndarray, *, classes: bool) -> dict[str, Any]:
    """Medians, vocabularies and the target's scale, on the train part alone."""
    sample = train[:: max(1, len(train) // _SAMPLE)]
    rows = raw(sample)
    medians, vocabularies, origins = {}, {}, {}
    for column in raw.columns:
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
        for column in raw.columns
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
    return replace(spec, statistics=statistics, features=features)


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
