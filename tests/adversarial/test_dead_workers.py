"""What becomes of a job whose worker, fork server or driver stops, dies or runs wild."""

from __future__ import annotations

import os
import re
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from harness import Harness

from automl.runner import fresh, launch, local
from automl.runner.base import Event, Failed, Finished
from automl.runner.fork import ForkLauncher
from automl.runner.fresh import FreshLauncher
from automl.runner.local import LocalRunner
from automl.runner.process import effort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from automl.jobs import Job

STILL = "The worker gave no sign of life for 1 s: it was stopped, or it waits for what does not come."
BUSY = r"The worker computed for \d+ s without a report or a beat, as in an endless loop."


@pytest.fixture(scope="module")
def one_launcher() -> Iterator[ForkLauncher]:
    launcher = ForkLauncher(patience=1.5)
    yield launcher
    launcher.close()


@pytest.fixture
def launcher(one_launcher: ForkLauncher, monkeypatch: pytest.MonkeyPatch) -> ForkLauncher:
    """A fork server that may be killed, ready to fork."""
    monkeypatch.setattr(local, "shared", lambda: one_launcher)
    until(lambda: ready(one_launcher))
    return one_launcher


@pytest.fixture
def impatient(tmp_path: Path, faults: None, launcher: ForkLauncher) -> Iterator[Harness]:
    """A runner that gives a silent worker one second."""
    runner = LocalRunner(slots=2, silence=1.0)
    yield Harness(runner, tmp_path)
    runner.close()


@pytest.fixture
def harness(tmp_path: Path, faults: None, launcher: ForkLauncher) -> Iterator[Harness]:
    runner = LocalRunner(slots=2)
    yield Harness(runner, tmp_path)
    runner.close()


def ready(launcher: ForkLauncher) -> bool:
    launcher.poll()
    return launcher._ready


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come to pass"
        time.sleep(0.02)


def failed(event: Event) -> Failed:
    assert isinstance(event, Failed), event
    return event


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def pid_of(job: Job[Any], harness: Harness) -> int:
    """The process that does a job, once it has reported its first step."""
    until(lambda: harness.runner.events(0.0) or any(report.job is job for report in harness.reports))
    return logged(job.dir)


def begun(folder: Path) -> bool:
    log = folder / "log.txt"
    return log.is_file() and "process" in log.read_text()


def logged(folder: Path) -> int:
    return int((folder / "log.txt").read_text().split("process ")[1].split()[0])


@pytest.mark.parametrize(
    ("fault", "message"), [("stop", STILL), ("deadlock", STILL), ("hang", STILL), ("deaf", STILL), ("spin", BUSY)]
)
def test_a_worker_that_stops_moving_is_ended_and_the_next_job_runs(
    impatient: Harness, fault: str, message: str
) -> None:
    impatient.submit(0, fault=fault)
    event = failed(impatient.collect()[0])
    if fault == "deaf":
        assert event.message == "The worker ended with exit code 1 without a result."
    else:
        assert event.kind == "hang"
        assert re.match(message, event.message)
        assert "runner.silence" in event.message
    impatient.submit(1)
    assert isinstance(impatient.collect()[0], Finished)


@pytest.mark.parametrize("fault", ["beats", "child", "flood", "none"])
def test_a_worker_that_gets_somewhere_is_left_alone(impatient: Harness, fault: str) -> None:
    impatient.submit(0, fault=fault, pause=0.5)
    assert isinstance(impatient.collect()[0], Finished)


def test_a_worker_that_is_stopped_before_its_first_word_is_ended(impatient: Harness) -> None:
    impatient.submit(0)
    runner = impatient.runner
    assert isinstance(runner, LocalRunner)
    (worker,) = runner._workers.values()
    while worker.child.pid is None:
        runner._launcher.poll()
    os.kill(worker.child.pid, signal.SIGSTOP)
    assert failed(impatient.collect()[0]).kind == "hang"


def test_a_fork_server_that_is_killed_between_jobs_is_started_again(harness: Harness, launcher: ForkLauncher) -> None:
    assert launcher.pid is not None
    os.kill(launcher.pid, signal.SIGKILL)
    harness.submit(0)
    assert isinstance(harness.collect()[0], Finished)


