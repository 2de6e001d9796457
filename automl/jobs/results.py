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

VALIDATION = "validation.npy"
"""In a trial's folder: what its model predicts for the samples that trials are compared by, in their order."""

FOLDS = "folds"
"""In the folder of a trial that is cross-validated, while it runs: the models of its folds."""


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
        single: Where it is not the best single model, the folder that that one was saved in.
        seen: Whether it has learned from the validation part.
    """

    plugin: str
    history: Sequence[Mapping[str, float]]
    objective: str
    best_step: int
    objectives: Sequence[Objective] = ()
    points: Sequence[Point] = ()
    single: str = ""
    seen: bool = False


@dataclass(frozen=True)
class Candidate:
    """A trained model that an ensemble may have.

    Attributes:
        number: Its trial's.
        model: The name of its plugin.
        folder: Its trial's, in the study's.
        data: The ``data`` section of its trial.
        costs: What it takes of each thing that an ensemble is limited in.
    """

    number: int
    model: str
    folder: str
    data: Mapping[str, Any]
    costs: Sequence[float] = ()


@dataclass(frozen=True)
class Chosen:
    """What came of looking for a model that is better than the best single one: it was written, or why it was not.

    Attributes:
        reason: In a few words, why it is not taken; empty where it is.
        single: The best single model's score on the validation part.
        value: The score of what would take its place.
        gain: How much better that is on samples that did not choose it.
        error: The standard error of the gain.
        members: Of an ensemble, numbers of trials and shares of the mean, what counts most first.
        seconds: That it took to load what was written, and ask it.
        finer: The metric of the gain, where that is not the one that models are compared by.
    """

    reason: str
    single: float | None = None
    value: float | None = None
    gain: float | None = None
    error: float | None = None
    members: Sequence[tuple[int, float]] = ()
    seconds: float = 0.0
    finer: str = ""


@dataclass(frozen=True)
class Preflight:
    """What pre-flight found.

    Attributes:
        spec: The data.
        baseline: The trivial predictor's metrics on the validation part.
        parameters: Size of the model.
        reading: Seconds that it took to read the data.
        trained: What was trained on a few samples, to be rehearsed with; None where the epoch diverged.
        pace: Seconds that an epoch is foretold to take; 0 where nobody asked.
    """

    spec: DataSpec
    baseline: Mapping[str, float]
    parameters: int
    reading: float
    trained: Subject | None
    pace: float = 0.0


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
class Underway:
    """What a trial reports within a step that takes long: it only asks whether to go on.

    Attributes:
        seconds: Until it would ask again.
    """

    seconds: float


@dataclass(frozen=True)
class Scores:
    """What the step that scores reports: metrics without a prefix.

    Attributes:
        validation: The model's on the validation part.
        test: The model's on the test part.
        baseline: The trivial predictor's on the test part.
        single: Where the model is not the best single one, that one's by part: ``validation`` and ``test``.
        settled: What was decided of the model's answers on validation, ``automl.ensembles.Answers.plain``.
    """

    validation: Mapping[str, float]
    test: Mapping[str, float]
    baseline: Mapping[str, float]
    single: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    settled: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Notes:
    """What a step that writes files reports: what it could not do, one sentence each."""

    notes: Sequence[str]
