"""What comes of jobs, and what they hand to one another: plain values by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.data.spec import DataSpec
    from automl.objectives import Objective


CAPTIONS = "captions.json"
"""In the folder of the final evaluation: a sentence for each figure and table by its file's name, less the suffix."""


class Step(StrEnum):
    """A step of the final evaluation, in the order in which they are taken."""

    SCORE = "score"
    FIGURES = "figures"
    PACK = "pack"


@dataclass(frozen=True)
class Point:
    """A complete trial of a study with several objectives.

    Attributes:
        number: The trial's.
        values: Its objectives.
        front: Whether no other trial dominates it.
    """

    number: int
    values: Sequence[float]
    front: bool


@dataclass(frozen=True)
class Subject:
    """The trained model that an evaluation is of.

    Attributes:
        plugin: The folder that it was saved in, in the study's.
        history: What its trial reported: ``step`` and the metrics.
        objective: The metric that was optimized.
        best_step: The step whose weights it has.
        objectives: What was optimized, and whether more or less of it is better, where that is several metrics.
        points: The complete trials then.
    """

    plugin: str
    history: Sequence[Mapping[str, float]]
    objective: str
    best_step: int
    objectives: Sequence[Objective] = ()
    points: Sequence[Point] = ()


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
class Breach:
    """How a trial breaks the study's constraints.

    Attributes:
        message: In a sentence, which, by what.
        violation: How far beyond their bounds, as shares of those, summed up.
    """

    message: str
    violation: float


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
        breach: How it breaks the study's constraints, if it does; nothing was saved then, and where the model alone
            does so nothing was trained.
    """

    metrics: Mapping[str, float]
    best_step: int
    steps: int
    parameters: int
    marks: Mapping[str, float]
    notes: Sequence[str]
    breach: Breach | None = None


@dataclass(frozen=True)
class Scores:
    """What the step that scores reports: metrics without a prefix.

    Attributes:
        validation: The model's on the validation part.
        test: The model's on the test part.
        baseline: The trivial predictor's on the test part.
        settled: What was decided of the model's answers on validation, ``automl.ensembles.Answers.plain``.
    """

    validation: Mapping[str, float]
    test: Mapping[str, float]
    baseline: Mapping[str, float]
    settled: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Notes:
    """What a step that writes files reports: what it could not do, one sentence each."""

    notes: Sequence[str]
