"""Learning to act in an environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from automl.bounds import Between, Count, Positive
from automl.settings.base import BatchSize, Epochs, LearningRate, Settings


@dataclass(frozen=True)
class Control(Settings):
    """How an agent learns in an environment.

    Attributes:
        steps: Environment steps in all, over all environments.
        epochs: Reports, each after an equal share of the steps.
        episodes: Greedy episodes on validation seeds before a report.
        environments: How many are played side by side.
        learning_rate: Peak learning rate.
        schedule: Its course over all gradient steps, as in supervised training.
        batch_size: Transitions in a gradient step.
        clip_norm: Largest global norm of a gradient, or None.
        patience: Reports without a better return after which training stops, or None; the best weights are kept.
    """

    steps: Count = 50_000
    epochs: Epochs = 20
    episodes: Annotated[int, Between(1, 100_000)] = 20
    environments: Annotated[int, Between(1, 4096)] = 8
    learning_rate: LearningRate = 2.3e-3
    schedule: Literal["constant", "cosine", "exponential", "step"] = "constant"
    batch_size: BatchSize = 64
    clip_norm: Positive | None = 10.0
    patience: Count | None = None
