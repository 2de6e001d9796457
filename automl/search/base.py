"""The contract of a search engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automl.records import TrialState

Params = Mapping[str, Any]


class SearchEngine(ABC):
    """Proposes trials and learns from them; registered as an entry point of the group ``automl.search_engines``."""

    @abstractmethod
    def ask(self) -> tuple[int, dict[str, Any]]:
        """The next trial's number, counted from 0, and its value for every active parameter, by path."""

    @abstractmethod
    def report(self, number: int, step: int, value: float) -> bool:
        """Take an intermediate objective; whether the trial is to be pruned."""

    @abstractmethod
    def tell(self, number: int, state: TrialState, value: float | None = None) -> None:
        """Take a trial's end; ``value`` is the objective of a complete one."""
