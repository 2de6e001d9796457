"""Everything that the author of a plugin imports: the model's contract, the trial it runs in, and its result."""

from __future__ import annotations

import time
import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from operator import index
from typing import TYPE_CHECKING, Any, ClassVar, Self

from automl.alive import beat
from automl.bounds import (
    Above,
    AtLeast,
    AtMost,
    Below,
    Between,
    Bound,
    Count,
    Depth,
    Dropout,
    Needed,
    NonNegative,
    NotEmpty,
    Positive,
    Share,
    Text,
    Units,
)
from automl.inheritance import override
from automl.settings.base import BatchSize, Epochs, LearningRate, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np

    from automl.checkpoint import Checkpoint
    from automl.data import Dataset, DataSpec, Part

__all__ = [
    "Above",
    "AtLeast",
    "AtMost",
    "BatchSize",
    "Below",
    "Between",
    "Bound",
    "Count",
    "Decision",
    "Depth",
    "Dropout",
    "Epochs",
    "LearningRate",
    "ModelPlugin",
    "Needed",
    "NonNegative",
    "NotEmpty",
    "Positive",
    "Pruned",
    "Result",
    "Settings",
    "Share",
    "Text",
    "Trial",
    "TrialFailed",
    "Units",
    "beat",
    "override",
]

CHECKPOINT = "checkpoint.npz"
"""The file in a trial's folder that ``Trial.checkpoint`` writes."""

_MOST_METRICS = 1000
"""More than any family reports by a hundred times; the driver keeps, draws and tracks each of them."""


class Decision(StrEnum):
    """What the driver answers to a report."""

    CONTINUE = "continue"
    PRUNE = "prune"
    STOP = "stop"


class Pruned(Exception):  # noqa: N818 - it is an outcome, not an error
    """Raised out of ``Trial.report`` when the pruner gives the trial up."""


