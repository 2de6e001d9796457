"""How trees are boosted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from automl.plugin import Above, AtMost, Below, Between, Count, TaskLoss
from automl.settings import Epochs, Settings


@dataclass(frozen=True)
class Rounds(Settings):
    """Trees that are grown one after the other, each on what those before it left.

    Attributes:
        epochs: Reports at most, each after ``trees`` rounds; after each the validation part is scored.
        trees: Rounds between two reports: one tree each, of more than two classes one for each class.
        learning_rate: What each tree's values are multiplied by (shrinkage, Friedman 2001).
        patience: Reports without a better objective after which it ends, or None; the trees of the best are kept.
        loss: ``auto`` takes the task's own; of values also ``mae``, ``huber`` and ``quantile``.
        quantile: What ``quantile`` as a loss aims at (Koenker and Bassett 1978): 0.9 is exceeded by a tenth.
        class_weight: ``balanced`` weighs samples by the inverse frequency of their class.
    """

    epochs: Epochs = 100
    trees: Annotated[int, Between(1, 1000)] = 20
    learning_rate: Annotated[float, Above(0), AtMost(1)] = 0.05
    patience: Count | None = 5
    loss: Annotated[str, TaskLoss()] = "auto"
    quantile: Annotated[float, Above(0), Below(1)] = 0.5
    class_weight: Literal["none", "balanced"] = "none"
