"""Training on labelled parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from automl.bounds import Above, AtLeast, AtMost, Below, Offered, Positive, Rising, Share, TaskLoss
from automl.settings.base import BatchSize, Epochs, LearningRate, Patience, Settings


@dataclass(frozen=True)
class Supervised(Settings):
    """How a model is trained on labelled parts.

    A field that a condition (``when``) switches off is absent from a trial's configuration and takes the default
    that stands here.

    Attributes:
        optimizer: One of Keras's, or one that a distribution offers by the entry point ``automl.optimizers``.
        learning_rate: Peak learning rate.
        momentum: Nesterov momentum of ``sgd``.
        beta_2: Share of the past in the mean square of gradients of ``adam``, ``adamw`` and ``nadam``; None for 0.999.
        weight_decay: Decoupled weight decay (Loshchilov and Hutter 2019).
        clip_norm: Largest global norm of a gradient, or None.
        schedule: Course of the learning rate over all epochs: ``cosine`` (Loshchilov and Hutter 2017) falls to zero,
            ``flat_cosine`` in the second half alone, ``coslog4`` rises and falls four times, each time twice as long
            (Holzmüller et al. 2024), ``exponential`` falls to a hundredth, ``step`` to a tenth after one half and to a
            hundredth after three quarters.
        warmup: Share of all steps over which the rate first rises in a line.
        batch_size: Samples a step; ``auto`` in a configuration stands for what suits the number and the size of the
            samples, as of ``automl.settings.automatic``.
        epochs: Most passes over the train part; ``auto`` likewise, and by the time that the study has.
        patience: Epochs without a better objective on validation after which training stops, or None; the best
            weights are kept either way; ``auto`` is a third of the epochs, 10 at least.
        share: Of the train samples, that are learned from; where not even an epoch over all would end in time, a study
            takes fewer.
        loss: ``auto`` takes the task's own; the others are those that the task lists (``losses`` in its YAML), and
            those that distributions offer by the entry point ``automl.losses``.
        quantile: What ``quantile`` as a loss aims at (Koenker and Bassett 1978): 0.9 is exceeded by a tenth.
        quantiles: Of values, several at once, such as 0.1, 0.5 and 0.9: they are predicted beside the value, which then
            is the middle one; null for the value alone.
        label_smoothing: Share of probability given to the other classes (Szegedy et al. 2016).
        class_weight: ``balanced`` weighs samples by the inverse frequency of their class.
        augmentation: Of images, on the train part only: ``flip_crop``, ``rand_augment`` (Cubuk et al. 2020) or
            ``mixup`` (Zhang et al. 2018); and, masks with them, ``flip_rotate`` (mirror images and quarter turns),
            ``elastic`` (these and elastic deformation, Ronneberger et al. 2015), ``photometric`` (brightness and
            contrast), ``elastic_photometric``.
        averaging: What is evaluated and kept of the weights: ``none`` takes them as they are; ``ema`` their exponential
            moving average (Polyak and Juditsky 1992), batch statistics included; ``swa`` from seven tenths of the
            epochs on, with the rate held, the mean over epochs (Izmailov et al. 2018), batch statistics taken anew.
        averaging_decay: Of ``ema``, by step; null spans a twenty-fifth of all steps.
        mixed_precision: ``auto`` computes in 16 bits where the device is fast at it.
    """

    optimizer: Annotated[str, Offered("automl.optimizers", ("adam", "adamw", "nadam", "sgd", "rmsprop", "lion"))] = (
        "adam"
    )
    learning_rate: LearningRate = 1e-3
    momentum: Annotated[float, AtLeast(0), Below(1)] = 0.9
    beta_2: Annotated[float, AtLeast(0), Below(1)] | None = None
    weight_decay: Share = 0.0
    clip_norm: Positive | None = None
    schedule: Literal["constant", "cosine", "flat_cosine", "coslog4", "exponential", "step"] = "cosine"
    warmup: Share = 0.0
    batch_size: BatchSize = 32
    epochs: Epochs = 30
    patience: Patience | None = 10
    share: Annotated[float, Above(0), AtMost(1)] = 1.0
    loss: Annotated[str, TaskLoss()] = "auto"
    quantile: Annotated[float, Above(0), Below(1)] = 0.5
    quantiles: Annotated[tuple[Annotated[float, Above(0), Below(1)], ...], Rising()] | None = None
    label_smoothing: Annotated[float, AtLeast(0), Below(1)] = 0.0
    class_weight: Literal["none", "balanced"] = "none"
    augmentation: Literal[
        "none", "flip_crop", "rand_augment", "mixup", "flip_rotate", "elastic", "photometric", "elastic_photometric"
    ] = "none"
    averaging: Literal["none", "ema", "swa"] = "none"
    averaging_decay: Annotated[float, AtLeast(0), Below(1)] | None = None
    mixed_precision: Literal["auto", "on", "off"] = "auto"
