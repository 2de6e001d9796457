"""Keras callbacks around epochs; these run in the graph as a whole, so that nothing is called around batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from automl.training.state import Stateful

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BATCHES = tuple(f"on_{kind}batch_{end}" for kind in ("", "train_", "test_", "predict_") for end in ("begin", "end"))


class Callbacks:
    """The callbacks of one trial.

    Args:
        callbacks: They are given the network, and the optimizer as its ``optimizer``, before the first epoch; in a
            trial that goes on from a checkpoint ``on_train_begin`` is called again. ``on_train_end`` sees the best
            weights. Setting ``self.model.stop_training`` ends the trial with its best epoch.

    Raises:
        TypeError: One is no callback, or wants to be called around batches.
    """

    def __init__(self, callbacks: Sequence[keras.callbacks.Callback]) -> None:
        for one in callbacks:
            _check(one)
        self._callbacks = callbacks
        self._network: keras.Model | None = None
        self._list: keras.callbacks.CallbackList | None = None

    def __bool__(self) -> bool:
        return bool(self._callbacks)

    @property
    def stateful(self) -> list[Stateful]:
        """Those that tell and take a state, for the checkpoint."""
        return [one for one in self._callbacks if isinstance(one, Stateful)]

    def take(self, network: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
        """Get to know what is trained; each phase has an optimizer of its own."""
        if self._callbacks:
            self._network, network.optimizer = network, optimizer

    def begin_epoch(self, number: int) -> None:
        """Call ``on_epoch_begin``, which counts epochs from 0, and before the first ``on_train_begin``."""
        if self._network is None:
            return
        if self._list is None:
            self._network.stop_training = False
            self._list = keras.callbacks.CallbackList(list(self._callbacks), model=self._network)
            self._list.on_train_begin()
        self._list.on_epoch_begin(number - 1)

    def end_epoch(self, number: int, metrics: Mapping[str, float]) -> bool:
        """Call ``on_epoch_end`` with the metrics; whether training is to stop."""
        if self._list is None or self._network is None:
            return False
        self._list.on_epoch_end(number - 1, dict(metrics))
        return bool(self._network.stop_training)

    def end(self) -> None:
        """Call ``on_train_end``; the network forgets its optimizer, which would be saved with it."""
        if self._list is not None:
            self._list.on_train_end()
        if self._network is not None:
            self._network.optimizer = None


def _check(callback: keras.callbacks.Callback) -> None:
    if not isinstance(callback, keras.callbacks.Callback):
        raise TypeError(f"callbacks: expected a keras.callbacks.Callback. Received: {callback!r}.")
    for name in _BATCHES:
        if name in vars(callback) or getattr(type(callback), name) is not getattr(keras.callbacks.Callback, name):
            raise TypeError(
                f"callbacks: {type(callback).__name__}.{name} would never be called, since an epoch runs in the graph"
                " as a whole. Use on_epoch_begin and on_epoch_end."
            )
