"""What every runner promises, as tests that it runs by giving its name.

Example:
    >>> class TestLocal(RunnerConformance):
    ...     runner = "local"
"""

from __future__ import annotations

import dataclasses
import gc
import itertools
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from automl import registry
from automl.config.sections import face_of
from automl.fields import construct
from automl.jobs import Place
from automl.jobs.scripted import CARRIED, METRICS, ScriptedJob
from automl.plugin import CHECKPOINT, Decision
from automl.registry import Group
from automl.runner.base import Failed, Finished, Runner
from automl.runner.process import family, private_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from automl.runner.base import Event, Reported

_PATIENCE = 120.0
"""Seconds that anything may take, on a machine that does much else."""
_LIMIT = 2.0
_MEGABYTE = 1 << 20


class Harness:
    """A started runner, jobs that follow scripts, and what was heard of them.

    Args:
        runner: Not started yet.
        folder: That of the study.

    Attributes:
        reports: All of them, in the order in which they came.
        decide: Answers them.
    """

    def __init__(self, runner: Runner, folder: Path) -> None:
        self.runner = runner
        self.folder = folder
        self.reports: list[Reported] = []
        self.decide: Callable[[Reported], Decision] = self.go_on
        self._numbers = itertools.count()
        runner.start(self._on_report, 2)

    def submit(self, script: Any = "well", carried: str = "", **fields: Any) -> ScriptedJob:
        """Start a job, with a file in its folder where there is one to be carried."""
        number = next(self._numbers)
        (self.folder / str(number)).mkdir(parents=True)
        if carried:
            (self.folder / str(number) / CARRIED).write_text(carried)
        job = ScriptedJob(number, {}, Place(self.folder, self.folder / "cache"), str(number), script, **fields)
        self.runner.submit(job)
        return job

    def collect(self, count: int = 1) -> list[Event]:
        """The next that end."""
        events: list[Event] = []
        end = time.monotonic() + _PATIENCE
        while len(events) < count:
            assert time.monotonic() < end, "the runner does not report an end"
            events += self.runner.events(0.2)
        return events

    def until(self, condition: Callable[[], object]) -> None:
        """Drive the runner until something holds."""
        end = time.monotonic() + _PATIENCE
        while not condition():
            assert time.monotonic() < end, "it does not come to pass"
            assert self.runner.events(0.1) == []

    def steps(self, job: ScriptedJob) -> list[int]:
        """Those that a job has reported, in order."""
        return [report.step for report in self.reports if report.job == job]

    @staticmethod
    def go_on(report: Reported) -> Decision:
        """The answer to every report, by default."""
        del report
        return Decision.CONTINUE

    def _on_report(self, report: Reported) -> Decision:
        self.reports.append(report)
        return self.decide(report)


