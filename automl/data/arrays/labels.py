"""Labels in arrays, of whatever form, as classes and their numbers."""

from __future__ import annotations

import numpy as np

from automl.errors import DataError


def labels(y: np.ndarray, where: str) -> tuple[tuple[str, ...], np.ndarray]:
    """The classes in order, and the number of each sample's own.

    Args:
        y: One label a sample, shape (n,) or (n, 1): integers, booleans, whole floats, strings or bytes; or one-hot
            rows (n, classes).
        where: What the labels are, for messages.

    Raises:
        DataError: They are fractions, missing, or of another shape or kind.
    """
    values = _one_each(y, where)
    if values.dtype.kind not in "biufSU":
        raise DataError(f"{where}: expected numbers or text for labels. Received: {values.dtype}.")
    if values.dtype.kind == "f":
        _check_whole(values, where)
    classes, numbers = np.unique(values, return_inverse=True)
    names = tuple(_name(one) for one in classes)
    if "" in names:
        row = int(np.flatnonzero(numbers.reshape(-1) == names.index(""))[0]) + 1
        raise DataError(f"{where}: sample {row} has an empty label. Fill it in, or leave the sample out.")
    return names, numbers.reshape(-1).astype(np.int64)


def _one_each(y: np.ndarray, where: str) -> np.ndarray:
    if y.ndim == 2 and y.shape[1] > 1 and y.dtype.kind in "biuf":
        if np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all():
            return np.asarray(y.argmax(axis=1))
    elif y.size == len(y):
        return y.reshape(len(y))
    raise DataError(f"{where}: expected one label a sample, or one-hot rows. Received: {y.dtype} of shape {y.shape}.")


def _check_whole(values: np.ndarray, where: str) -> None:
    wrong = np.flatnonzero(~np.isfinite(values) | (np.where(np.isfinite(values), values, 0.5) % 1 != 0))
    if len(wrong):
        raise DataError(
            f"{where}: expected class labels. Received: fractions or NaN, such as {values[wrong[0]]} in sample"
            f" {wrong[0] + 1}."
        )


def _name(label: np.generic) -> str:
    if isinstance(label, bytes):
        return label.decode("utf-8", "replace")
    return str(int(label)) if isinstance(label, np.floating) else str(label)
