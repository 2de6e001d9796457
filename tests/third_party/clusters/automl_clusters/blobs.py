"""Points that lie in blobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from automl.data import ArrayLoader, Arrays
from automl.plugin import Between, Count, Positive

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Blobs(ArrayLoader):
    """Normal distributions around centres that are drawn from a square.

    Attributes:
        blobs: How many.
        samples: How many points in all.
        dimensions: Of the space.
        spread: Standard deviation of each blob; the centres' square has sides of 10.
        draw: Seeds centres and points, whatever the split.
    """

    blobs: Annotated[int, Between(2, 1000)] = 4
    samples: Count = 600
    dimensions: Annotated[int, Between(1, 1000)] = 2
    spread: Positive = 1.0
    draw: Annotated[int, Between(0, 4_294_967_295)] = 0

    def identity(self) -> Any:
        """See ``ArrayLoader.identity``."""
        return [self.blobs, self.samples, self.dimensions, self.spread, self.draw]

    def read(self, folder: Path) -> Arrays:
        """See ``ArrayLoader.read``."""
        del folder
        rng = np.random.default_rng(self.draw)
        centres = rng.uniform(-5.0, 5.0, (self.blobs, self.dimensions))
        points = centres[np.arange(self.samples) % self.blobs]
        return Arrays((points + rng.normal(0.0, self.spread, points.shape)).astype(np.float32), None)
