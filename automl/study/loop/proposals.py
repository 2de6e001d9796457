"""The search engine as the loop sees it: whatever becomes of it ends the search, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from automl.errors import AutomlError
from automl.failure import sentence
from automl.outcome import keep_traceback

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from automl.engines.base import SearchEngine
    from automl.records import TrialState

T = TypeVar("T")


class Proposals:
    """Asks an engine until it raises.

    Args:
        engine: It has started.
        folder: Where the traceback of its fault goes.
    """

    def __init__(self, engine: SearchEngine, folder: Path) -> None:
        self._engine = engine
        self._folder = folder
        self.fault = ""
        """In a sentence, why the engine is asked no more; else empty."""

    @property
    def note(self) -> str:
        """What the engine itself has to say of its storage."""
        return self._engine.note

    def ask(self) -> tuple[int, dict[str, Any]] | None:
        """The next trial's number and parameters; None once the engine cannot tell."""
        return self._guard(self._engine.ask)

    def report(self, number: int, step: int, value: float) -> bool:
        """Take an intermediate objective; whether the trial is to be pruned."""
        return bool(self._guard(lambda: self._engine.report(number, step, value)))

    def tell(self, number: int, state: TrialState, value: float | None) -> None:
        """Take a trial's end."""
        self._guard(lambda: self._engine.tell(number, state, value))

    def _guard(self, call: Callable[[], T]) -> T | None:
        if self.fault:
            return None
        try:
            return call()
        except AutomlError as error:
            self.fault = str(error)
        except Exception as error:  # noqa: BLE001 - engines come from other distributions, and their storages from others
            kept = keep_traceback(error, self._folder)
            self.fault = f"The search engine cannot go on: {sentence(error)}. The traceback is in {kept}."
        return None
