"""Scikit-learn's handwritten digits: 1,797 real images that need no download."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from automl.data.arrays.loader import ArrayLoader, Arrays
from automl.inheritance import override

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Digits(ArrayLoader):
    """The test set of the UCI ML hand-written digits data (Alpaydin and Kaynak 1998), as scikit-learn ships it.

    8x8 grey images with values 0 to 16, ten classes of about 180 images each.
    """

    @override
    def identity(self) -> str:
        return "scikit-learn digits"

    @override
    def read(self, folder: Path) -> Arrays:
        del folder
        from sklearn.datasets import load_digits

        bunch = load_digits()
        return Arrays(
            inputs=bunch.images[..., np.newaxis].astype(np.uint8),
            target=bunch.target.astype(np.int64),
            classes=tuple(str(label) for label in bunch.target_names),
            details={"value_range": [0, 16]},
        )
