"""Images, or sequences, and labels in an .npz file."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from automl.data.arrays import ArrayLoader, Arrays
from automl.data.cache import file_identity
from automl.errors import ConfigError, DataError


@dataclass
class Npz(ArrayLoader):
    """An .npz file with ``x`` and ``y``, or with ``x_train``, ``y_train``, ``x_test`` and ``y_test``.

    With ``task: sequence_classification`` the inputs are sequences (n, steps, features); shorter ones end with steps of
    zeros.

    Attributes:
        path: The file.
        inputs: Name of the images: (n, height, width) or (n, height, width, channels).
        target: Name of the labels: (n,) integers or strings, or (n, classes) one-hot.
    """

    path: str | None = None
    inputs: str = "x"
    target: str = "y"

    def identity(self) -> Any:
        """See ``ArrayLoader.identity``."""
        return [file_identity(self._file()), self.inputs, self.target]

    def read(self, folder: Path) -> Arrays:
        """See ``ArrayLoader.read``."""
        del folder
        x, y, test = self._arrays()
        classes, target = np.unique(_labels(y, self._file()), return_inverse=True)
        sequences = self.task == "sequence_classification"
        inputs = self._sequences(x) if sequences else self._images(x)
        return Arrays(
            inputs=inputs,
            target=target.reshape(-1).astype(np.int64),
            classes=tuple(str(label) for label in classes),
            test=test,
            details={} if sequences else {"value_range": _value_range(inputs)},
        )

    def _file(self) -> Path:
        if self.path is None:
            raise ConfigError("data.path: an .npz file is needed. Received: null.")
        path = Path(self.path)
        if not path.is_file():
            raise DataError(f"data.path: there is no such file. Received: {path}")
        return path

    def _arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Inputs, labels, and the numbers of the test samples where the file parts them."""
        try:
            with np.load(self._file(), allow_pickle=False) as stored:
                if self.inputs in stored:
                    return *self._pair(stored, self.inputs, self.target), None
                train = self._pair(stored, f"{self.inputs}_train", f"{self.target}_train")
                if f"{self.inputs}_test" not in stored:
                    return *train, None
                test = self._pair(stored, f"{self.inputs}_test", f"{self.target}_test")
        except (zipfile.BadZipFile, ValueError, OSError, EOFError) as error:
            raise DataError(
                f"data.path: {self.path} cannot be read as an .npz file of plain arrays: {error}"
            ) from error
        x, y = (np.concatenate(both) for both in zip(train, test, strict=True))
        return x, y, np.arange(len(train[0]), len(x))

    def _pair(self, stored: Any, inputs: str, target: str) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and labels of one part; zeros where a task without labels finds none."""
        if self.task == "generation" and inputs in stored and target not in stored:
            return stored[inputs], np.zeros(len(stored[inputs]), np.int64)
        return _pair(stored, inputs, target)

    def _sequences(self, x: np.ndarray) -> np.ndarray:
        if x.ndim != 3 or x.dtype.kind not in "uifb":
            raise DataError(
                f"data.inputs: expected numbers of shape (n, steps, features). Received: {x.dtype} of shape {x.shape}."
            )
        return x.astype(np.float32)

    def _images(self, x: np.ndarray) -> np.ndarray:
        if x.ndim not in (3, 4) or x.dtype.kind not in "uifb":
            raise DataError(
                f"data.inputs: expected numbers of shape (n, height, width) or (n, height, width, channels)."
                f" Received: {x.dtype} of shape {x.shape}."
            )
        x = x if x.ndim == 4 else x[..., np.newaxis]
        return x.astype(np.uint8) if x.dtype.kind == "b" else x.astype(np.float32) if x.dtype.kind == "f" else x


def _pair(stored: Any, inputs: str, target: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels of one part.

    Raises:
        DataError: One is missing, or they differ in length.
    """
    for key in (inputs, target):
        if key not in stored:
            raise DataError(f"data.path: there is no array '{key}'. The file holds: {', '.join(stored.files)}.")
    x, y = stored[inputs], stored[target]
    if len(x) != len(y):
        raise DataError(f"data.path: '{inputs}' and '{target}' differ in length. Received: {len(x)} and {len(y)}.")
    return x, y


def _labels(y: np.ndarray, path: Path) -> np.ndarray:
    if y.ndim == 2 and y.shape[1] > 1 and np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all():
        return np.asarray(y.argmax(axis=1))
    flat = y.reshape(len(y), -1)
    if flat.shape[1] != 1:
        raise DataError(
            f"data.target: expected one label a sample, or one-hot rows. Received: shape {y.shape} in {path}."
        )
    labels = flat[:, 0]
    if labels.dtype.kind == "f":
        if not np.isfinite(labels).all() or (labels % 1 != 0).any():
            raise DataError(f"data.target: expected class labels. Received: fractions or NaN in {path}.")
        labels = labels.astype(np.int64)
    return labels


def _value_range(images: np.ndarray) -> list[float]:
    if images.dtype == np.uint8 and images.max(initial=0) > 1:
        return [0, 255]
    return [float(images.min(initial=0)), float(images.max(initial=1))]
