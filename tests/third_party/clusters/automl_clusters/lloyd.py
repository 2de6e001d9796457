"""What the ``training`` section of k-means holds."""

from __future__ import annotations

from dataclasses import dataclass

from automl.plugin import Epochs, NonNegative, Settings


@dataclass(frozen=True)
class Lloyd(Settings):
    """Lloyd's iterations (1982).

    Attributes:
        epochs: The most passes over the train part.
        tolerance: Once no centre moves further, in deviations of the features, learning ends.
    """

    epochs: Epochs = 50
    tolerance: NonNegative = 1e-4
