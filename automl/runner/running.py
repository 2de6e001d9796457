"""A job that runs in a process of its own."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automl.jobs import Job
    from automl.runner.launch import Child
    from automl.runner.watchdog import Vitals

LAST_BREATH = 10.0
"""Seconds in which a process that was killed, or has sent its last message, is to be gone."""


@dataclass(eq=False)
class Running:
    """A worker at work.

    Attributes:
        child: Its process.
        vitals: Its signs of life.
        started: When it was submitted, by ``time.monotonic``.
        verdict: The kind of failure and the sentence for which it was killed, if it was.
        message: Its last one, once it has come.
        deadline: When the process is to be gone.
    """

    child: Child
    vitals: Vitals
    started: float = field(default_factory=time.monotonic)
    verdict: tuple[str, str] | None = None
    message: tuple[str, Any] | None = None
    deadline: float = math.inf

    @property
    def job(self) -> Job[Any]:
        """What it does."""
        return self.child.job

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be heard of it; a process that cannot even be killed is not waited for."""
        return self.child.over or time.monotonic() > self.deadline + LAST_BREATH

    def answer(self, decision: str) -> None:
        """Tell it what came of its report."""
        with suppress(OSError):  # a worker that died meanwhile is told of when its end is
            self.child.channel.send(decision)

    def finish(self, patience: float) -> None:
        """The process is to be gone after so many seconds, and is killed where it is not."""
        self.deadline = min(self.deadline, time.monotonic() + patience)
        if patience == 0.0:
            self.child.kill()
