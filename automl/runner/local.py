"""The local runner: one process per trial, forked from a server that has TensorFlow and Keras in memory."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from automl.runner.base import Event, OnReport, Reported, Runner, ended, failed
from automl.runner.devices import Device, slots
from automl.runner.oom import oom_kills

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.process import BaseProcess

    from automl.runner.base import Job

_ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_CPP_MAX_VLOG_LEVEL": "0",
    "KERAS_BACKEND": "tensorflow",
    # A thread pool that the fork server starts does not survive the fork, and one thread starts none.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


@dataclass
class _Worker:
    job: Job
    process: BaseProcess
    connection: Connection
    device: Device
    started: float = field(default_factory=time.monotonic)
    verdict: tuple[str, str] | None = None
    message: tuple[str, Any] | None = None


@dataclass
class LocalRunner(Runner):
    """Runs every job in a process of its own on this machine.

    Attributes:
        slots: Trials side by side; None for one a GPU (or fraction of it), else one a core.
        gpus_per_trial: Share of a GPU, or number of GPUs, that each trial takes.
        threads: Threads of each trial on a CPU; None for an equal share of the cores.
        trial_timeout: Wall-clock in seconds after which a trial is ended, if any.
    """

    slots: int | None = None
    gpus_per_trial: float = 1.0
    threads: int | None = None
    trial_timeout: float | None = None

    def start(self, on_report: OnReport, most: int) -> None:
        """See ``Runner.start``; the fork server begins to import in the background."""
        self._on_report = on_report
        self._free = slots(self.slots, self.gpus_per_trial, self.threads, most)
        self._capacity = len(self._free)
        self._device = self._free[0]
        self._workers: dict[int, _Worker] = {}
        self._oom_kills = oom_kills()
        self._context = _context()

    @property
    def capacity(self) -> int:
        """See ``Runner.capacity``."""
        return self._capacity

    def submit(self, job: Job) -> None:
        """See ``Runner.submit``."""
        from automl.runner.worker import main

        device = self._free.pop(0)
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=main, args=(job, theirs, device), name=f"{job.kind}-{job.id}")
        with _environment():
            process.start()
        theirs.close()
        self._workers[job.id] = _Worker(job, process, ours, device)

    def events(self, timeout: float) -> list[Event]:
        """See ``Runner.events``."""
        end = time.monotonic() + timeout
        while True:
            self._expire()
            ready = wait(self._waitables(), max(0.0, min(end - time.monotonic(), 0.2)))
            for worker in list(self._workers.values()):
                if worker.connection in ready:
                    self._receive(worker)
            over = [self._end(worker) for worker in list(self._workers.values()) if _is_over(worker, ready)]
            if over or time.monotonic() >= end:
                return over

    def kill(self, job: int, kind: str, message: str) -> None:
        """See ``Runner.kill``."""
        worker = self._workers.get(job)
        if worker is not None and worker.verdict is None:
            worker.verdict = (kind, message)
            worker.process.kill()

    def close(self) -> None:
        """See ``Runner.close``."""
        for worker in self._workers.values():
            worker.process.kill()
        for worker in self._workers.values():
            worker.process.join()
            worker.connection.close()
        self._workers.clear()

    def repeat(self) -> dict[str, Any]:
        """One slot with as many threads as a slot has here: sums of floats depend on how they are shared out."""
        threads = self._device.environment.get("TF_NUM_INTRAOP_THREADS")
        return {"slots": 1, "threads": int(threads)} if threads else {"slots": 1}

    def _waitables(self) -> list[Any]:
        workers = self._workers.values()
        open_ends = [worker.connection for worker in workers if not worker.connection.closed]
        return [*open_ends, *(worker.process.sentinel for worker in workers)]

    def _expire(self) -> None:
        for worker in self._workers.values():
            age = time.monotonic() - worker.started
            if self.trial_timeout is not None and worker.job.id >= 0 and age > self.trial_timeout:
                limit = f"{self.trial_timeout:g} s"
                self.kill(worker.job.id, "timeout", f"The trial ran longer than runner.trial_timeout, {limit}.")

    def _receive(self, worker: _Worker) -> None:
        """Take every message that has arrived; a report is answered at once."""
        try:
            while worker.connection.poll():
                kind, content = worker.connection.recv()
                if kind == "report":
                    worker.connection.send(self._on_report(Reported(worker.job, *content)).value)
                else:
                    worker.message = (kind, content)
        except (EOFError, OSError):
            worker.connection.close()

    def _end(self, worker: _Worker) -> Event:
        if not worker.connection.closed:
            self._receive(worker)
        worker.process.join()
        worker.connection.close()
        del self._workers[worker.job.id]
        self._free.insert(0, worker.device)
        return self._event(worker, time.monotonic() - worker.started)

    def _event(self, worker: _Worker, seconds: float) -> Event:
        if worker.verdict is not None:
            return failed(worker.job, seconds, *worker.verdict)
        if worker.message is None:
            return failed(worker.job, seconds, *self._crash(worker.process.exitcode))
        return ended(worker.job, worker.message, seconds)

    def _crash(self, code: int | None) -> tuple[str, str]:
        kills, self._oom_kills = self._oom_kills, oom_kills()
        if code == -signal.SIGKILL and self._oom_kills > kills:
            return "oom", "The system killed the worker because memory ran out."
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            return "crash", f"The worker was killed by signal {-code} ({name})."
        return "crash", f"The worker ended with exit code {code} without a result."


def _is_over(worker: _Worker, ready: list[Any]) -> bool:
    """Whether the process has ended, or has sent its last message."""
    return worker.process.sentinel in ready or worker.message is not None


def _context() -> Any:
    """Processes forked from a preloaded server; fresh ones where fork is not to be had."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["automl.runner.preload"])
    from multiprocessing.forkserver import ensure_running

    with _environment():
        ensure_running()
    return context


@contextmanager
def _environment() -> Iterator[None]:
    """What the fork server and, where there is none, a worker inherit."""
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