class TrialFailed(Exception):  # noqa: N818 - named after the trial's state
    """A trial cannot go on; ``kind`` is one of error, nan, oom, timeout."""

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
        resume: Whether ``restore`` gives what an earlier process left in ``dir``. With ``should_stop`` set besides, the
            trial is to end with that, untrained.
        seconds: The least time between two checkpoints; None for the usual one.
        notes: What the user should know of this trial, one sentence each.
        until: The step after which it is to stop, its checkpoint being gone on from later; None for as many as there
            are.
        further: Other metrics that the study asks for; what nobody reports is measured at the trial's end.
        restored: How many entries of ``history`` an earlier process made.
        keep_last: Whether the model is that of the last step rather than of the best: it learns from the validation
            part as well, which then tells nothing of which is best.
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
    resume: bool = False
    seconds: float | None = None
    notes: list[str] = field(default_factory=list)
    until: int | None = None
    further: tuple[str, ...] = ()
    restored: int = 0
    keep_last: bool = False
    _began: float = field(default_factory=time.monotonic, init=False, repr=False)

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
            TypeError: The step is not a whole number, or a metric not a number.
            ValueError: There are more metrics than anyone reads.
        """
        step, values = _whole(step), _numbers(metrics)
        self.history.append({"step": float(step), **values})
        decision = self.answer(step, values)
        if decision is Decision.PRUNE:
            raise Pruned
        if decision is Decision.STOP or self._is_at_end:
            self.should_stop = True

    def checkpoint(self, state: Callable[[], Mapping[str, Any]], *, last: bool = False, now: bool = False) -> None:
        """Write where training stands, for ``restore``; to be called after every report.

        It writes so seldom that it costs a sixtieth of the time at most, and asks for the state only when it does.

        Args:
            state: Makes it: mappings with texts for keys and lists, of NumPy arrays, numbers, texts and None.
            last: Whether training ended of itself, as where it no longer got better; only where another trial may go on
                from there is that written.
            now: Whether to write however little time has passed, as after a step that took long.

        Example:
            >>> trial.checkpoint(lambda: {"step": step, "centres": self.centres, "rng": rng.bit_generator.state})
        """
        if not (now or (self.until is not None if last else self._file.due() or self._is_at_end)):
            return
        try:
            self._file.write({"history": self.history, "state": state()})
        except OSError as error:
            self.note(f"No checkpoint could be written: {error}.")

    def restore(self) -> Mapping[str, Any] | None:
        """The state of the last checkpoint, with ``history`` as it was then; None where the trial begins anew.

        Raises:
            TrialFailed: The trial is to end with its checkpoint, and has none that can be read.
        """
        from automl.checkpoint import CheckpointError

        found = None
        try:
            found = self._file.read() if self.resume else None
        except CheckpointError as error:
            self.begin_anew(str(error))
        if found is None and self.should_stop:
            raise TrialFailed("error", f"The trial was to end with its checkpoint, and {self.dir} holds none.")
        if found is None:
            return None
        self.history[:] = found["history"]
        self.restored = len(self.history)
        self.should_stop |= self._is_at_end
        state: Mapping[str, Any] = found["state"]
        return state

    def begin_anew(self, reason: str) -> None:
        """Forget what was restored, and say why."""
        self.resume, self.restored = False, 0
        self.history.clear()
        self.note(f"{reason} The trial begins anew.")

    def close(self) -> None:
        """Delete the checkpoint: the trial is over, and nobody goes on with it."""
        self._file.remove()

    @property
    def _is_at_end(self) -> bool:
        return self.until is not None and bool(self.history) and self.history[-1]["step"] >= self.until

    @cached_property
    def _file(self) -> Checkpoint:
        from automl.checkpoint import SECONDS, Checkpoint

        sections = {key: self.config.get(key) for key in ("model", "data", "training")}
        made_by = [sections, self.seed, self.objective, self.direction]
        seconds = SECONDS if self.seconds is None else self.seconds
        return Checkpoint(self.dir / CHECKPOINT, made_by, seconds, self._began)

    def note(self, text: str) -> None:
        """Add to ``notes``, and to the log."""
        if text not in self.notes:
            self.notes.append(text)
            warnings.warn(text, stacklevel=3)


def _whole(step: Any) -> int:
    try:
        return index(step)
    except TypeError:
        raise TypeError(f"Trial.report: a step is a whole number. Received: {step!r}.") from None


def _numbers(metrics: Mapping[str, Any]) -> dict[str, float]:
    if len(metrics) > _MOST_METRICS:
        raise ValueError(f"Trial.report: at most {_MOST_METRICS} metrics a step. Received: {len(metrics)}.")
    values = {}
    for name, value in metrics.items():
        try:
            values[name] = float(value)
        except (TypeError, ValueError):
            received = f"{name}={value!r}"[:100]
            raise TypeError(f"Trial.report: metrics are numbers. Received: {received}.") from None
    return values


class ModelPlugin(ABC):
    """One trial's model; a dataclass whose fields are the hyperparameters.

    Subclass ``automl.training.KerasPlugin`` for anything that Keras trains on labelled parts; subclass this for
    the rest. The class is registered as an entry point of the group ``automl.models``; its face is
    ``<top-level package>/conf/model/<name>.yaml``.

    Attributes:
        captions: A sentence for each figure that ``artifacts`` may write, by the name of its file without the suffix;
            the report shows it below.
    """

    captions: ClassVar[dict[str, str]] = {}

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

    def follow(self, before: Self) -> None:  # noqa: B027 - most are made fast
        """Called before ``fit`` where a plugin of the same fields was fitted to other samples of the same data.

        What takes long to make, such as a traced graph, may be taken over from it: it was saved, and is asked no more.
        ``fit`` has to come to the same as without. Nothing by default.

        Args:
            before: The other one.
        """

    def evaluate(self, part: Part) -> dict[str, float]:
        """What only this family has to say of a part, without a prefix; the task's own metrics are the task's to take.

        Nothing by default.
        """
        del part
        return {}

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
