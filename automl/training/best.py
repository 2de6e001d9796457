"""The best weights so far, and when to stop looking for better ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import keras
    import numpy as np


class Best:
    """Keeps the weights of the best epoch by one metric (early stopping: Prechelt 1998).

    Args:
        metric: Name of the metric, such as ``val_accuracy``.
        direction: ``"maximize"`` or ``"minimize"``.
        patience: Epochs without a better value after which ``exhausted`` holds, or None for never.
        latest: Whether of equal epochs the last is kept; else the first.

    Ties are broken by ``val_loss``: an accuracy on a few hundred samples takes few values.
    """

    def __init__(self, metric: str, direction: str, patience: int | None, *, latest: bool = False) -> None:
        self._latest = latest
        self._metric = metric
        self._sign = -1.0 if direction == "maximize" else 1.0
        self._patience = patience
        self._key: tuple[float, float] | None = None
        self._weights: list[np.ndarray] = []
        self._improved = 0
        self.step = 0
        self.metrics: Mapping[str, float] = {}

    def update(self, step: int, metrics: Mapping[str, float], model: keras.Model) -> None:
        """Take the metrics of a step, and the weights if it is the best so far."""
        value = self._sign * metrics.get(self._metric, 0.0)
        key = (value, metrics.get("val_loss", 0.0))
        if self._key is None or key < self._key or (self._latest and key == self._key):
            if self._key is None or value < self._key[0]:
                self._improved = step
            self._key, self.step, self.metrics = key, step, metrics
            self._weights = model.get_weights()

    def wait(self, step: int) -> None:
        """Count patience from this step on."""
        self._improved = step

    def exhausted(self, step: int) -> bool:
        """Whether patience is over."""
        return self._patience is not None and step - self._improved >= self._patience

    def restore(self, model: keras.Model) -> None:
        """Put the best weights back."""
        if self._weights:
            model.set_weights(self._weights)
