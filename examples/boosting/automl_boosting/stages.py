"""What the ``training`` section of boosting holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from automl.plugin import Between, Count, Epochs, LearningRate, Settings


@dataclass(frozen=True)
class Stages(Settings):
    """Trees that are grown one after the other.

    Attributes:
        epochs: After each the validation part is scored.
        trees: Grown in an epoch.
        learning_rate: What each tree's values are multiplied by.
        patience: Epochs without a better objective after which it ends, or None; the best epoch's trees are kept.
    """

    epochs: Epochs = 50
    trees: Annotated[int, Between(1, 1000)] = 10
    learning_rate: LearningRate = 0.1
    patience: Count | None = 5
