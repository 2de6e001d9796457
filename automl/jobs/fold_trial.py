"""A fold of a trial as its plugin sees it: a trial of its own, whose epochs are no steps of the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from automl.inheritance import override
from automl.plugin import Trial, TrialFailed

State = Mapping[str, Any]


def _nowhere(state: Callable[[], State]) -> None:
    del state


@dataclass
class FoldTrial(Trial):
    """One fold's training; it goes into the checkpoint of the whole.

    Attributes:
        underway: What an earlier process left of it, if anything.
        keep: Takes what makes its state, for that checkpoint.
    """

    underway: State | None = None
    keep: Callable[[Callable[[], State]], None] = field(default=_nowhere)

    @override
    def mark(self, phase: str) -> None:
        if phase not in self.marks:  # what has begun with the first fold
            super().mark(phase)

    @override
    def checkpoint(self, state: Callable[[], State], *, last: bool = False, now: bool = False) -> None:
        del now  # the whole has its own pace
        if not last:
            self.keep(lambda: {"history": self.history, "state": state()})

    @override
    def restore(self) -> State | None:
        if self.underway is None:
            if self.should_stop:
                raise TrialFailed("error", f"The trial was to end with its checkpoint, and {self.dir} holds no fold.")
            return None
        self.history[:] = self.underway["history"]
        self.restored = len(self.history)
        state: State = self.underway["state"]
        return state

    @override
    def begin_anew(self, reason: str) -> None:
        self.underway = None
        super().begin_anew(reason)

    @override
    def close(self) -> None:
        """Nothing: it has no file of its own."""
