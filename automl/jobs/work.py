"""The jobs of a study; the driver makes them, and imports nothing that does them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from automl.inheritance import override
from automl.jobs.base import Job, R_co
from automl.jobs.results import Candidate, Chosen, Preflight, Rehearsal, Step, Subject, Trained

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from automl.jobs.base import Answer
    from automl.tasks import Direction


@dataclass(frozen=True)
class ModelJob(Job[R_co]):
    """A job that makes a model out of the configuration.

    Attributes:
        paths: Local folders of what the ``model`` section names by ``runs:/<MLflow run>``.
    """

    paths: Mapping[str, str]


@dataclass(frozen=True)
class PreflightJob(ModelJob[Preflight]):
    """Read and check the data, build the model, score the trivial baseline, and train on a few samples.

    Attributes:
        by_task: The configuration for each task, where the data have to tell theirs first.
    """

    by_task: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    kind: ClassVar[str] = "preflight"

    def run(self, answer: Answer) -> Preflight:
        """Do it; nothing is reported."""
        from automl.jobs.preflight import preflight

        del answer
        return preflight(self)


@dataclass(frozen=True)
class IdentifyJob(Job[str]):
    """Read the data, and tell by their fingerprint whether they are what they were."""

    kind: ClassVar[str] = "identify"

    def run(self, answer: Answer) -> str:
        """Do it; nothing is reported."""
        from automl.jobs.common import open_data

        del answer
        return open_data(self).spec.fingerprint


@dataclass(frozen=True)
class TrainJob(ModelJob[Trained]):
    """Train one configuration and save the plugin.

    Attributes:
        objective: The metric that is optimized; of several the leading one.
        direction: ``"maximize"`` or ``"minimize"``.
        further: The metrics of the other objectives.
        resume: Whether it goes on from the checkpoint in its folder.
        salvage: Whether it ends with the best epoch of that checkpoint, untrained.
        until: The step after which it ends, its checkpoint left for another trial to go on from.
        start_from: The folder, in the study's, of an earlier trial whose checkpoint it goes on from.
    """

    objective: str
    direction: Direction
    further: tuple[str, ...] = ()
    resume: bool = False
    salvage: bool = False
    until: int | None = None
    start_from: str = ""

    kind: ClassVar[str] = "trial"

    def run(self, answer: Answer) -> Trained:
        """Do it; the metrics of each step are reported."""
        from automl.jobs.train import train

        return train(self, answer)

    @override
    def again(self) -> Self:
        return replace(self, resume=True)


@dataclass(frozen=True)
class EnsembleJob(Job[Chosen]):
    """Choose among trained models those whose mean is best, and save it where it is better than the best of them.

    Attributes:
        candidates: The best single model first.
        metric: By what, without a prefix.
        direction: Whether more or less of it is better.
        models: How many different ones at most.
        most: How much the members together may take of each of their costs.
    """

    candidates: Sequence[Candidate]
    metric: str
    direction: Direction
    models: int
    most: Sequence[float] = ()

    kind: ClassVar[str] = "ensemble"

    @property
    @override
    def needs(self) -> Sequence[str]:
        return tuple(one.folder for one in self.candidates)

    def run(self, answer: Answer) -> Chosen:
        """Do it; nothing is reported."""
        from automl.jobs.ensemble import choose

        del answer
        return choose(self)


@dataclass(frozen=True)
class RefitJob(ModelJob[Chosen]):
    """Train a trial's configuration again on train and validation part, and save it unless it got worse.

    Attributes:
        trial: The trial's folder, in the study's.
        epochs: For how many steps.
        objective: As of ``TrainJob``.
        metric: What the two are compared by, without a prefix.
        direction: Whether more or less of it is better.
    """

    trial: str
    epochs: int
    objective: str
    metric: str
    direction: Direction

    kind: ClassVar[str] = "refit"

    @property
    @override
    def needs(self) -> Sequence[str]:
        return (self.trial,)

    def run(self, answer: Answer) -> Chosen:
        """Do it; the metrics of each step are reported."""
        from automl.jobs.refit import refit

        return refit(self, answer)


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

    @property
    @override
    def needs(self) -> Sequence[str]:
        return tuple(filter(None, (self.subject.plugin, self.subject.single)))


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