class RunnerConformance:
    """The suite; a subclass named ``Test...`` sets ``runner`` to the name of its entry point.

    Where tests need other values than those of its configuration, ``fields`` holds them. A runner of less than two
    slots, or without processes of its own, says so, and is told in the skipped tests' reasons what it is out of.
    """

    runner: str
    fields: ClassVar[Mapping[str, Any]] = {}
    isolated = True
    """Whether every job has a process of its own: whatever it does to it is one failed job, and it can be killed."""
    jobs = 18
    """How many are run in search of what is left behind; the slow form runs two hundred."""
    warm_up = 10
    """How many are run before, since buffers of libraries grow to their size first."""

    def make(self, **fields: Any) -> Runner:
        """The runner, not started yet."""
        face = {key: value for key, value in face_of("runner", self.runner).items() if key != "name"}
        cls = registry.entry(Group.RUNNERS, self.runner).load()
        runner: Runner = construct(cls, {**face, **self.fields, **fields}, "runner")
        return runner

    def processes_of(self, harness: Harness) -> list[int]:
        """The driver's process and those of the runner: while no job runs, neither they nor their memory grow."""
        del harness
        return sorted(pid for pid in family(os.getpid()) if alive(pid))

    @contextmanager
    def started(self, folder: Path, **fields: Any) -> Iterator[Harness]:
        """The runner, started and closed."""
        runner = self.make(**fields)
        try:
            yield Harness(runner, folder)
        finally:
            runner.close()

    @pytest.fixture(scope="class")
    def shared(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
        """One runner for many tests, as one serves many trials."""
        with self.started(tmp_path_factory.mktemp(f"study with {self.runner}")) as harness:
            yield harness

    @pytest.fixture
    def harness(self, shared: Harness) -> Harness:
        """The shared one, with nothing heard yet."""
        shared.reports, shared.decide = [], shared.go_on
        return shared

    @pytest.fixture
    def processes(self) -> None:
        """Skip what takes a process of its own."""
        if not self.isolated:
            pytest.skip("it runs jobs in the driver's own process: they cannot be killed, and may take it with them")

    def test_its_configuration_holds_its_fields(self) -> None:
        """``conf/runner/<name>.yaml`` names it, and each key with its default is a field of the dataclass."""
        cls = registry.entry(Group.RUNNERS, self.runner).load()
        assert issubclass(cls, Runner)
        face = face_of("runner", self.runner)
        assert face.pop("name") == self.runner
        assert construct(cls, face, "runner") == cls()

    def test_metrics_arrive_in_order_and_the_result_is_plain(self, harness: Harness) -> None:
        """Every step of every job once, in order; numbers of libraries come as Python's own."""
        jobs = [harness.submit("well", steps=20), harness.submit("numpy")]
        events = {event.job.id: event for event in harness.collect(2)}
        for job in jobs:
            assert harness.steps(job) == list(range(1, job.steps + 1))
            event = events[job.id]
            assert isinstance(event, Finished), event
            assert event.job == job
            assert not event.pruned
            assert event.seconds >= 0.0
        assert {report.content["value"] for report in harness.reports} == set(map(float, range(1, 21)))
        plain = events[jobs[1].id].value  # type: ignore[union-attr]
        assert plain == {"step": 3, "values": [0.5, 0.5]}
        assert (type(plain["step"]), type(plain["values"])) == (int, list)

    @pytest.mark.parametrize(("decision", "pruned", "value"), [(Decision.STOP, False, 2), (Decision.PRUNE, True, None)])
    def test_a_decision_is_obeyed_at_the_step_that_it_answers(
        self, harness: Harness, decision: Decision, pruned: bool, value: int | None
    ) -> None:
        """A job that is to stop, or is pruned, takes no further step."""
        harness.decide = lambda report: decision if report.step == 2 else Decision.CONTINUE
        job = harness.submit(steps=1000)
        (event,) = harness.collect()
        assert isinstance(event, Finished)
        assert (event.pruned, event.value) == (pruned, value)
        assert harness.steps(job) == [1, 2]

    @pytest.mark.parametrize(
        ("script", "kind", "message"),
        [
            ("error", "error", "ValueError: scripted error"),
            ("cause", "error", "RuntimeError: The network cannot be built; its cause: MuteError: its message cannot"),
            ("mute", "error", "MuteError: its message cannot be shown"),
            ("exit", "error", "SystemExit: 5"),
            ("interrupt", "error", "KeyboardInterrupt"),
            ("nan", "nan", "The loss is not finite after step 1."),
            ("memory", "oom", "Memory ran out: scripted"),
            ("user", "user", "model.depth: expected an integer."),
        ],
    )
    def test_whatever_is_raised_is_a_failed_job(self, harness: Harness, script: str, kind: str, message: str) -> None:
        """It is told by its kind, in a sentence, also where it, or its cause, can be neither shown nor pickled."""
        job = harness.submit(script)
        (event,) = harness.collect()
        assert isinstance(event, Failed)
        assert (event.job, event.kind) == (job, kind)
        assert event.message.startswith(message)
        assert bool(event.trace) == (kind != "user")
        assert harness.steps(job) == [1]

    def test_much_is_reported_and_returned_as_it_was(self, harness: Harness) -> None:
        """A megabyte of metrics a step, infinite ones among them, and a result of eight."""
        harness.submit("large", steps=2)
        (event,) = harness.collect()
        assert isinstance(event, Finished), event
        assert event.value == "x" * (8 * _MEGABYTE)
        assert len(harness.reports) == 2
        values = list(harness.reports[1].content.values())
        assert len(values) == METRICS
        assert values[:5] == [np.inf, -np.inf, 1e308, 5e-324, 2.0]

    @pytest.mark.usefixtures("processes")
    def test_a_result_that_is_too_large_is_told(self, harness: Harness) -> None:
        """It does not fill the driver's memory."""
        harness.submit("too large")
        (event,) = harness.collect()
        assert isinstance(event, Failed)
        assert event.message == (
            "The job's result is larger than 64 MiB; what is large belongs into the job's folder. Received: 70 MiB."
        )

    def test_the_job_s_folder_goes_with_it_and_comes_back(self, harness: Harness) -> None:
        """What is in it is there for the job; what the job writes or removes is so for the driver, by any name."""
        job = harness.submit("files", carried="carried")
        (event,) = harness.collect()
        assert isinstance(event, Finished), event
        assert (job.dir / "written" / "한글 name.txt").read_text() == "CARRIED"
        assert not (job.dir / CARRIED).exists()

    def test_a_job_goes_on_from_its_checkpoint(self, harness: Harness) -> None:
        """The file in its folder is what it was when the job ended."""
        harness.decide = lambda report: Decision.STOP if report.step == 3 else Decision.CONTINUE
        job = harness.submit(steps=5)
        harness.collect()
        assert (job.dir / CHECKPOINT).read_text() == "2"
        harness.decide = harness.go_on
        harness.runner.submit(job.again())
        (event,) = harness.collect()
        assert isinstance(event, Finished)
        assert [report.step for report in harness.reports] == [1, 2, 3, 3, 4, 5]

    @pytest.mark.usefixtures("processes")
    def test_a_job_that_hangs_holds_nobody_up_and_can_be_killed(self, harness: Harness) -> None:
        """It ends as it was killed for, and its slot is free again."""
        if harness.runner.capacity < 2:
            pytest.skip("it has a single slot")
        for script in ("hang", "spin"):
            hanging = harness.submit(script)
            harness.until(partial(harness.steps, hanging))
            other = harness.submit()
            (event,) = harness.collect()
            assert isinstance(event, Finished)
            assert event.job == other
            harness.runner.kill(hanging.id, "interrupted", "The study was interrupted.")
            (event,) = harness.collect()
            assert isinstance(event, Failed)
            assert (event.job, event.kind, event.message) == (hanging, "interrupted", "The study was interrupted.")
        harness.runner.kill(hanging.id, "interrupted", "Nobody runs by that number any more.")

    @pytest.mark.usefixtures("processes")
    @pytest.mark.parametrize(
        ("script", "message"),
        [
            ("kill", "The worker was killed by signal 9 (SIGKILL)."),
            ("segfault", "The worker was killed by signal 11 (SIGSEGV)."),
            ("leave", "The worker ended with exit code 3 without a result."),
        ],
    )
    def test_a_worker_that_dies_is_one_failed_job(self, harness: Harness, script: str, message: str) -> None:
        """It is told how it died, and the next job runs."""
        harness.submit(script)
        (event,) = harness.collect()
        assert isinstance(event, Failed)
        assert event.kind == "crash"
        assert event.message == message
        harness.submit()
        assert isinstance(harness.collect()[0], Finished)

    @pytest.mark.usefixtures("processes")
    def test_a_trial_that_outlasts_its_limit_is_ended(self, tmp_path: Path) -> None:
        """By ``runner.trial_timeout``; what is no trial has all the time that it needs."""
        if not any(field.name == "trial_timeout" for field in dataclasses.fields(self.make())):  # type: ignore[arg-type]
            pytest.skip("it knows no trial_timeout")
        with self.started(tmp_path, trial_timeout=_LIMIT) as harness:
            harness.submit("hang")
            (event,) = harness.collect()
        assert isinstance(event, Failed)
        assert event.kind == "timeout"
        assert event.message == "The trial ran longer than runner.trial_timeout, 2 s."

    @pytest.mark.parametrize("count", [pytest.param(200, marks=pytest.mark.slow), 0])
    def test_many_jobs_leave_nothing_behind(self, harness: Harness, count: int) -> None:
        """Neither a process, nor a thread, nor a file handle, nor a megabyte; jobs that fail or are killed neither."""
        count = count or self.jobs
        self._run(harness, self.warm_up)
        before = self._held(harness)
        memory = self._memory(harness)
        self._run(harness, count)
        harness.until(lambda: self._is_within(self._held(harness), before))
        if count > self.jobs:
            grown = {pid: now - memory[pid] for pid, now in self._memory(harness).items()}
            assert max(grown.values()) < _MEGABYTE, grown

    @pytest.mark.usefixtures("processes")
    def test_closing_ends_what_runs(self, tmp_path: Path) -> None:
        """In any state, any number of times."""
        self.make().close()
        with self.started(tmp_path) as harness:
            job = harness.submit("spin")
            harness.until(partial(harness.steps, job))
            harness.runner.close()
            assert not alive(harness.reports[0].content["pid"])

    @pytest.mark.usefixtures("processes")
    def test_nothing_outlives_a_driver_that_is_killed(self, tmp_path: Path) -> None:
        """Workers, and whatever started them, end by themselves."""
        code = _DRIVER.format(paths=sys.path, name=self.runner, fields=dict(self.fields), folder=str(tmp_path))
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as driver:
            assert driver.stdout is not None
            pids = {int(driver.stdout.readline()) for _ in range(2)}
            pids |= set(family(driver.pid)) - {driver.pid}
            driver.kill()
        _wait(lambda: not any(map(alive, pids)))

    def _run(self, harness: Harness, count: int) -> None:
        """Jobs two at a time, of which a third fails and, where they can, die."""
        scripts = ["well", "error", "kill"] if self.isolated else ["well", "error", "nan"]
        left = list(itertools.islice(itertools.cycle(scripts), count))
        while left:
            now, left = left[:2], left[2:]
            for script in now:
                harness.submit(script)
            harness.collect(len(now))
        harness.reports.clear()

    def _memory(self, harness: Harness) -> dict[int, int]:
        gc.collect()
        return {pid: private_memory(pid) for pid in self.processes_of(harness)}

    @staticmethod
    def _is_within(now: tuple[list[int], int, int], before: tuple[list[int], int, int]) -> bool:
        """Whether nothing is held that was not before: what other tests of this process leave may end meanwhile."""
        return now[0] == before[0] and now[1] <= before[1] and now[2] <= before[2]

    def _held(self, harness: Harness) -> tuple[list[int], int, int]:
        """Processes, and of this one threads and handles."""
        handles = len(list(Path("/proc/self/fd").iterdir()))
        return self.processes_of(harness), threading.active_count(), handles


_DRIVER = """
import sys
from pathlib import Path
sys.path[:] = {paths!r}
from automl.testing.runners import Harness, RunnerConformance
class Suite(RunnerConformance):
    runner, fields = {name!r}, {fields!r}
harness = Harness(Suite().make(), Path({folder!r}))
def decide(report):
    print(int(report.content["pid"]), flush=True)
    return harness.go_on(report)
harness.decide = decide
harness.submit("hang")
harness.submit("spin")
harness.collect(3)
"""


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _wait(condition: Callable[[], object]) -> None:
    end = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < end, "it does not come to pass"
        time.sleep(0.05)
