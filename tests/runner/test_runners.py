"""One suite for every runner: what a job ends as, and what reaches the driver."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from harness import Harness

from automl.plugin import Decision
from automl.runner.base import Failed, Finished
from automl.runner.inline import InlineRunner
from automl.runner.local import LocalRunner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUNNERS = {"inline": InlineRunner, "local": LocalRunner}


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
    assert event.value.metrics == {"val_accuracy": pytest.approx(1.0)}
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
    assert event.value.steps == 1


@pytest.mark.parametrize(
    ("fault", "kind", "message"),
    [
        ("error", "error", "ValueError: scripted error (scripted.py:{line})"),
        ("system exit", "error", "SystemExit: 5 (strikes.py:{line})"),
        ("interrupt", "error", "KeyboardInterrupt (strikes.py:{line})"),
        (
            "cause",
            "error",
            "RuntimeError: The network cannot be built; its cause: KeyError: 'layers' (strikes.py:{line})",
        ),
        ("mute error", "error", "MuteError: its message cannot be shown (strikes.py:{line})"),
        ("framework", "error", "ValueError: Shapes (2,) and (3,) differ. (strikes.py:{line})"),
        (
            "text metric",
            "error",
            "TypeError: Trial.report: metrics are numbers. Received: val_accuracy='high'. (strikes.py:{line})",
        ),
        (
            "many metrics",
            "error",
            "ValueError: Trial.report: at most 1000 metrics a step. Received: 5000. (strikes.py:{line})",
        ),
        (
            "fractional step",
            "error",
            "TypeError: Trial.report: a step is a whole number. Received: 1.5. (strikes.py:{line})",
        ),
        ("odd kind", "error", "Too many of them."),
        ("nan", "nan", "The loss is not finite after step 1."),
        ("oom", "oom", "Memory ran out: scripted"),
    ],
)
def test_a_failure_is_told_by_its_kind(harness: Harness, fault: str, kind: str, message: str) -> None:
    harness.submit(0, fault=fault)
    (event,) = harness.collect()
    assert isinstance(event, Failed)
    pattern = re.escape(message).replace(re.escape("{line}"), r"\d+")
    assert event.kind == kind
    assert re.fullmatch(pattern, event.message), event.message
    assert "automl_faults" in event.trace


def test_a_result_is_plain_values_whatever_the_plugin_made_of_it(harness: Harness) -> None:
    harness.submit(0, fault="numpy result")
    harness.submit(1, fault="odd result")
    events = {event.job.id: event for event in harness.collect(2)}
    good, bad = events[0], events[1]
    assert isinstance(good, Finished)
    assert type(good.value.metrics["val_accuracy"]) is float
    assert isinstance(bad, Failed)
    assert bad.message == (
        "TypeError: result.metrics.val_accuracy: expected numbers, text, lists or mappings of them. Received: object."
    )


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
