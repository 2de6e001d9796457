"""A callback that ends a trial which overfits."""

from __future__ import annotations

import keras


class Guard(keras.callbacks.Callback):
    """Ends training once the validation loss is so many times the training loss.

    Args:
        ratio: How many times.
    """

    def __init__(self, ratio: float) -> None:
        super().__init__()
        self.ratio = ratio

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Compare the losses of an epoch; the best one is kept."""
        if logs and logs["val_loss"] > self.ratio * logs["loss"]:
            self.model.stop_training = True