def test_a_fork_server_that_is_killed_while_jobs_run_costs_none_of_them(
    harness: Harness, launcher: ForkLauncher
) -> None:
    harness.submit(0, pause=0.5)
    until(lambda: harness.runner.events(0.0) or harness.reports)
    assert launcher.pid is not None
    os.kill(launcher.pid, signal.SIGKILL)
    harness.submit(1)
    assert {type(event) for event in harness.collect(2)} == {Finished}
    job = harness.submit(2, fault="hang")
    pid = pid_of(job, harness)
    os.kill(launcher.pid, signal.SIGKILL)
    harness.runner.events(0.5)
    os.kill(pid, signal.SIGKILL)
    event = failed(harness.collect()[0])
    assert event.message == "The worker ended without a result, after its fork server had been killed."


def test_a_fork_server_that_is_stopped_is_replaced(harness: Harness, launcher: ForkLauncher) -> None:
    before = launcher.pid
    assert before is not None
    os.kill(before, signal.SIGSTOP)
    began = time.monotonic()
    harness.submit(0)
    assert time.monotonic() - began < 5.0
    assert isinstance(harness.collect()[0], Finished)
    assert launcher.pid != before
    assert not alive(before)


@pytest.mark.parametrize("server", ["automl_faults.unimportable", "automl.runner.forkserver"])
def test_jobs_run_in_fresh_interpreters_where_there_can_be_no_fork_server(
    tmp_path: Path, faults: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: str
) -> None:
    started, warned = launch.interpreter, "the fork server keeps dying"
    if server.endswith("forkserver"):  # which cannot import what it is to have in memory
        (tmp_path / "keras.py").write_text("raise RuntimeError('built for another processor')")
        monkeypatch.syspath_prepend(tmp_path)
        warned = r"the fork server cannot import what jobs need \(RuntimeError: built for another processor.*\)"
    fresh.warn.cache_clear()
    monkeypatch.setattr("automl.runner.fork.interpreter", lambda module, end: started(server, end))
    launcher = ForkLauncher()
    monkeypatch.setattr(local, "shared", lambda: launcher)
    runner = LocalRunner(slots=1)
    harness = Harness(runner, tmp_path)
    until(lambda: (launcher.poll(), launcher._fresh)[1])
    (tmp_path / "keras.py").unlink(missing_ok=True)
    harness.submit(0)
    assert isinstance(harness.collect()[0], Finished)
    pattern = f"automl: {warned}; each job starts a Python of its own, which takes some seconds.\n"
    assert re.fullmatch(pattern, capsys.readouterr().err)
    if server.endswith("unimportable"):
        harness.submit(1, fault="kill")
        assert failed(harness.collect()[0]).message == "The worker was killed by signal 9 (SIGKILL)."
    runner.close()
    launcher.close()


