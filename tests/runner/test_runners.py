"""One suite for every runner: what a job ends as, and what reaches the driver."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from automl.plugin import Decision
from automl.runner.base import Event, Failed, Finished, Job, JobKind, Reported, Runner
from automl.runner.inline import InlineRunner
from automl.runner.local import LocalRunner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RUNNERS = {"inline": InlineRunner, "local": LocalRunner}


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

    def submit(self, number: int, **fields: Any) -> Job:
        model = {"name": "scripted", "tasks": ["image_classification"], "x": 0.3, **fields}
        config = {
            "model": model,
            "data": {"name": "digits", "task": "image_classification", "validation": 0.2, "test": 0.2},
            "training": {"batch_size": 32},
            "seed": 1,
        }
        folder = self.folder / str(number)
        folder.mkdir()
        goal = {"objective": "val_accuracy", "direction": "maximize"}
        job = Job(number, JobKind.TRIAL, config, folder, self.folder / "cache", goal)
        self.runner.submit(job)
        return job

    def collect(self, count: int = 1, patience: float = 60.0) -> list[Event]:
        events: list[Event] = []
        end = time.monotonic() + patience
        while len(events) < count:
            assert time.monotonic() < end, "the runner does not report an end"
            events += self.runner.events(0.2)
        return events


@pytest.fixture(params=sorted(RUNNERS))
def harness(request: pytest.FixtureRequest, tmp_path: Path, faults: None) -> Iterator[Harness]:
    runner = RUNNERS[request.param]()
    yield Harness(runner, tmp_path)
    runner.close()


@pytest.fixture
def local(tmp_path: Path, faults: None) -> Iterator[Harness]:
    runner = LocalRunner(slots=2)
    yield Harness(runner, tmp_path)
    runner.close()


def test_a_job_reports_every_step_and_finishes_with_its_value(harness: Harness) -> None:
    job = harness.submit(7)
    (event,) = harness.collect()
    assert isinstance(event, Finished)
    assert event.job == job
    assert not event.pruned
    assert event.value["metrics"] == {"val_accuracy": pytest.approx(1.0)}
    assert [report.step for report in harness.reports] == [1, 2, 3]
    assert (job.dir / "plugin").is_dir()


def test_a_pruned_job_ends_at_the_step_of_the_decision(harness: Harness) -> None:
    harness.decide = lambda report: Decision.PRUNE if report.step == 2 else Decision.CONTINUE
    harness.submit(0)
    (event,) = harness.collect()
    assert isinstance(event, Finished)
    assert event.pruned
    assert [report.step for report in harness.reports] == [1, 2]


def test_a_stopped_job_keeps_what_it_has(harness: Harness) -> None:
    harness.decide = lambda report: Decision.STOP if report.step == 1 else Decision.CONTINUE
    harness.submit(0)
    (event,) = harness.collect()
    assert isinstance(event, Finished)
    assert event.value["steps"] == 1


@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        ("error", "error", "ValueError: scripted error"),
        ("nan", "nan", "The loss is not finite after step 1."),
        ("oom", "oom", "Memory ran out: scripted"),
    ],
)
def test_a_failure_is_told_by_its_kind(harness: Harness, fault: str, kind: str, message: str) -> None:
    harness.submit(0, fault=fault)
    (event,) = harness.collect()
    assert isinstance(event, Failed)
    assert (event.kind, event.message) == (kind, message)
    assert "automl_faults" in event.trace


def test_what_the_user_can_mend_is_told_without_a_traceback(harness: Harness) -> None:
    harness.submit(0, stepz=3)
    (event,) = harness.collect()
    assert isinstance(event, Failed)
    assert (event.kind, event.trace) == ("user", "")
    assert event.message.startswith("model.stepz: there is no such field. Did you mean: steps?")


def test_a_worker_that_dies_is_one_failed_job(local: Harness) -> None:
    local.submit(0, fault="kill")
    local.submit(1, pause=0.1)
    events = {event.job.id: event for event in local.collect(2)}
    assert isinstance(events[1], Finished)
    failed = events[0]
    assert isinstance(failed, Failed)
    assert failed.kind == "crash"
    assert failed.message == "The worker was killed by signal 9 (SIGKILL)."
    local.submit(2, fault="segfault")
    local.submit(3, fault="exit")
    messages = {event.job.id: event.message for event in local.collect(2) if isinstance(event, Failed)}
    assert messages[2] == "The worker was killed by signal 11 (SIGSEGV)."
    assert messages[3] == "The worker ended with exit code 3 without a result."


def test_a_job_can_be_killed_for_a_reason(local: Harness) -> None:
    local.submit(0, fault="hang")
    assert local.runner.events(1.0) == []
    local.runner.kill(0, "interrupted", "The study was interrupted.")
    (event,) = local.collect()
    assert isinstance(event, Failed)
    assert (event.kind, event.message) == ("interrupted", "The study was interrupted.")


def test_a_trial_that_outlasts_its_limit_is_ended(tmp_path: Path, faults: None) -> None:
    runner = LocalRunner(slots=1, trial_timeout=1.0)
    harness = Harness(runner, tmp_path)
    harness.submit(0, fault="hang")
    (event,) = harness.collect()
    runner.close()
    assert isinstance(event, Failed)
    assert event.kind == "timeout"
    assert "runner.trial_timeout, 1 s" in event.message


def test_a_job_gets_its_device_through_the_environment_and_writes_its_own_log(local: Harness) -> None:
    job = local.submit(0)
    local.collect()
    assert local.runner.capacity == 2
    assert "trial 0, process" in (job.dir / "log.txt").read_text()
