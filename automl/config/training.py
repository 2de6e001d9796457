"""What the ``training`` section may hold; imports no framework, so that the driver checks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from automl.bounds import Above, AtLeast, AtMost, Below, Between, Count, Positive, Share

LearningRate = Annotated[float, Above(0), AtMost(100)]
BatchSize = Annotated[int, Between(1, 1_048_576)]
Epochs = Annotated[int, Between(1, 1_000_000)]


@dataclass(frozen=True)
class Supervised:
    """How a model is trained on labelled parts.

    A field that a condition (``when``) switches off is absent from a trial's configuration and takes the default
    that stands here.

    Attributes:
        optimizer: Keras optimizer.
        learning_rate: Peak learning rate.
        momentum: Nesterov momentum of ``sgd``.
        weight_decay: Decoupled weight decay (Loshchilov and Hutter 2019).
        clip_norm: Largest global norm of a gradient, or None.
        schedule: Course of the learning rate over all epochs: ``cosine`` (Loshchilov and Hutter 2017) falls to zero,
            ``exponential`` to a hundredth, ``step`` to a tenth after one half and to a hundredth after three quarters.
        warmup: Share of all steps over which the rate first rises in a line.
        batch_size: Samples a step.
        epochs: Most passes over the train part.
        patience: Epochs without a better objective on validation after which training stops, or None; the best
            weights are kept either way.
        loss: ``auto`` takes the task's own.
        label_smoothing: Share of probability given to the other classes (Szegedy et al. 2016).
        class_weight: ``balanced`` weighs samples by the inverse frequency of their class.
        augmentation: Of images, on the train part only: ``flip_crop``, ``rand_augment`` (Cubuk et al. 2020) or
            ``mixup`` (Zhang et al. 2018).
        mixed_precision: ``auto`` computes in 16 bits where the device is fast at it.
    """

    optimizer: Literal["adam", "adamw", "nadam", "sgd", "rmsprop", "lion"] = "adam"
    learning_rate: LearningRate = 1e-3
    momentum: Annotated[float, AtLeast(0), Below(1)] = 0.9
    weight_decay: Share = 0.0
    clip_norm: Positive | None = None
    schedule: Literal["constant", "cosine", "exponential", "step"] = "cosine"
    warmup: Share = 0.0
    batch_size: BatchSize = 32
    epochs: Epochs = 30
    patience: Count | None = None
    loss: Literal["auto", "cross_entropy", "focal", "mse", "mae", "huber"] = "auto"
    label_smoothing: Annotated[float, AtLeast(0), Below(1)] = 0.0
    class_weight: Literal["none", "balanced"] = "none"
    augmentation: Literal["none", "flip_crop", "rand_augment", "mixup"] = "none"
    mixed_precision: Literal["auto", "on", "off"] = "auto"


@dataclass(frozen=True)
class Control:
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


@dataclass(frozen=True)
class Adversarial:
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


SCHEMAS = {"supervised": Supervised, "control": Control, "adversarial": Adversarial}
"""The known kinds of training by ``training.name``."""
