"""The contract of a task: all that depends on the kind of problem, in one strategy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from automl.alive import beat
from automl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from automl.data import Dataset, DataSpec, Part
    from automl.plugin import ModelPlugin
    from automl.settings import Supervised
    from automl.tasks.info import TaskInfo


@dataclass(frozen=True)
class Settled:
    """What was decided of a trained model's answers.

    Attributes:
        details: To be added to ``DataSpec.details``, by which the task scores and answers from then on.
        told: In a sentence, what it is and what it gains; empty where nothing was decided.
    """

    details: Mapping[str, Any] = field(default_factory=dict)
    told: str = ""


class Task(ABC):
    """A kind of problem; registered as an entry point of the group ``automl.tasks``.

    What the driver has to know stands in ``<top-level package>/conf/task/<name>.yaml`` (``TaskInfo``); the class works
    in workers.

    Attributes:
        info: What the YAML says.
        captions: A sentence for each figure and table that ``draw`` may write, by the name of its file without the
            suffix; the report shows it below, and reads it to those who do not see the figure.
    """

    captions: ClassVar[dict[str, str]] = {}

    def __init__(self, info: TaskInfo) -> None:
        self.info = info

    def check(self, spec: DataSpec, config: Mapping[str, Any]) -> None:  # noqa: B027 - most have nothing to refuse
        """Refuse settings that do not go with such data, in pre-flight; by default none.

        Args:
            spec: The data.
            config: The whole configuration, no space left.

        Raises:
            ConfigError: The message names the key.
        """

    def asked(self, spec: DataSpec, training: Mapping[str, Any]) -> DataSpec:
        """The data with what the ``training`` section asks to be predicted of them; by default as they are."""
        del training
        return spec

    def check_model(self, plugin: ModelPlugin) -> None:  # noqa: B027 - what most need every plugin has
        """Refuse a model that lacks what the task asks of it, in pre-flight; by default none.

        Raises:
            ConfigError: The message names what is missing.
        """

    @abstractmethod
    def score(self, plugin: ModelPlugin, data: Dataset, part: Part) -> dict[str, float]:
        """The metrics of a trained model on a part, by the names of ``info.metrics``: the one ruler for every plugin.

        The inputs are read a chunk at a time; ``part`` is one of ``data``.
        """

    def settles(self, spec: DataSpec, objective: str) -> bool:
        """Whether answers of a trained model depend on held-out samples; by default they do not.

        Args:
            spec: The data.
            objective: What is optimized, such as ``val_f1``.
        """
        del spec, objective
        return False

    def settle(self, spec: DataSpec, target: np.ndarray, predictions: np.ndarray, objective: str) -> Settled:
        """Decide, on samples that a trained model has not learned, how it is to answer; by default nothing.

        Args:
            spec: The data.
            target: Shape (n, ...).
            predictions: Of the same samples.
            objective: As of ``settles``.
        """
        del spec, target, predictions, objective
        return Settled()

    @abstractmethod
    def baseline(self, data: Dataset, part: Part) -> dict[str, float]:
        """The metrics, on a part, of a predictor that learns next to nothing from ``data.train``."""

    def draw(self, plugin: ModelPlugin, data: Dataset, predictions: np.ndarray | None, folder: Path) -> None:  # noqa: B027 - a task may have no figure
        """Write figures (``figures/*.png``) and tables (``*.csv``) of the test part into ``folder``.

        The report shows them all; those whose names begin with ``data_`` beside the data.

        Args:
            plugin: The trained model.
            data: Its data.
            predictions: Of the whole test part in its order, where ``score`` asked for them.
            folder: Its ``figures`` is there already.
        """

    def example(self, plugin: ModelPlugin, part: Part, count: int) -> Any:
        """What a model is asked for so many predictions: by default the raw inputs of the first samples."""
        del plugin
        return part.examples(count)

    @abstractmethod
    def answer(self, predictions: np.ndarray, spec: DataSpec) -> pd.DataFrame:
        """Predictions as a person wants them, one row a sample: labels and probabilities, values in their unit."""

    def check_asked(self) -> None:  # noqa: B027 - most models are asked about samples
        """Refuse to be asked about samples, where models of this task take none; by default nothing is refused.

        Raises:
            ConfigError: The message says what to ask for instead.
        """

    def named(self, names: pd.DataFrame, answer: pd.DataFrame) -> pd.DataFrame:
        """An answer beside what tells its samples apart, a row each; by default columns side by side.

        Args:
            names: One row a sample (``row``, ``file``, ...), or one a row of the answer.
            answer: What ``answer`` told.
        """
        import pandas as pd

        if len(names) != len(answer):
            names = names.loc[names.index.repeat(len(answer) // max(1, len(names)))]
        return pd.concat([names.reset_index(drop=True), answer.reset_index(drop=True)], axis=1)

    def pictures(self, predictions: np.ndarray, spec: DataSpec) -> np.ndarray | None:
        """Predictions as pictures (n, height, width) of numbers of classes, where they are such; by default none."""
        del predictions, spec
        return None

    def sample(self, plugin: ModelPlugin, spec: DataSpec, count: int, seed: int) -> np.ndarray:
        """New images (count, height, width, 1 or 3) of bytes that a model draws; of the same seed the same.

        Raises:
            ConfigError: Models of this task draw none, as by default.
        """
        del plugin, spec, count, seed
        raise ConfigError(f"predict: models of the task {self.info.name} draw no samples. Give the path of some input.")

    @abstractmethod
    def tiny(self, folder: Path) -> Dataset:
        """A few samples that a model learns in a moment, for the conformance suite; files go into ``folder``."""


class SupervisedTask(Task):
    """A task with a target: what a Keras network ends in, minimizes and is measured by.

    Attributes:
        every_epoch: Metrics that are told of the validation part after every epoch, whatever the objective; the others
            take longer.
        finer: For metrics that count decisions, another one, less of which is better, that tells smaller differences
            between the same predictions.
    """

    every_epoch: tuple[str, ...] = ()
    finer: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def head(self, spec: DataSpec) -> Any:
        """The Keras layer from features to the outputs that ``loss`` takes: logits, or standardised values."""

    @abstractmethod
    def decode(self, spec: DataSpec) -> Any:
        """The Keras layer from outputs to predictions (probabilities, values in their unit), or None for the same."""

    @abstractmethod
    def loss(self, spec: DataSpec, settings: Supervised) -> Any:
        """The Keras loss of (encoded target, outputs): its own for ``auto``, else one that its YAML lists (``losses``).

        Raises:
            ConfigError: ``training.loss`` is not one of this task's.
        """

    @abstractmethod
    def encode(self, target: Any, spec: DataSpec) -> tuple[Any, Any]:
        """A batch of targets, as parts hold them, as losses take them, and the weight of each sample.

        Called once while the input pipeline is traced; tensors in, tensors out.
        """

    @abstractmethod
    def scores(
        self, spec: DataSpec, target: np.ndarray, predictions: np.ndarray, names: Collection[str] | None = None
    ) -> dict[str, float]:
        """Metrics by name, of targets as parts hold them and predictions as ``decode`` gives them.

        Args:
            spec: The data.
            target: Shape (n, ...).
            predictions: Shape (n, ...).
            names: Which metrics; by default all of ``info.metrics``.
        """

    def running(self, spec: DataSpec) -> tuple[Any, ...]:
        """Keras metrics of (encoded target, outputs) that are taken of the train part while it is trained on."""
        del spec
        return ()

    def class_weights(self, part: Part, spec: DataSpec) -> np.ndarray | None:
        """A weight for each class for ``training.class_weight=balanced``; None where the task has no classes."""
        del part, spec
        return None

    def score(self, plugin: ModelPlugin, data: Dataset, part: Part) -> dict[str, float]:
        """See ``Task.score``; inputs are read a chunk at a time, predictions are held."""
        import numpy as np

        targets, predictions = [], []
        for inputs, target in part.chunks(data.spec.chunk):
            targets.append(target)
            predictions.append(plugin.predict(inputs))
            beat()
        return self.scores(data.spec, np.concatenate(targets), np.concatenate(predictions))


class TalliedTask(SupervisedTask):
    """A supervised task whose outputs are too large to be kept: metrics are taken of sums over batches."""

    @abstractmethod
    def tally(self, spec: DataSpec, target: Any, outputs: Any) -> Any:
        """What metrics need of a batch of (encoded target, outputs): a vector, in the graph, to be summed up."""

    @abstractmethod
    def tallied(self, spec: DataSpec, tallied: np.ndarray, names: Collection[str] | None = None) -> dict[str, float]:
        """Metrics by name, of the sum of the tallies of a whole part.

        Args:
            spec: The data.
            tallied: The sum, a vector.
            names: Which metrics; by default all of ``info.metrics``.
        """
