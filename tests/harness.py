"""A runner that tests drive, and what was heard of its jobs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from automl.jobs import Place, TrainJob
from automl.plugin import Decision

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from automl.runner.base import Event, Reported, Runner


class Harness:
    """A started runner, jobs of the scripted model, and what was heard of them."""

    def __init__(self, runner: Runner, folder: Path) -> None:
        self.runner = runner
        self.folder = folder
        self.reports: list[Reported] = []
        self.decide: Callable[[Reported], Decision] = lambda _: Decision.CONTINUE
        runner.start(self._on_report, 2)

    def _on_report(self, report: Reported) -> Decision:
        self.reports.append(report)
        return self.decide(report)

    def submit(self, number: int, **fields: Any) -> TrainJob:
        model = {"name": "scripted", "tasks": ["image_classification"], "x": 0.3, **fields}
        config = {
            "model": model,
            "data": {"name": "digits", "task": "image_classification", "validation": 0.2, "test": 0.2},
            "training": {"batch_size": 32},
            "seed": 1,
        }
        (self.folder / str(number)).mkdir()
        place = Place(self.folder, self.folder / "cache")
        job = TrainJob(number, config, place, str(number), {}, "val_accuracy", "maximize")
        self.runner.submit(job)
        return job

    def collect(self, count: int = 1, patience: float = 60.0) -> list[Event]:
        events: list[Event] = []
        end = time.monotonic() + patience
        while len(events) < count:
            assert time.monotonic() < end, "the runner does not report an end"
            events += self.runner.events(0.2)
        return events
