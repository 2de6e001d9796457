"""MNIST, Fashion-MNIST and CIFAR-10 through Keras and its own cache."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from automl.data.arrays import ArrayLoader, Arrays
from automl.errors import DataError

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


@dataclass
class KerasDataset(ArrayLoader):
    """Image data sets that ``keras.datasets`` downloads once; each comes with its test part.

    Attributes:
        dataset: ``mnist`` (LeCun et al. 1998), ``fashion_mnist`` (Xiao et al. 2017) or ``cifar10`` (Krizhevsky 2009).
    """

    dataset: Literal["mnist", "fashion_mnist", "cifar10"] = "mnist"

    def identity(self) -> str:
        """See ``ArrayLoader.identity``."""
        return self.dataset

    def read(self, folder: Path) -> Arrays:
        """See ``ArrayLoader.read``."""
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

        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(_SECONDS)
        try:
            return getattr(keras.datasets, self.dataset).load_data()
        except Exception as error:
            home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"
            wanted = ", ".join(str(home / place) for place in _PLACES[self.dataset])
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise DataError(
                f"data={self.dataset}: Keras could not download it ({first}). Without a network, put it at"
                f" {wanted}{_HINTS.get(self.dataset, '')} and run again."
            ) from error
        finally:
            socket.setdefaulttimeout(before)
