"""The contract between the driver and the places where jobs run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from automl.plugin import Decision


class JobKind(StrEnum):
    """What a worker can be asked to do."""

    PREFLIGHT = "preflight"
    TRIAL = "trial"
    EVALUATE = "evaluate"


@dataclass(frozen=True)
class Job:
    """One piece of work for one worker; plain values only, so that it crosses any process boundary.

    Attributes:
        id: Unique in its study: the trial's number, or a negative number for what is not a trial.
        kind: What to do.
        config: The whole configuration as plain values, no space left.
        dir: The job's own folder, made by whoever submits.
        cache: The folder of the data cache.
        extra: What only this kind of job needs.
    """

    id: int
    kind: JobKind
    config: Mapping[str, Any]
    dir: Path
    cache: Path
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reported:
    """A worker reports the metrics of a step; it waits for the decision."""

    job: Job
    step: int
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Finished:
    """A job is done; ``value`` is what its function returned, ``pruned`` whether it was given up."""

    job: Job
    value: Any = None
    pruned: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Failed:
    """A job ended without a result.

    Attributes:
        job: Which one.
        kind: One of user (an ``AutomlError``), error, nan, oom, timeout, crash, interrupted.
        message: One sentence.
        trace: The traceback, where there is one.
        seconds: How long the job ran.
    """

    job: Job
    kind: str
    message: str
    trace: str = ""
    seconds: float = 0.0


Event = Finished | Failed
OnReport = Callable[[Reported], "Decision"]


class Runner(ABC):
    """Where jobs run; registered as an entry point of the group ``automl.runners``.

    A runner is made with the callback that answers reports. It is called in the driver's own thread, out of
    ``events``, and its answer goes back to the worker that waits for it.
    """

    @property
    @abstractmethod
    def slots(self) -> int:
        """How many jobs run side by side."""

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Start a job at once; the caller keeps to ``slots``."""

    @abstractmethod
    def events(self, timeout: float) -> list[Event]:
        """What ended within ``timeout`` seconds; returns as soon as there is anything."""

    @abstractmethod
    def stop(self, job: int) -> None:
        """Ask a job to end after the step it is in and to keep what it has."""

    @abstractmethod
    def kill(self, job: int, kind: str, message: str) -> None:
        """End a job at once; it is reported as ``Failed`` of that kind."""

    @abstractmethod
    def close(self) -> None:
        """End all jobs and give back every process."""
