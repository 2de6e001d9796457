"""MNIST, Fashion-MNIST and CIFAR-10 through Keras and its own cache."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from automl.data.arrays.loader import ArrayLoader, Arrays
from automl.errors import DataError
from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Callable

_PLACES = {
    "mnist": ["mnist.npz"],
    "fashion_mnist": [
        f"fashion-mnist/{name}-ubyte.gz"
        for name in ("train-labels-idx1", "train-images-idx3", "t10k-labels-idx1", "t10k-images-idx3")
    ],
    "cifar10": ["cifar-10-batches-py-target_archive"],
}
_HINTS = {"cifar10": " (the file cifar-10-python.tar.gz under that name)"}
_CLASSES = {
    "mnist": tuple("0123456789"),
    "fashion_mnist": (
        "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
    ),
    "cifar10": ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
}  # fmt: skip
_SECONDS = 30.0
"""For so long nothing need arrive before a download is given up."""
_TICK = 0.5


@dataclass
class KerasDataset(ArrayLoader):
    """Image data sets that ``keras.datasets`` downloads once; each comes with its test part.

    Attributes:
        dataset: ``mnist`` (LeCun et al. 1998), ``fashion_mnist`` (Xiao et al. 2017) or ``cifar10`` (Krizhevsky 2009).
    """

    dataset: Literal["mnist", "fashion_mnist", "cifar10"] = "mnist"

    @override
    def identity(self) -> str:
        return self.dataset

    @override
    def read(self, folder: Path) -> Arrays:
        del folder
        (train, train_labels), (test, test_labels) = self._load()
        inputs = np.concatenate([train, test])
        return Arrays(
            inputs=inputs if inputs.ndim == 4 else inputs[..., np.newaxis],
            target=np.concatenate([train_labels, test_labels]).reshape(-1).astype(np.int64),
            classes=_CLASSES[self.dataset],
            test=np.arange(len(train), len(inputs)),
            details={"value_range": [0, 255]},
        )

    def _load(self) -> Any:
        import keras

        home = _home()
        # Keras removes what it cannot use.
        there = [home / place for place in _PLACES[self.dataset] if (home / place).exists()]
        try:
            return _watched(getattr(keras.datasets, self.dataset).load_data, home)
        except Exception as error:  # Keras raises whatever its network, archives and arrays do
            raise DataError(self._advice(home, there, error)) from error

    def _advice(self, home: Path, there: list[Path], error: Exception) -> str:
        """What went wrong, and where a file that was had otherwise is to be put."""
        first = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        if there:
            state = f"{there[0]} is not the file that Keras knows, or is damaged, and could not be had anew ({first})"
        else:
            state = f"Keras could not download it ({first})"
        wanted = ", ".join(str(home / place) for place in _PLACES[self.dataset])
        return (
            f"data={self.dataset}: {state}. Without a network, put it at {wanted}{_HINTS.get(self.dataset, '')} and"
            " run again."
        )


def _home() -> Path:
    """Where Keras keeps its files: in its own folder, or below /tmp where that cannot be written."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    return (home if os.access(home, os.W_OK) else Path("/tmp/.keras")) / "datasets"  # noqa: S108 - Keras's own choice


def _watched(load: Callable[[], Any], home: Path) -> Any:
    """What ``load`` returns, unless for half a minute nothing arrives on the disk.

    Raises:
        TimeoutError: Nothing arrived; the thread that waits ends with the process.
    """
    found: Future[Any] = Future()

    def run() -> None:
        try:
            found.set_result(load())
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            found.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    arrived, since = _arrived(home), time.monotonic()
    while True:
        try:
            return found.result(_TICK)
        except FutureTimeout:
            if found.done():
                raise
            if _arrived(home) != arrived:
                arrived, since = _arrived(home), time.monotonic()
            elif time.monotonic() - since > _SECONDS:
                raise TimeoutError(f"nothing arrived for {_SECONDS:g} s") from None


def _arrived(home: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in home.rglob("*") if path.is_file()) if home.is_dir() else 0
