"""The contract between the driver and the places where jobs run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic

from automl.jobs.base import Job, R_co

if TYPE_CHECKING:
    from automl.plugin import Decision


FAILURES = ("user", "error", "nan", "oom", "timeout", "hang", "crash", "interrupted")
"""Why jobs fail; ``user`` is an ``AutomlError``, ``hang`` a worker without a sign of life."""


@dataclass(frozen=True)
class Reported:
    """A worker reports a step; it waits for the decision.

    Attributes:
        job: Which one.
        step: Counted from 1.
        content: What the job has to say of it: a trial the metrics, by name.
    """

    job: Job[Any]
    step: int
    content: Any


@dataclass(frozen=True)
class Finished(Generic[R_co]):
    """A job is done.

    Attributes:
        job: Which one.
        value: What ``job.run`` returned; None where it was pruned.
        pruned: Whether it was given up after a report.
        seconds: How long the job ran.
    """

    job: Job[R_co]
    value: R_co
    pruned: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Failed:
    """A job ended without a result.

    Attributes:
        job: Which one.
        kind: One of ``FAILURES``.
        message: One sentence.
        trace: The traceback, where there is one.
        seconds: How long the job ran.
    """

    job: Job[Any]
    kind: str
    message: str
    trace: str = ""
    seconds: float = 0.0


Event = Finished[Any] | Failed
Message = tuple[str, Any]
"""What a worker sends last: ``("finished", value)``, ``("pruned", None)`` or ``("failed", (kind, text, trace))``."""
OnReport = Callable[[Reported], "Decision"]


class Runner(ABC):
    """Where jobs run; registered as an entry point of the group ``automl.runners``.

    A runner is a dataclass whose fields are the keys of its configuration, less ``name``.
    """

    @abstractmethod
    def start(self, on_report: OnReport, most: int) -> None:
        """Get ready.

        Args:
            on_report: Answers reports. It is called in the driver's own thread, out of ``events`` or ``submit``,
                and its answer goes back to the worker that waits for it.
            most: How many jobs there will ever be side by side.

        Raises:
            ConfigError: The configuration asks for what this machine does not have.
        """

    @property
    @abstractmethod
    def capacity(self) -> int:
        """How many jobs run side by side."""

    @abstractmethod
    def submit(self, job: Job[Any]) -> None:
        """Start a job at once, which is to run ``job.run`` in a worker; the caller keeps to ``capacity``."""

    @abstractmethod
    def events(self, timeout: float) -> list[Event]:
        """What ended within ``timeout`` seconds; returns as soon as there is anything."""

    @abstractmethod
    def kill(self, job: int, kind: str, message: str) -> None:
        """End a job at once; it is reported as ``Failed`` of that kind."""

    @abstractmethod
    def close(self) -> None:
        """End all jobs and give back every process."""

    def repeat(self) -> dict[str, Any]:
        """Keys of the ``runner`` section under which a single trial computes just as it did here."""
        return {}


def ended(job: Job[Any], message: Message, seconds: float) -> Event:
    """The event that a worker's last message stands for."""
    outcome, content = message
    if outcome == "failed":
        return failed(job, seconds, *content)
    return Finished(job, content, pruned=outcome == "pruned", seconds=seconds)


def failed(job: Job[Any], seconds: float, kind: str, message: str, trace: str = "") -> Failed:
    """A job that ended without a result."""
    return Failed(job, kind, message, trace, seconds)
