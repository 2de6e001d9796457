"""Optimizers and learning-rate schedules by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import keras
import numpy as np
import tensorflow as tf

from automl.registry import Group, entry

if TYPE_CHECKING:
    from automl.settings import Supervised

_OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "lion": keras.optimizers.Lion,
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}
_SQUARES = ("adam", "adamw", "nadam")
"""Those that average squares of gradients by a ``beta_2``; of another meaning is that of ``lion``."""


def make_optimizer(settings: Supervised, schedule: Schedule) -> keras.optimizers.Optimizer:
    """The optimizer that the settings name; its learning rate follows the schedule.

    Raises:
        PluginError: It is none of Keras's, and no distribution offers it.
    """
    cls = _OPTIMIZERS.get(settings.optimizer) or entry(Group.OPTIMIZERS, settings.optimizer).load()
    extra: dict[str, Any] = {}
    if settings.optimizer == "sgd":
        extra = {"momentum": settings.momentum, "nesterov": settings.momentum > 0}
    elif settings.beta_2 is not None and settings.optimizer in _SQUARES:
        extra = {"beta_2": settings.beta_2}
    # Keras's AdamW takes no None; every other one does without the operations of a decay that is none.
    none = 0.0 if settings.optimizer == "adamw" else None
    return cls(
        learning_rate=schedule,
        weight_decay=settings.weight_decay or none,
        global_clipnorm=settings.clip_norm,
        **extra,
    )


class Scheduled(Protocol):
    """Settings with a learning rate and its fall; ``warmup``, the share of steps in which it rises, may be there."""

    @property
    def learning_rate(self) -> float:
        """The peak."""

    @property
    def schedule(self) -> str:
        """``constant``, ``cosine``, ``coslog4``, ``flat_cosine``, ``exponential`` or ``step``."""


class Schedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """The learning rate as a function of the step: a rise in a line, then the named fall.

    Args:
        settings: Peak, warm-up and fall.
        steps: How many steps it lasts.
        rate: What the peak is multiplied by.
        hold: The share of the way from which on the rate stays as it is.
    """

    def __init__(self, settings: Scheduled, steps: int, rate: float = 1.0, hold: float = 1.0) -> None:
        self.peak = settings.learning_rate * rate
        self.schedule = settings.schedule
        self.steps = max(1, steps)
        self.hold = hold
        self.warmup = round(getattr(settings, "warmup", 0.0) * self.steps)

    def __call__(self, step: Any) -> Any:
        """The rate at a step, counted from 0; a tensor for a tensor."""
        step = tf.cast(step, tf.float32)
        past = tf.clip_by_value((step - self.warmup) / max(1, self.steps - self.warmup), 0.0, self.hold)
        rate = self.peak * self._fall(past)
        return tf.where(step < self.warmup, self.peak * (step + 1.0) / max(1, self.warmup), rate)

    def _fall(self, past: Any) -> Any:
        """The share of the peak that is left when this share of the way has passed."""
        match self.schedule:
            case "cosine":
                return 0.5 * (1.0 + tf.cos(np.pi * past))
            case "coslog4":
                return 0.5 * (1.0 - tf.cos(2.0 * np.pi * tf.math.log(1.0 + 15.0 * past) / np.log(2.0)))
            case "flat_cosine":
                return 0.5 * (1.0 + tf.cos(np.pi * tf.maximum(0.0, 2.0 * past - 1.0)))
            case "exponential":
                return 0.01**past
            case "step":
                return tf.where(past < 0.5, 1.0, tf.where(past < 0.75, 0.1, 0.01))
        return tf.ones_like(past)

    def get_config(self) -> dict[str, Any]:
        """Not needed: optimizers are not saved."""
        raise NotImplementedError
