"""The jobs of a study and what comes of each; the driver makes them, and imports nothing that does them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from automl.jobs.base import Job, R_co

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from automl.data.spec import DataSpec
    from automl.jobs.base import Answer
    from automl.tasks import Direction


class Step(StrEnum):
    """A step of the final evaluation, in the order in which they are taken."""

    SCORE = "score"
    FIGURES = "figures"
    PACK = "pack"


@dataclass(frozen=True)
class Subject:
    """The trained model that an evaluation is of.

    Attributes:
        plugin: The folder that it was saved in, in the study's.
        history: What its trial reported: ``step`` and the metrics.
        objective: The metric that was optimized.
        best_step: The step whose weights it has.
    """

    plugin: str
    history: Sequence[Mapping[str, float]]
    objective: str
    best_step: int


@dataclass(frozen=True)
class Preflight:
    """What pre-flight found.

    Attributes:
        spec: The data.
        baseline: The trivial predictor's metrics on the validation part.
        parameters: Size of the model.
        reading: Seconds that it took to read the data.
        trained: What was trained on a few samples, to be rehearsed with; None where the epoch diverged.
    """

    spec: DataSpec
    baseline: Mapping[str, float]
    parameters: int
    reading: float
    trained: Subject | None


@dataclass(frozen=True)
class Rehearsal:
    """What came of the rehearsal.

    Attributes:
        notes: What will not work although a study is worth its while without it, such as a figure.
        evaluation: Seconds that it took to score, draw and pack.
    """

    notes: Sequence[str]
    evaluation: float


@dataclass(frozen=True)
class Trained:
    """What a trial achieved, as ``automl.plugin.Result`` has it, and how.

    Attributes:
        metrics: Final values by name, as of ``best_step``.
        best_step: The step whose weights were saved.
        steps: How many steps were run.
        parameters: Size of the model.
        marks: When a phase began, as ``time.time()``.
        notes: What the user should know of this trial, one sentence each.
    """

    metrics: Mapping[str, float]
    best_step: int
    steps: int
    parameters: int
    marks: Mapping[str, float]
    notes: Sequence[str]


@dataclass(frozen=True)
class Scores:
    """What the step that scores reports: metrics without a prefix.

    Attributes:
        validation: The model's on the validation part.
        test: The model's on the test part.
        baseline: The trivial predictor's on the test part.
    """

    validation: Mapping[str, float]
    test: Mapping[str, float]
    baseline: Mapping[str, float]


@dataclass(frozen=True)
class Notes:
    """What a step that writes files reports: what it could not do, one sentence each."""

    notes: Sequence[str]


@dataclass(frozen=True)
class ModelJob(Job[R_co]):
    """A job that makes a model out of the configuration.

    Attributes:
        paths: Local folders of what the ``model`` section names by ``runs:/<MLflow run>``.
    """

    paths: Mapping[str, str]


@dataclass(frozen=True)
class PreflightJob(ModelJob[Preflight]):
    """Read and check the data, build the model, score the trivial baseline, and train on a few samples."""

    kind: ClassVar[str] = "preflight"

    def run(self, answer: Answer) -> Preflight:
        """Do it; nothing is reported."""
        from automl.jobs.preflight import preflight

        del answer
        return preflight(self)


@dataclass(frozen=True)
class TrainJob(ModelJob[Trained]):
    """Train one configuration and save the plugin.

    Attributes:
        objective: The metric that is optimized.
        direction: ``"maximize"`` or ``"minimize"``.
        resume: Whether it goes on from the checkpoint in its folder.
        salvage: Whether it ends with the best epoch of that checkpoint, untrained.
    """

    objective: str
    direction: Direction
    resume: bool = False
    salvage: bool = False

    kind: ClassVar[str] = "trial"

    def run(self, answer: Answer) -> Trained:
        """Do it; the metrics of each step are reported."""
        from automl.jobs.train import train

        return train(self, answer)


@dataclass(frozen=True)
class SubjectJob(Job[R_co]):
    """A job with a trained model.

    Attributes:
        subject: The model.
    """

    subject: Subject

    @property
    def plugin_folder(self) -> Path:
        """The folder that the model was saved in."""
        return self.place.study / self.subject.plugin


@dataclass(frozen=True)
class RehearseJob(SubjectJob[Rehearsal]):
    """Evaluate what pre-flight has trained, in a process that knows no more of it than the final evaluation will."""

    kind: ClassVar[str] = "rehearse"

    def run(self, answer: Answer) -> Rehearsal:
        """Do it; nothing is reported."""
        from automl.jobs.rehearsal import rehearse

        del answer
        return rehearse(self)


@dataclass(frozen=True)
class EvaluateJob(SubjectJob[None]):
    """Score the best trial once on the test part, draw, and pack it to be served.

    Attributes:
        steps: What is still to be done, in order.
    """

    steps: Sequence[Step] = tuple(Step)

    kind: ClassVar[str] = "evaluate"

    def run(self, answer: Answer) -> None:
        """Do it; ``Scores`` or ``Notes`` are reported of each step."""
        from automl.jobs.evaluate import evaluate

        evaluate(self, answer)
