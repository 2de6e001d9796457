"""One network and one loss over labelled parts, as the epoch driver takes them."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.training import state
from automl.training.averaging import SWA_START, Statistics, make_averaging
from automl.training.callbacks import Callbacks
from automl.training.fit import Learner
from automl.training.loop import Loop
from automl.training.optimizers import Schedule, make_optimizer
from automl.training.pipeline import evaluation_batches, train_batches
from automl.training.traced import Traced

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import keras
    import tensorflow as tf

    from automl.data import Dataset
    from automl.plugin import Trial
    from automl.settings import Supervised
    from automl.training.keras_plugin import KerasPlugin
    from automl.training.phases import Phase
    from automl.training.predictor import Predictor


class SupervisedLearner(Learner):
    """A plugin's network, trained by the loss that the plugin names.

    Args:
        plugin: Its objective and its hooks.
        network: From inputs as batches hold them to outputs as the objective takes them.
        data: Its train part is learned, its validation part measured.
        settings: The ``training`` section.
        trial: Its seed fixes the order of samples and their augmentation, each a function of the epoch too.
    """

    def __init__(
        self, plugin: KerasPlugin, network: keras.Model, data: Dataset, settings: Supervised, trial: Trial
    ) -> None:
        self._plugin = plugin
        self._network = network
        self._data = data
        self._spec = data.spec.encoded
        self._settings = settings
        self._seed = trial.seed
        self._wanted = [name.removeprefix("val_") for name in (trial.objective, *trial.further)]
        self._steps = data.train.steps(settings.batch_size)
        self._batches: Iterator[Any] | None = None
        self._trial = trial
        self._callbacks = Callbacks(plugin.callbacks(settings))
        self._traced: Traced | None = None

    @property
    def steps(self) -> int:
        """Batches in an epoch, which is what graphs know of the data besides their spec."""
        return self._steps

    @property
    def has_callbacks(self) -> bool:
        """Whether anything is called around epochs, which may do anything to the network."""
        return bool(self._callbacks)

    @property
    def is_averaged(self) -> bool:
        """Whether an average of the weights is kept beside them, which steps feed."""
        return self._settings.averaging != "none"

    def reuse(self, traced: Traced) -> None:
        """Train a network that was traced before in the place of this one's, from the state that this one begins with.

        Args:
            traced: Of the same plugin, settings and spec, and as many steps an epoch; of one phase.
        """
        self._traced = traced

    def begin(self, phase: Phase) -> None:
        """Give the phase an optimizer, a schedule and an average of its own."""
        hold = SWA_START if self._settings.averaging == "swa" else 1.0
        self._schedule = Schedule(self._settings, self._steps * phase.epochs, phase.rate, hold)
        self._optimizer = make_optimizer(self._settings, self._schedule)
        self._average = make_averaging(self._settings, self._network, self._steps, phase.epochs)
        objective = self._plugin.objective(self._spec, self._settings)
        after_step = self._average.after_step if self._average else None
        self._loop = Loop(self._network, self._optimizer, objective, self._plugin.tally(self._spec), after_step)
        if self._traced is not None:
            self._take_over(self._traced)
        self._callbacks.take(self._network, self._optimizer)

    def _take_over(self, traced: Traced) -> None:
        fresh = state.read(self.state())
        self._network, self._optimizer, self._loop = traced.network, traced.optimizer, traced.loop
        state.write(self.state(), fresh)

    def traced(self, whole: keras.Model, predictor: Predictor) -> Traced:
        """What another training may take over from this one.

        Args:
            whole: The network from raw inputs to predictions.
            predictor: Calls that.
        """
        return Traced(self._network, self._optimizer, self._loop, whole, predictor)

    def end(self) -> None:
        """Called after the last epoch, with the best weights in place."""
        self._callbacks.end()

    def epoch(self, number: int) -> dict[str, float]:
        """The metrics of training, those of validation with ``val_`` before, and the learning rate at the end."""
        self._plugin.begin_epoch(number, self._settings)
        self._callbacks.begin_epoch(number)
        metrics = self._loop.train(self._from(number), self._steps)
        if self._average is not None:
            self._average.after_epoch()
        with self._averaged(number):
            metrics |= {f"val_{name}": value for name, value in self._validated().items()}
        metrics |= {"learning_rate": float(self._schedule(self._optimizer.iterations))}
        self._trial.should_stop |= self._callbacks.end_epoch(number, metrics)
        return metrics

    def _validated(self) -> dict[str, float]:
        """The task's own metrics, as the final evaluation tells them, in the place of those that the loop took."""
        metrics, outputs = self._loop.evaluate(self._validation)
        metrics |= dict(self._plugin.measured(self._spec, self._target, outputs, self._wanted))
        return metrics | dict(self._plugin.sampled(self._network, self._data))

    @contextmanager
    def _averaged(self, number: int) -> Iterator[None]:
        """Meanwhile the network has the average of its weights, where there is one."""
        if self._average is None or not self._average.ready:
            yield
            return
        self._average.swap()
        try:
            if self._settings.averaging == "swa":
                self._statistics.renew(self._train_batches(number), self._steps)
            yield
        finally:
            self._average.swap()

    def state(self) -> Mapping[str, Any]:
        """The network with its random numbers, the optimizer, the average, and what the plugin adds."""
        parts = {"network": self._network, "optimizer": self._loop.optimizer, "plugin": self._plugin.state()}
        parts |= {"average": self._average.state()} if self._average is not None else {}
        return parts | ({"callbacks": self._callbacks.stateful} if self._callbacks.stateful else {})

    def weights(self) -> Sequence[np.ndarray]:
        """Those of the network, or their average."""
        if self._average is not None and self._average.ready:
            return self._average.values()
        weights: list[np.ndarray] = self._network.get_weights()
        return weights

    def restore(self, weights: Sequence[np.ndarray]) -> None:
        """Put them back."""
        self._network.set_weights(weights)

    def _from(self, number: int) -> Iterator[Any]:
        """Endless batches, made where the first epoch asks for them: that need not be the first of all."""
        if self._batches is None:
            self._batches = iter(self._train_batches(number))
        return self._batches

    def _train_batches(self, number: int) -> tf.data.Dataset:
        """Endless batches from an epoch on."""
        return train_batches(self._data.train, self._spec, self._settings, self._seed, first=number - 1)

    @cached_property
    def _statistics(self) -> Statistics:
        return Statistics(self._network)

    @cached_property
    def _validation(self) -> tf.data.Dataset:
        return evaluation_batches(self._data.validation, self._spec, self._settings.batch_size)

    @cached_property
    def _target(self) -> np.ndarray:
        return np.empty(0) if self._plugin.tally(self._spec) else self._data.validation.target()
