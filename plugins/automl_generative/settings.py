"""How a generator and a discriminator are trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from automl.plugin import AtLeast, Below, Between, Count, Positive
from automl.settings import BatchSize, Epochs, LearningRate, Settings


@dataclass(frozen=True)
class Adversarial(Settings):
    """How a generator and a discriminator learn against each other, each by Adam.

    Attributes:
        steps: Steps of the generator in all.
        epochs: Reports, each after an equal share of the steps.
        batch_size: Images in a step, and as many samples.
        learning_rate: Peak learning rate of the generator.
        discriminator_rate: What it is multiplied by for the discriminator (two time scales: Heusel et al. 2017).
        discriminator_steps: Steps of the discriminator before each of the generator.
        beta_1: Decay of the mean of gradients; 0.5 (Radford et al. 2016) or 0 (Gulrajani et al. 2017).
        beta_2: Decay of the mean of their squares.
        schedule: Course of the learning rate over all steps, as in supervised training.
        averaging: Decay of the running average of the generator's weights, which samples are drawn by; 0 for none.
        patience: Reports without a better objective after which training stops, or None; the best weights are kept.
    """

    steps: Count = 3000
    epochs: Epochs = 15
    batch_size: BatchSize = 64
    learning_rate: LearningRate = 4e-4
    discriminator_rate: Positive = 1.0
    discriminator_steps: Annotated[int, Between(1, 100)] = 1
    beta_1: Annotated[float, AtLeast(0), Below(1)] = 0.5
    beta_2: Annotated[float, AtLeast(0), Below(1)] = 0.999
    schedule: Literal["constant", "cosine", "exponential", "step"] = "constant"
    averaging: Annotated[float, AtLeast(0), Below(1)] = 0.995
    patience: Count | None = None
