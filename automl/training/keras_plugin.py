"""The base of plugins that Keras trains on labelled parts: their author writes ``build``."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

import keras
import numpy as np

from automl.data.encoding import make_encoder
from automl.inheritance import override
from automl.settings import Supervised
from automl.tasks import SupervisedTask, TalliedTask, load_task
from automl.training.building import check_built, check_outputs
from automl.training.callbacks import Callbacks
from automl.training.fit import fit
from automl.training.keras_model import KerasModel, make_inputs
from automl.training.objectives import Objective, make_loss, supervised_task
from automl.training.phases import Phase
from automl.training.precision import precision
from automl.training.preprocessing import normalization
from automl.training.size import check_size
from automl.training.supervised import SupervisedLearner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from automl.data import Dataset, DataSpec
    from automl.plugin import Result, Trial
    from automl.training.traced import Traced


@dataclass
class KerasPlugin(KerasModel):
    """One trial's Keras model.

    A subclass is a dataclass; its fields are hyperparameters, and ``build`` makes the network of them.

    Attributes:
        settings: What it reads the ``training`` section by; a subclass of ``Supervised`` may add keys, or losses.

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

    settings: ClassVar[type[Supervised]] = Supervised

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
        """Loss and metrics of (target, output of the network); by default what ``training.loss`` names, the task's own.

        Raises:
            ConfigError: ``training.loss`` is not one for this task.
        """
        found = supervised_task(spec)
        return Objective(make_loss(found, spec, settings), (*found.running(spec), *self.metrics(spec)))

    def metrics(self, spec: DataSpec) -> Sequence[keras.metrics.Metric]:
        """Metrics of (encoded target, output of the network) that are told besides the task's; none by default.

        After every epoch each is told of the train part by its name, and of the validation part with ``val_`` before.
        """
        del spec
        return ()

    def callbacks(self, settings: Supervised) -> Sequence[keras.callbacks.Callback]:
        """What is called around epochs, with their metrics; none by default.

        Epochs run in the graph as a whole, so that nothing is called around batches. What a callback remembers from
        epoch to epoch belongs into a checkpoint: it then tells and takes it by ``get_state`` and ``set_state``
        (``automl.training.Stateful``).
        """
        del settings
        return ()

    def predictor(self, outputs: Any, spec: DataSpec) -> Any:
        """The predictions that outputs of the network stand for; by default probabilities, or values in their unit."""
        layer = supervised_task(spec).decode(spec)
        return outputs if layer is None else layer(outputs)

    def measured(
        self, spec: DataSpec, target: np.ndarray, outputs: np.ndarray, wanted: Sequence[str]
    ) -> Mapping[str, float]:
        """Metrics of the validation part after an epoch, without a prefix; by default those that the task tells then.

        Args:
            spec: The data as batches hold them.
            target: Of the whole part; of none where there is a ``tally``.
            outputs: Of the network for it; where there is a ``tally``, those of its batches.
            wanted: The metrics that the study asks for, without a prefix.
        """
        found = load_task(spec.task)
        if not isinstance(found, SupervisedTask):
            return {}
        known = {*found.info.metrics, *found.info.further}
        names = dict.fromkeys([*found.every_epoch, *(name for name in wanted if name in known)])
        if isinstance(found, TalliedTask):
            return found.tallied(spec, outputs.sum(axis=0), names)
        return found.scores(spec, target, np.asarray(self.predictor(outputs, spec)), names)

    def tally(self, spec: DataSpec) -> Callable[[Any, Any], Any] | None:
        """What ``measured`` needs of a batch of (target, outputs); None where it takes the outputs themselves."""
        found = load_task(spec.task)
        return partial(found.tally, spec) if isinstance(found, TalliedTask) else None

    def sampled(self, network: keras.Model, data: Dataset) -> Mapping[str, float]:
        """Metrics, without a prefix, of what the network draws after an epoch; by default it draws nothing."""
        del network, data
        return {}

    def phases(self, network: keras.Model, settings: Supervised) -> Sequence[Phase]:
        """What training is made of; by default one phase of ``settings.epochs``, in which everything learns."""
        del network
        return (Phase(settings.epochs),)

    def begin_epoch(self, epoch: int, settings: Supervised) -> None:
        """Called before every epoch, counted from 1; nothing by default."""

    def state(self) -> Mapping[str, Any]:
        """What epochs change besides the network and its optimizer, by name; nothing by default.

        Generators of random numbers and averages that live outside of layers: see ``automl.training.Learner.state``.
        """
        return {}

    @override
    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        settings, spec = self.settings.of(training), load_task(spec.task).asked(spec, training)
        self.objective(spec.encoded, settings)
        Callbacks(self.callbacks(settings))
        with precision(settings.mixed_precision):
            batch = min(settings.batch_size, spec.sizes.get("train", settings.batch_size))
            check_size(self, lambda other: other._assemble(spec.encoded), optimizer=settings.optimizer, batch=batch)  # noqa: SLF001 - of its own class
            parameters: int = self._assemble(spec.encoded).count_params()
        keras.backend.clear_session()
        return parameters

    @override
    def fit(self, data: Dataset, trial: Trial) -> Result:
        settings = self.settings.of(trial.training)
        data = replace(data, spec=load_task(data.spec.task).asked(data.spec, trial.training))
        keras.utils.set_random_seed(trial.seed)
        with precision(settings.mixed_precision):
            network = self._assemble(data.spec.encoded)
            phases = self.phases(network, settings)
            learner = SupervisedLearner(self, network, data, settings, trial)
            before = self._traced.get(learner.steps) if self._is_plain(learner, phases) else None
            if before is not None:
                learner.reuse(before)
            result = fit(learner, trial, phases, settings.patience)
            learner.end()
            if before is not None:
                self._model, self._spec, self._call = before.whole, data.spec, before.predictor
            else:
                self._keep(self._whole(network, data.spec), data.spec)
                self._traced[learner.steps] = learner.traced(self._model, self._call)
        return result

    @override
    def follow(self, before: Self) -> None:
        self._traced = before._traced

    @cached_property
    def _traced(self) -> dict[int, Traced]:
        """What was traced, here and by those before, by the steps of an epoch."""
        return {}

    def _is_plain(self, learner: SupervisedLearner, phases: Sequence[Phase]) -> bool:
        """Whether the network's weights and optimizer are all the state that there is, so that others can stand in."""
        own = {one.name for one in fields(self)} | {"_traced"}
        single = len(phases) == 1 and phases[0].begin is None
        alone = not (learner.has_callbacks or learner.is_averaged or self.state())
        return single and alone and set(vars(self)) <= own

    def _assemble(self, spec: DataSpec) -> keras.Model:
        """Preprocessing and network in one, for the data as batches hold them."""
        inputs = make_inputs(spec)
        preprocess = self.preprocessing(spec)
        network = self.build(spec)
        check_built(self, network, spec)
        if type(self).objective is KerasPlugin.objective:  # another loss may take other outputs
            check_outputs(self, network, spec)
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
