"""What trials end as, and how it is told; what every runner promises besides is in its suite."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from harness import Harness

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


def test_a_trial_reports_every_step_and_saves_its_model(harness: Harness) -> None:
    job = harness.submit(7)
    (event,) = harness.collect()
    assert isinstance(event, Finished)
    assert event.value.metrics == {"val_accuracy": pytest.approx(1.0)}
    assert [report.step for report in harness.reports] == [1, 2, 3]
    assert (job.dir / "plugin").is_dir()


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


@pytest.mark.parametrize("fault", ["grow", "child grows"])
def test_a_trial_that_takes_too_much_memory_is_ended(tmp_path: Path, faults: None, fault: str) -> None:
    runner = LocalRunner(slots=1, memory_gb=0.2)
    harness = Harness(runner, tmp_path)
    harness.submit(0, fault=fault)
    (event,) = harness.collect()
    harness.submit(1, fault="mapped")  # what it shares, or can be read again, is not its own
    (other,) = harness.collect()
    runner.close()
    assert isinstance(event, Failed)
    assert event.kind == "oom"
    assert re.fullmatch(r"The trial took [\d.,]+ [MG]B of memory; runner\.memory_gb allows 200 MB\.", event.message)
    assert isinstance(other, Finished), other


def test_a_job_gets_its_device_through_the_environment_and_writes_its_own_log(local: Harness) -> None:
    job = local.submit(0)
    local.collect()
    assert local.runner.capacity == 2
    assert "trial 0, process" in (job.dir / "log.txt").read_text()
