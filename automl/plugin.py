"""Everything that the author of a plugin imports: the model's contract, the trial it runs in, and its result."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np

    from automl.data import Dataset, DataSpec, Part

__all__ = ["Decision", "ModelPlugin", "Pruned", "Result", "Trial", "TrialFailed"]


class Decision(StrEnum):
    """What the driver answers to a report."""

    CONTINUE = "continue"
    PRUNE = "prune"
    STOP = "stop"


class Pruned(Exception):  # noqa: N818 - it is an outcome, not an error
    """Raised out of ``Trial.report`` when the pruner gives the trial up."""


class TrialFailed(Exception):  # noqa: N818 - named after the trial's state
    """A trial cannot go on; ``kind`` is one of error, nan, oom, timeout, crash."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Result:
    """What a trial achieved.

    Attributes:
        metrics: Final values by name, the objective among them, as of ``best_step``.
        best_step: The step (epoch, counted from 1) whose weights the plugin holds.
        steps: How many steps were run.
        parameters: Trainable and non-trainable weights of the model.
    """

    metrics: Mapping[str, float]
    best_step: int
    steps: int
    parameters: int = 0


def _detached(step: int, metrics: Mapping[str, float]) -> Decision:
    """Answers reports where there is no driver: in tests and notebooks."""
    del step, metrics
    return Decision.CONTINUE


@dataclass
class Trial:
    """One trial as its plugin sees it.

    Attributes:
        config: The whole configuration of this trial as plain values, no space left.
        dir: The trial's own folder; everything it writes goes here.
        seed: Fixes initial weights, shuffling and dropout.
        objective: The name of the metric that the study optimizes.
        direction: ``"maximize"`` or ``"minimize"``.
        number: The trial's number in its study.
        answer: How a report reaches the driver; by default nobody listens.
        should_stop: Set once the driver wants the trial to end and keep what it has.
        history: Every report so far: one mapping a step, ``step`` included.
        marks: When a phase began, as ``time.time()``; ``"fit"`` is the start of training with data and model ready.
    """

    config: Mapping[str, Any]
    dir: Path
    seed: int = 0
    objective: str = "val_loss"
    direction: str = "minimize"
    number: int = 0
    answer: Callable[[int, Mapping[str, float]], Decision] = _detached
    should_stop: bool = False
    history: list[dict[str, float]] = field(default_factory=list)
    marks: dict[str, float] = field(default_factory=dict)

    @property
    def training(self) -> Mapping[str, Any]:
        """The ``training`` section of the configuration; empty where there is none."""
        section: Mapping[str, Any] = self.config.get("training") or {}
        return section

    def mark(self, phase: str) -> None:
        """Note that a phase begins now."""
        self.marks[phase] = time.time()

    def report(self, step: int, **metrics: float) -> None:
        """Report the metrics of a step (an epoch, or so many environment steps), counted from 1.

        Raises:
            Pruned: The pruner gives this trial up.
        """
        values = {name: float(value) for name, value in metrics.items()}
        self.history.append({"step": float(step), **values})
        decision = self.answer(step, values)
        if decision is Decision.PRUNE:
            raise Pruned
        if decision is Decision.STOP:
            self.should_stop = True


class ModelPlugin(ABC):
    """One trial's model; a dataclass whose fields are the hyperparameters.

    Subclass ``automl.training.KerasPlugin`` for anything that Keras trains on labelled parts; subclass this for
    the rest. The class is registered as an entry point of the group ``automl.models``; its face is
    ``<top-level package>/conf/model/<name>.yaml``.
    """

    @abstractmethod
    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        """Build the model for data of this kind and return its number of parameters; called before any trial.

        Raises:
            AutomlError: The fields or the training configuration do not fit the data.
        """

    @abstractmethod
    def fit(self, data: Dataset, trial: Trial) -> Result:
        """Train on ``data.train``, choose by ``data.validation``, report every step, and keep the best weights.

        Raises:
            Pruned: Handed on from ``trial.report``.
            TrialFailed: The loss is not finite, or memory ran out.
        """

    @abstractmethod
    def evaluate(self, part: Part) -> dict[str, float]:
        """The task's metrics on a part, without a prefix."""

    @abstractmethod
    def predict(self, inputs: Any) -> np.ndarray:
        """Predictions for raw inputs: class probabilities ``(n, classes)``, values ``(n, ...)`` or scores ``(n,)``."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write all that ``load`` needs into ``folder``."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path) -> Self:
        """The plugin as it was saved, ready to ``predict`` and ``evaluate``."""

    def export(self, folder: Path) -> None:
        """Write a TensorFlow SavedModel that takes raw inputs and needs none of this project's code.

        Raises:
            NotImplementedError: The family has no such form; its study then logs no servable model.
        """
        raise NotImplementedError

    def artifacts(self, data: Dataset, folder: Path) -> None:  # noqa: B027 - most families have none
        """Write what is worth looking at for this family (figures, samples) into ``folder``; nothing by default."""
