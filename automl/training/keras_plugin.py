"""The base of plugins that Keras trains on labelled parts: their author writes ``build``."""

from __future__ import annotations

import json
import math
import time
from abc import abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import keras

from automl.config.fields import construct
from automl.config.training import Supervised
from automl.data.spec import DataSpec, TensorSpec
from automl.plugin import ModelPlugin, Result, Trial, TrialFailed
from automl.training.best import Best
from automl.training.loop import Loop
from automl.training.objectives import activation, make_objective
from automl.training.optimizers import Course, make_optimizer
from automl.training.pipeline import evaluation_batches, evaluation_size, train_batches
from automl.training.precision import precision
from automl.training.preprocessing import normalization
from automl.training.scores import scores

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np

    from automl.data import Dataset, Part


@dataclass
class KerasPlugin(ModelPlugin):
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
            spec: The data as ``preprocessing`` leaves them: for images, 32-bit floats of the same shape.

        Raises:
            ConfigError: The fields do not fit the data.
        """

    def preprocessing(self, spec: DataSpec) -> keras.layers.Layer | None:
        """What turns raw inputs into those of ``build``; by default normalization with the train part's moments."""
        return normalization(spec)

    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        """See ``ModelPlugin.prepare``."""
        settings = _settings(training)
        make_objective(spec, settings)
        with precision(settings.mixed_precision):
            parameters: int = self._assemble(spec).count_params()
        keras.backend.clear_session()
        return parameters

    def fit(self, data: Dataset, trial: Trial) -> Result:
        """See ``ModelPlugin.fit``."""
        settings = _settings(trial.training)
        keras.utils.set_random_seed(trial.seed)
        self._spec = data.spec
        with precision(settings.mixed_precision):
            network = self._assemble(data.spec)
            best = self._train(network, data, trial, settings)
            best.restore(network)
            self._model = _predictor(network, data.spec)
        return Result(best.metrics, best.step, len(trial.history), network.count_params())

    def evaluate(self, part: Part) -> dict[str, float]:
        """See ``ModelPlugin.evaluate``."""
        inputs, target = part.arrays()
        return scores(self._spec.task, target, self.predict(inputs))

    def predict(self, inputs: Any) -> np.ndarray:
        """See ``ModelPlugin.predict``."""
        predictions: np.ndarray = self._model.predict(inputs, batch_size=evaluation_size(self._spec, 32), verbose=0)
        return predictions

    def save(self, folder: Path) -> None:
        """Write ``model.keras``, which takes raw inputs, ``fields.json`` and ``spec.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        self._model.save(folder / "model.keras")
        (folder / "fields.json").write_text(json.dumps(asdict(self)))
        (folder / "spec.json").write_text(json.dumps(self._spec.to_dict()))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """See ``ModelPlugin.load``."""
        plugin = construct(cls, json.loads((folder / "fields.json").read_text()), "model")
        plugin._restore(folder)  # noqa: SLF001 - of its own class
        return plugin

    def _restore(self, folder: Path) -> None:
        self._spec = DataSpec.from_dict(json.loads((folder / "spec.json").read_text()))
        self._model = keras.saving.load_model(folder / "model.keras", compile=False)

    def export(self, folder: Path) -> None:
        """See ``ModelPlugin.export``."""
        self._model.export(str(folder), format="tf_saved_model", verbose=False)

    def _assemble(self, spec: DataSpec) -> keras.Model:
        """Raw inputs, preprocessing and network in one."""
        inputs = _inputs(spec)
        preprocess = self.preprocessing(spec)
        network = self.build(spec)
        return keras.Model(inputs, network(inputs if preprocess is None else preprocess(inputs)))

    def _train(self, network: keras.Model, data: Dataset, trial: Trial, settings: Supervised) -> Best:
        """Train epoch by epoch, reporting each.

        Raises:
            Pruned: The driver gave the trial up.
            TrialFailed: The loss is not finite.
        """
        steps = data.train.steps(settings.batch_size)
        optimizer = make_optimizer(settings)
        course = Course(settings, steps * settings.epochs)
        optimizer.learning_rate = course
        loop = Loop(network, optimizer, make_objective(data.spec, settings))
        best = Best(trial.objective, trial.direction, settings.patience)
        batches = iter(train_batches(data.train, data.spec, settings, trial.seed))
        validation = evaluation_batches(data.validation, data.spec, settings.batch_size)
        trial.mark("fit")
        for epoch in range(1, settings.epochs + 1):
            began = time.perf_counter()
            metrics = loop.train(batches, steps)
            _check_finite("training", metrics["loss"], epoch)
            metrics |= {f"val_{name}": value for name, value in loop.evaluate(validation).items()}
            _check_finite("validation", metrics["val_loss"], epoch)
            metrics["learning_rate"] = float(course(epoch * steps))
            metrics["seconds"] = time.perf_counter() - began
            best.update(epoch, metrics, network)
            trial.report(epoch, **metrics)
            if trial.should_stop or best.exhausted(epoch):
                break
        return best


def _settings(training: Mapping[str, Any]) -> Supervised:
    return construct(Supervised, {key: value for key, value in training.items() if key != "name"}, "training")


def _inputs(spec: DataSpec) -> Any:
    if isinstance(spec.inputs, TensorSpec):
        return keras.Input(spec.inputs.shape, dtype=spec.inputs.dtype, name="inputs")
    return {name: keras.Input(one.shape, dtype=one.dtype, name=name) for name, one in spec.inputs.items()}


def _predictor(network: keras.Model, spec: DataSpec) -> keras.Model:
    """The network with its output turned into predictions."""
    layer = activation(spec)
    return network if layer is None else keras.Model(network.inputs, layer(network.outputs[0]))


def _check_finite(part: str, loss: float, epoch: int) -> None:
    if not math.isfinite(loss):
        raise TrialFailed("nan", f"The {part} loss became {loss} in epoch {epoch}.")
