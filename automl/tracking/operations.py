"""What is told to a tracking store, as plain operations that a line of JSON holds and a later process can replay."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

STUDY = "study"
"""Key of the parent run; a trial's run has its number."""

Point = tuple[str, float, int, int]
"""A metric: name, value, milliseconds since the epoch, step."""


@dataclass(frozen=True)
class Operation:
    """One thing to be told.

    Attributes:
        run: Key of the run that it is about.
    """

    run: str


@dataclass(frozen=True)
class Begin(Operation):
    """The head of a study: what a later process needs to go on.

    Attributes:
        id: Unique to the study.
        uri: The store, or ``None`` for the database of the experiments folder.
        experiment: Name of the MLflow experiment.
    """

    id: str
    uri: str | None
    experiment: str


@dataclass(frozen=True)
class Start(Operation):
    """A run begins.

    Attributes:
        name: As shown.
        time: In milliseconds since the epoch.
        tags: Its first tags, without the ``automl.id`` that it is looked up by.
    """

    name: str
    time: int
    tags: dict[str, str]


@dataclass(frozen=True)
class Resume(Start):
    """A run goes on that another process began, or had not come to begin."""


@dataclass(frozen=True)
class Log(Operation):
    """Metrics, parameters and tags of a run.

    Attributes:
        once: Whether what the run has already, a metric at the same step or a parameter, is left as it is.
    """

    points: list[Point] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    once: bool = False

    def extend(self, other: Log) -> None:
        """Take in what another one holds; the later of two values stays."""
        self.points.extend(other.points)
        self.params.update(other.params)
        self.tags.update(other.tags)


@dataclass(frozen=True)
class Input(Operation):
    """The data set of a run."""

    name: str
    digest: str
    schema: str


@dataclass(frozen=True)
class Artifact(Operation):
    """A file for a run.

    Attributes:
        path: In the study's folder.
        into: Folder among the artifacts; empty for the root.
    """

    path: str
    into: str = ""


@dataclass(frozen=True)
class Model(Operation):
    """The servable model of the best trial, logged beside the parent run.

    Attributes:
        trial: Key of the trial's run.
        path: Folder in the study's folder.
        name: Of the logged model.
        points: Its scores.
    """

    trial: str
    path: str
    name: str
    points: list[Point]


@dataclass(frozen=True)
class Register(Operation):
    """The model of the best trial becomes a version in the model registry, and its best one where its score is better.

    Attributes:
        trial: Key of the trial's run, whose logged model it is.
        path: The folder of that model in the study's folder.
        name: Of the registered model.
        metric: What versions are compared by.
        value: Its score, on the validation part.
        direction: ``maximize`` or ``minimize``.
        tags: What is known of the version; the fingerprint of the data among it.
    """

    trial: str
    path: str
    name: str
    metric: str
    value: float
    direction: str
    tags: dict[str, str]


@dataclass(frozen=True)
class View(Operation):
    """A prepared page of the experiment.

    Attributes:
        key: Opens it, in an address.
        name: In MLflow's list of saved views.
        created: In milliseconds since the epoch.
        state: What it shows, as ``automl.tracking.views`` makes it.
    """

    key: str
    name: str
    created: int
    state: dict[str, Any]


@dataclass(frozen=True)
class End(Operation):
    """A run ends."""

    status: str
    time: int


_KINDS: dict[str, type[Operation]] = {
    kind.__name__.lower(): kind for kind in (Begin, Start, Resume, Log, Input, Artifact, Model, Register, View, End)
}


def run_id(study: str, run: str) -> str:
    """What a run is looked up by, the tag ``automl.id``."""
    return f"{study}/{run}"


def encode(operation: Operation) -> bytes:
    """A line of JSON."""
    kind = type(operation).__name__.lower()
    return json.dumps({"kind": kind, **vars(operation)}).encode() + b"\n"


def decode(line: bytes) -> Operation:
    """The operation of a line.

    Raises:
        ValueError: The line was cut or edited.
    """
    try:
        values: dict[str, Any] = json.loads(line)
        kind = _KINDS[values.pop("kind")]
        return kind(**values)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{line[:80]!r} is no entry of a tracking spool.") from error


def merge(entries: Iterable[tuple[int, Operation]]) -> list[tuple[int, Operation]]:
    """The same with fewer calls: what is logged to a run is one operation until something else happens to that run.

    Args:
        entries: Operations, each with its offset in the spool; those that are merged into are changed.
    """
    merged: list[tuple[int, Operation]] = []
    gathering: dict[str, Log] = {}
    for offset, operation in entries:
        if not isinstance(operation, Log):
            gathering.pop(operation.run, None)
        elif (first := gathering.get(operation.run)) is not None and first.once == operation.once:
            first.extend(operation)
            continue
        else:
            gathering[operation.run] = operation
        merged.append((offset, operation))
    return merged
