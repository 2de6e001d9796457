"""The base of plugins that Keras trains on labelled parts: their author writes ``build``."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from automl.config.fields import construct
from automl.config.training import Supervised
from automl.data.encoding import make_encoder
from automl.plugin import Result, Trial, TrialFailed
from automl.training.best import Best
from automl.training.keras_model import KerasModel, make_inputs
from automl.training.loop import Loop
from automl.training.objectives import activation, in_units, make_objective
from automl.training.optimizers import Course, make_optimizer
from automl.training.phases import Phase
from automl.training.pipeline import evaluation_batches, train_batches
from automl.training.precision import precision
from automl.training.preprocessing import normalization
from automl.training.scores import scores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.data import Dataset, DataSpec, Part
    from automl.training.objectives import Objective


_CHUNK = 16_384


@dataclass
class KerasPlugin(KerasModel):
    """One trial's Keras model.

    A subclass is a dataclass; its fields are hyperparameters, and ``build`` makes the network of them.

    Example:
        >>> @dataclass
        ... class Perceptron(KerasPlugin):
        ...     units: int
        ...
        ...     def build(self, spec):
        ...         inputs = keras.Input(spec.input.shape)
        ...         hidden = keras.layers.Dense(self.units, "relu")(keras.layers.Flatten()(inputs))
        ...         return keras.Model(inputs, head(spec)(hidden))
    """

    @abstractmethod
    def build(self, spec: DataSpec) -> keras.Model:
        """The network, from preprocessed inputs to ``automl.training.head``: logits for classes, else values.

        Args:
            spec: The data as batches hold them (``DataSpec.encoded``); ``preprocessing`` leaves them in the same
                shape.

        Raises:
            ConfigError: The fields do not fit the data.
        """

    def preprocessing(self, spec: DataSpec) -> keras.layers.Layer | None:
        """What turns raw inputs into those of ``build``; by default normalization with the train part's moments."""
        return normalization(spec)

    def objective(self, spec: DataSpec, settings: Supervised) -> Objective:
        """Loss and metrics of (target, output of the network); by default the task's own.

        Raises:
            ConfigError: ``training.loss`` is not one for this task.
        """
        return make_objective(spec, settings)

    def predictor(self, outputs: Any, spec: DataSpec) -> Any:
        """The predictions that outputs of the network stand for; by default probabilities, or values in their unit."""
        layer = activation(spec)
        return outputs if layer is None else layer(outputs)

    def phases(self, network: keras.Model, settings: Supervised) -> Sequence[Phase]:
        """What training is made of; by default one phase of ``settings.epochs``, in which everything learns."""
        del network
        return (Phase(settings.epochs),)

    def begin_epoch(self, epoch: int, settings: Supervised) -> None:
        """Called before every epoch, counted from 1; nothing by default."""

    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        """See ``ModelPlugin.prepare``."""
        settings = _settings(training)
        self.objective(spec.encoded, settings)
        with precision(settings.mixed_precision):
            parameters: int = self._assemble(spec.encoded).count_params()
        keras.backend.clear_session()
        return parameters

    def fit(self, data: Dataset, trial: Trial) -> Result:
        """See ``ModelPlugin.fit``."""
        settings = _settings(trial.training)
        keras.utils.set_random_seed(trial.seed)
        with precision(settings.mixed_precision):
            network = self._assemble(data.spec.encoded)
            best = self._train(network, data, trial, settings)
            best.restore(network)
            self._keep(self._whole(network, data.spec), data.spec)
        return Result(best.metrics, best.step, len(trial.history), network.count_params())

    def evaluate(self, part: Part) -> dict[str, float]:
        """See ``ModelPlugin.evaluate``."""
        called = [self.predict(inputs) for inputs, _ in part.chunks(_CHUNK)]
        return scores(self._spec, part.target(), np.concatenate(called))

    def _assemble(self, spec: DataSpec) -> keras.Model:
        """Preprocessing and network in one, for the data as batches hold them."""
        inputs = make_inputs(spec)
        preprocess = self.preprocessing(spec)
        network = self.build(spec)
        return keras.Model(inputs, network(inputs if preprocess is None else preprocess(inputs)))

    def _whole(self, network: keras.Model, spec: DataSpec) -> keras.Model:
        """What is saved: from raw inputs to predictions."""
        encoder = make_encoder(spec)
        if encoder is None:
            inputs, outputs = network.input, network.output
        else:
            inputs = make_inputs(spec)
            outputs = network(encoder(inputs))
        return keras.Model(inputs, self.predictor(outputs, spec))

    def _train(self, network: keras.Model, data: Dataset, trial: Trial, settings: Supervised) -> Best:
        """Train phase by phase, epoch by epoch, reporting each.

        Raises:
            Pruned: The driver gave the trial up.
            TrialFailed: The loss is not finite.
        """
        spec = data.spec.encoded
        best = Best(trial.objective, trial.direction, settings.patience)
        batches = iter(train_batches(data.train, spec, settings, trial.seed))
        validation = evaluation_batches(data.validation, spec, settings.batch_size)
        trial.mark("fit")
        steps, epoch = data.train.steps(settings.batch_size), 0
        for phase in self.phases(network, settings):
            if phase.begin is not None:
                best.restore(network)
                phase.begin()
            best.wait(epoch)
            course = Course(settings, steps * phase.epochs, phase.rate)
            loop = Loop(network, make_optimizer(settings, course), self.objective(spec, settings))
            for done in range(1, phase.epochs + 1):
                epoch += 1
                began = time.perf_counter()
                self.begin_epoch(epoch, settings)
                metrics = self._epoch(loop, batches, steps, validation, epoch)
                metrics = in_units(metrics, spec) | {"learning_rate": float(course(done * steps))}
                metrics["seconds"] = time.perf_counter() - began
                best.update(epoch, metrics, network)
                trial.report(epoch, **metrics)
                if trial.should_stop:
                    return best
                if best.exhausted(epoch):
                    break
        return best

    @staticmethod
    def _epoch(loop: Loop, batches: Any, steps: int, validation: Any, epoch: int) -> dict[str, float]:
        metrics = loop.train(batches, steps)
        _check_finite("training", metrics["loss"], epoch)
        metrics |= {f"val_{name}": value for name, value in loop.evaluate(validation).items()}
        _check_finite("validation", metrics["val_loss"], epoch)
        return metrics


def _settings(training: Mapping[str, Any]) -> Supervised:
    return construct(Supervised, {key: value for key, value in training.items() if key != "name"}, "training")


def _check_finite(part: str, loss: float, epoch: int) -> None:
    if not math.isfinite(loss):
        raise TrialFailed("nan", f"The {part} loss became {loss} in epoch {epoch}.")