def test_a_system_that_cannot_fork_is_told_of_once(
    tmp_path: Path, faults: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fresh.warn.cache_clear()
    monkeypatch.setattr(local, "can_fork", lambda: False)
    for _ in range(2):
        runner = LocalRunner(slots=1)
        harness = Harness(runner, tmp_path)
        runner.close()
    assert capsys.readouterr().err.count("this system cannot fork; each job starts a Python of its own") == 1
    assert isinstance(harness.runner, LocalRunner)


def test_a_system_without_room_for_a_process_is_told(
    tmp_path: Path, faults: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(module: str, end: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("automl.runner.fresh.interpreter", refuse)
    monkeypatch.setattr(local, "shared", FreshLauncher)
    runner = LocalRunner(slots=1)
    harness = Harness(runner, tmp_path)
    harness.submit(0)
    message = failed(harness.collect()[0]).message
    assert message == "The system starts no further process: Resource temporarily unavailable."
    runner.close()


@pytest.mark.parametrize("value", ["x" * 200, "/nowhere"])
def test_no_temporary_folder_is_needed_for_workers(
    tmp_path: Path, faults: None, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    folder = tmp_path / value
    if value.startswith("x"):
        folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    launcher = ForkLauncher()
    monkeypatch.setattr(local, "shared", lambda: launcher)
    runner = LocalRunner(slots=1)
    harness = Harness(runner, tmp_path)
    harness.submit(0)
    assert isinstance(harness.collect()[0], Finished)
    runner.close()
    launcher.close()


def test_the_terminal_s_signals_are_the_driver_s_alone(harness: Harness, launcher: ForkLauncher) -> None:
    job = harness.submit(0, pause=0.4)
    worker, server = pid_of(job, harness), launcher.pid
    assert server is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(worker, number)
        os.kill(server, number)
    assert isinstance(harness.collect()[0], Finished)
    assert launcher.pid == server
    assert "Traceback" not in (job.dir / "log.txt").read_text()


def test_a_fork_server_ignores_an_interrupt_from_its_first_instant() -> None:
    launcher = ForkLauncher()
    before = launcher.pid
    assert before is not None
    for _ in range(100):
        os.kill(before, signal.SIGINT)
        launcher.poll()
        time.sleep(0.01)
    until(lambda: ready(launcher))
    assert launcher.pid == before
    launcher.close()


def test_a_worker_whose_server_is_dead_too_ends_with_its_driver(harness: Harness, launcher: ForkLauncher) -> None:
    job = harness.submit(0, fault="spin")
    pid = pid_of(job, harness)
    assert launcher.pid is not None
    os.kill(launcher.pid, signal.SIGKILL)
    until(lambda: harness.runner.events(0.1) or len(harness.reports) == 1)
    (worker,) = harness.runner._workers.values()  # type: ignore[attr-defined]
    worker.child.channel.close()
    until(lambda: not alive(pid), seconds=5.0)
    assert failed(harness.collect()[0]).kind == "crash"


def test_a_job_whose_folder_cannot_be_written_says_so(harness: Harness) -> None:
    submit = harness.runner.submit

    def remove_first(job: Job[Any]) -> None:
        job.dir.rmdir()
        submit(job)

    harness.runner.submit = remove_first  # type: ignore[method-assign]
    job = harness.submit(0)
    event = failed(harness.collect()[0])
    assert event.message.startswith("The job cannot begin: FileNotFoundError: [Errno 2] No such file or directory: ")
    assert str(job.dir) in event.message


def test_a_job_that_cannot_be_read_by_its_worker_says_so(harness: Harness) -> None:
    harness.submit(0, x=_Strange())
    assert "The job cannot begin: ValueError: it cannot be read" in failed(harness.collect()[0]).message


class _Strange:
    def __reduce__(self) -> tuple[object, ...]:
        return (_refuse, ())


def _refuse() -> None:
    raise ValueError("it cannot be read")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_a_log_on_a_full_disk_fails_the_job_with_its_cause(harness: Harness) -> None:
    submit = harness.runner.submit

    def fill(job: Job[Any]) -> None:
        (job.dir / "log.txt").symlink_to("/dev/full")
        submit(job)

    harness.runner.submit = fill  # type: ignore[method-assign]
    harness.submit(0, fault="flood")
    event = failed(harness.collect()[0])
    assert event.kind == "error"
    assert "No space left on device" in event.message


def test_a_traceback_is_written_where_the_job_is(harness: Harness) -> None:
    job = harness.submit(0, fault="error")
    harness.collect()
    assert "scripted error" in (job.dir / "traceback.txt").read_text()


def test_what_a_killed_worker_has_left_half_written_goes_with_it(harness: Harness) -> None:
    cache = harness.folder / "cache"
    job = harness.submit(0, fault="hang")
    pid = pid_of(job, harness)
    mine, other = cache / f".{pid}-digits-abc", cache / f".{os.getpid()}-digits-abc"
    for folder in (mine, other):
        folder.mkdir(parents=True)
        with (folder / "pixels.npy").open("wb") as file:
            file.truncate(1 << 40)
    os.kill(pid, signal.SIGKILL)
    assert failed(harness.collect()[0]).kind == "crash"
    assert not mine.exists()
    assert other.exists()


def test_closing_is_right_in_any_state(tmp_path: Path, faults: None) -> None:
    runner = LocalRunner(slots=1)
    runner.close()
    harness = Harness(runner, tmp_path)
    job = harness.submit(0, fault="stop")
    pid = pid_of(job, harness)
    runner.close()
    runner.close()
    assert not alive(pid)
    assert effort(pid) is None
