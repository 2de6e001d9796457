"""The inline runner: every job in the driver's own process, for a debugger."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl.inheritance import override
from automl.runner.base import Event, OnReport, Reported, Runner, ended
from automl.runner.plain import plain
from automl.runner.worker import attempt
from automl.streams import hushed

if TYPE_CHECKING:
    from automl.jobs import Job
    from automl.plugin import Decision


@dataclass
class InlineRunner(Runner):
    """Runs a job to its end when it is submitted; breakpoints in plugins work, and nothing is isolated."""

    @override
    def start(self, on_report: OnReport, most: int) -> None:
        import automl.runner.preload  # noqa: F401 - imports TensorFlow without its greetings

        del most
        self._on_report = on_report
        self._ended: list[Event] = []

    @property
    def capacity(self) -> int:
        """One: the driver itself."""
        return 1

    @override
    def submit(self, job: Job[Any]) -> None:
        started = time.monotonic()

        def answer(step: int, content: Any) -> Decision:
            return self._on_report(Reported(job, step, plain(content, "report")))

        with hushed():
            message = attempt(job, answer)
        self._ended.append(ended(job, message, time.monotonic() - started))

    @override
    def events(self, timeout: float) -> list[Event]:
        del timeout
        ended, self._ended = self._ended, []
        return ended

    def kill(self, job: int, kind: str, message: str) -> None:
        """Nothing to do: no job runs while the driver does."""

    def close(self) -> None:
        """Nothing to give back."""
