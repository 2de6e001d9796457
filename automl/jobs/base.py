"""A piece of work for one worker, as a runner sees it: something with a folder, that can be run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

    from automl.plugin import Decision

R_co = TypeVar("R_co", covariant=True)

Answer = Callable[[int, Any], "Decision"]
"""How a job reports a step, counted from 1, and what came of it; the driver answers."""


@dataclass(frozen=True)
class Place:
    """Where files lie on the machine on which a job runs.

    Attributes:
        study: The study's folder; all folders of its jobs are in it.
        cache: The folder of the data cache.
    """

    study: Path
    cache: Path


@dataclass(frozen=True)
class Job(ABC, Generic[R_co]):
    """One piece of work for one worker; plain values only, so that it crosses any process boundary.

    It says where its files lie by ``place`` alone: a runner whose workers see another disk gives them
    ``job.at(Place(...))``, and brings back what is in ``job.folder``. What the configuration names (``data.path``, the
    weights of an earlier run) has to be there on every machine by the same path.

    Attributes:
        id: Unique in its study: the trial's number, or a negative number for what is not a trial.
        config: The whole configuration as plain values, no space left.
        place: Where files lie.
        folder: The job's own, in the study's folder; made by whoever submits.
        kind: In a word, what is done.
    """

    id: int
    config: Mapping[str, Any]
    place: Place
    folder: str

    kind: ClassVar[str]

    @property
    def dir(self) -> Path:
        """The job's own folder."""
        return self.place.study / self.folder

    @property
    def cache(self) -> Path:
        """The folder of the data cache."""
        return self.place.cache

    def at(self, place: Place) -> Self:
        """The same job on another machine."""
        return replace(self, place=place)

    @property
    def needs(self) -> Sequence[str]:
        """Folders within the study's that it reads, besides its own: a runner takes them to where it runs."""
        return ()

    def again(self) -> Self | None:
        """The job that goes on from what is in its folder, where its worker was lost with the machine under it.

        None where whoever submitted it is to decide.
        """
        return None

    @abstractmethod
    def run(self, answer: Answer) -> R_co:
        """Do it, in the worker; only here what it needs is imported.

        Args:
            answer: Takes reports.

        Returns:
            The result: plain values, or a dataclass of this package that holds such.

        Raises:
            AutomlError: The user has to mend something.
            Pruned: The driver gave the trial up.
            TrialFailed: The trial cannot go on.
        """
