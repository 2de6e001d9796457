"""Images, or sequences, and labels or masks in an .npz file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from automl.bounds import Between, Needed, Portion, Text
from automl.data.arrays.check import LARGEST
from automl.data.arrays.labels import labels
from automl.data.arrays.loader import ArrayLoader, Arrays
from automl.data.arrays.masks import masks
from automl.data.arrays.npz_file import NpzFile
from automl.data.cache import file_identity
from automl.data.images.crops import with_masks
from automl.errors import ConfigError, DataError
from automl.inheritance import override
from automl.tasks.info import task_info

if TYPE_CHECKING:
    from automl.data.dataset import Dataset

_SIDES = {"train": ("train",), "validation": ("val", "valid", "validation"), "test": ("test",)}


@dataclass
class Npz(ArrayLoader):
    """An .npz file with ``x`` and ``y``, or with ``x_train``, ``y_train``, ``x_test`` and ``y_test``.

    ``x_val`` and ``y_val`` are the validation part where they are there. With ``task: sequence_classification`` the
    inputs are sequences (n, steps, features); shorter ones end with steps of zeros. With ``task: segmentation`` the
    target is a mask for each image.

    Attributes:
        path: The file.
        inputs: Name of the images: (n, height, width) or (n, height, width, channels).
        target: Name of the labels: (n,) integers or strings, or (n, classes) one-hot; or of the masks: (n, height,
            width) whole numbers, each distinct one a class.
        crop: Of masks: side of random crops that the train part is learned by; by default whole images.
        ignore: Of masks: a value that counts nowhere.
    """

    path: Needed | None = None
    inputs: Text = "x"
    target: Text = "y"
    crop: Annotated[int, Between(8, 65_536)] | None = None
    ignore: Text | None = None
    validation: Portion = 0.15
    test: Portion = 0.15

    @override
    def identity(self) -> Any:
        return [file_identity(self._file()), self.inputs, self.target, self.ignore]

    @property
    @override
    def array(self) -> str:
        return self.inputs

    @override
    def open(self, cache: Path, seed: int) -> Dataset:
        data = super().open(cache, seed)
        return with_masks(data, self.crop) if _masked(self.task) else data

    @override
    def read(self, folder: Path) -> Arrays:
        del folder
        with NpzFile(self._file()) as stored:
            pairs = self._pairs(stored)
        x = _joined([pair[0] for pair in pairs.values()], "data.inputs")
        y = _joined([pair[1] for pair in pairs.values()], "data.target")
        sides = np.repeat(list(pairs), [len(pair[0]) for pair in pairs.values()])
        where = f"data.target: '{self.target}' in {self.path}"
        given = {part: np.flatnonzero(sides == part) if part in pairs else None for part in ("test", "validation")}
        if _masked(self.task):
            images = self._images(x)
            found, target = masks(y, images.shape[1:3], sides, where, self.ignore)
            details = {"value_range": None}
            return Arrays(
                images, target, found.names, details=details, warnings=found.warnings,
                test=given["test"], validation=given["validation"],
            )  # fmt: skip
        if y.ndim == 3 and y.shape == x.shape[:3]:
            raise DataError(f"{where} holds a mask for each image; choose data.task=segmentation.")
        classes, target = labels(y, where)
        sequences = task_info(self.task).inputs == "sequence"
        return Arrays(
            inputs=self._sequences(x) if sequences else self._images(x),
            target=target,
            classes=classes,
            details={} if sequences else {"value_range": None},
            test=given["test"],
            validation=given["validation"],
        )

    def _file(self) -> Path:
        if self.path is None:
            raise ConfigError("data.path: an .npz file is needed. Received: null.")
        path = Path(self.path)
        if not path.is_file():
            what = "is no file, but a folder or a device" if path.exists() else "there is no such file"
            raise DataError(f"data.path: {what}. Received: {path}")
        return path

    def _pairs(self, stored: NpzFile) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Inputs and labels of each part that the file holds; ``train`` alone where it does not part them."""
        if self.inputs in stored:
            return {"train": self._pair(stored, self.inputs, self.target)}
        if f"{self.inputs}_train" not in stored:
            raise DataError(
                f"data.inputs: there is neither an array '{self.inputs}' nor '{self.inputs}_train' in {self.path}."
                f" The file holds: {', '.join(stored.names) or 'no arrays'}. Name them by data.inputs and data.target."
            )
        return {
            side: self._pair(stored, f"{self.inputs}_{word}", f"{self.target}_{word}")
            for side, words in _SIDES.items()
            for word in words
            if f"{self.inputs}_{word}" in stored
        }

    def _pair(self, stored: NpzFile, inputs: str, target: str) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and labels of one part; zeros where a task that does without labels finds none.

        Raises:
            DataError: One is missing, is no array of samples, or they differ in length.
        """
        x = stored.read(inputs)
        unlabelled = task_info(self.task).labels != "read" and target not in stored
        y = np.zeros(len(x), np.int64) if unlabelled else stored.read(target)
        if len(x) != len(y):
            raise DataError(f"data.path: '{inputs}' and '{target}' differ in length. Received: {len(x)} and {len(y)}.")
        return x, y

    def _sequences(self, x: np.ndarray) -> np.ndarray:
        if x.ndim != 3 or x.dtype.kind not in "uifb":
            raise DataError(
                f"data.inputs: expected numbers of shape (n, steps, features). Received: {x.dtype} of shape {x.shape}."
            )
        return _floats(x)

    def _images(self, x: np.ndarray) -> np.ndarray:
        if x.ndim not in (3, 4) or x.dtype.kind not in "uifb":
            raise DataError(
                f"data.inputs: expected numbers of shape (n, height, width) or (n, height, width, channels)."
                f" Received: {x.dtype} of shape {x.shape}."
            )
        x = x if x.ndim == 4 else x[..., np.newaxis]
        return x.astype(np.uint8) if x.dtype.kind == "b" or x.dtype == np.uint8 else _floats(x)


def _masked(task: str) -> bool:
    """Whether a task's targets are tensors at the places of its images."""
    found = task_info(task)
    return found.target == "tensor" and found.inputs == "image"


def _joined(arrays: list[np.ndarray], key: str) -> np.ndarray:
    """The parts, one after the other.

    Raises:
        DataError: Their samples differ in shape, or text stands beside numbers.
    """
    shapes, texts = {one.shape[1:] for one in arrays}, {one.dtype.kind in "SU" for one in arrays}
    if len(shapes) > 1 or len(texts) > 1:
        told = ", ".join(f"{one.dtype} of shape {one.shape}" for one in arrays)
        raise DataError(f"{key}: the parts must hold samples of one kind. Received: {told}.")
    return np.concatenate(arrays) if len(arrays) > 1 else arrays[0]


def _floats(x: np.ndarray) -> np.ndarray:
    """The values as models take them; what is too large stays so, and is told by the check that follows.

    Numbers beyond 32-bit floats would become infinite on the way, and the message would not show them.
    """
    beyond = x.dtype.kind == "f" and x.dtype.itemsize > 4 and x.size and not np.abs(x).max() <= LARGEST
    return x if beyond else np.ascontiguousarray(x, np.float32)
