"""The contract of a search engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from automl.records import TrialState
    from automl.space import Space
    from automl.tasks import Direction

Params = Mapping[str, Any]


class SearchEngine(ABC):
    """Proposes trials and learns from them; registered as an entry point of the group ``automl.search_engines``.

    A search engine is a dataclass whose fields are the keys of its configuration, less those that every study has:
    ``name``, ``trials``, ``timeout``, ``objective`` and ``direction``.

    Attributes:
        note: In a sentence, what became of its storage where it goes on without it; else empty.
    """

    note = ""

    @abstractmethod
    def start(
        self, space: Space, *, name: str, direction: Direction, seed: int, folder: Path, steps: int | None
    ) -> None:
        """Get ready to search.

        Args:
            space: What is searched.
            name: The study's name.
            direction: ``"maximize"`` or ``"minimize"``.
            seed: Fixes what is sampled.
            folder: The study's own folder.
            steps: The most steps that a trial can take, where known.

        Raises:
            PluginError: The engine needs a package that is not installed.
            StorageError: Its storage cannot be written.
        """

    @abstractmethod
    def ask(self) -> tuple[int, dict[str, Any]]:
        """The next trial's number, counted from 0, and its value for every active parameter, by path."""

    @abstractmethod
    def report(self, number: int, step: int, value: float) -> bool:
        """Take an intermediate objective; whether the trial is to be pruned."""

    @abstractmethod
    def tell(self, number: int, state: TrialState, value: float | None = None) -> None:
        """Take a trial's end; ``value`` is the objective of a complete one."""
