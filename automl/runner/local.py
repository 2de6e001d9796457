"""The local runner: one process per trial, forked from a server that has TensorFlow and Keras in memory."""

from __future__ import annotations

import math
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Annotated, Any

from automl.bounds import AtLeast, AtMost, Between, Positive
from automl.data.files.scratch import sweep, sweep_dead
from automl.errors import ConfigError
from automl.inheritance import override
from automl.runner.base import Event, Failed, OnReport, Reported, Runner, ended, failed
from automl.runner.devices import slots
from automl.runner.fork import can_fork, give_back, shared
from automl.runner.fresh import FreshLauncher
from automl.runner.oom import OomCounters
from automl.runner.watchdog import SILENCE, Vitals, Watchdog

if TYPE_CHECKING:
    from pathlib import Path

    from automl.jobs import Job
    from automl.runner.launch import Child, Launcher

_TICK = 0.2
_LAST_BREATH = 10.0
"""Seconds in which a process that was killed, or has sent its last message, is to be gone."""


@dataclass(eq=False)
class _Worker:
    child: Child
    vitals: Vitals
    started: float = field(default_factory=time.monotonic)
    verdict: tuple[str, str] | None = None
    message: tuple[str, Any] | None = None
    deadline: float = math.inf

    @property
    def job(self) -> Job[Any]:
        return self.child.job

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be heard of it; a process that cannot even be killed is not waited for."""
        return self.child.over or time.monotonic() > self.deadline + _LAST_BREATH


@dataclass
class LocalRunner(Runner):
    """Runs every job in a process of its own on this machine.

    Attributes:
        slots: Trials side by side; None for one a GPU (or fraction of it), else one a core.
        gpus_per_trial: Share of a GPU that each trial takes; 0 for none.
        threads: Threads of each trial on a CPU; None for an equal share of the cores.
        trial_timeout: Wall-clock in seconds after which a trial is ended, if any.
        silence: Seconds without a sign of life after which a worker is ended; None for 120. One that computes, but
            neither reports nor beats (``automl.plugin.beat``), is given five times as long, or twenty times the
            longest epoch so far.
    """

    slots: Annotated[int, Between(1, 1024)] | None = None
    gpus_per_trial: Annotated[
        float, AtLeast(0), AtMost(1, "a trial trains on one GPU; with 1 every GPU has a trial of its own")
    ] = 1.0
    threads: Annotated[int, Between(1, 1024)] | None = None
    trial_timeout: Positive | None = None
    silence: Positive | None = None

    def __post_init__(self) -> None:
        self._workers: dict[int, _Worker] = {}
        self._swept: set[Path] = set()
        self._borrowed: list[Launcher] = []

    def start(self, on_report: OnReport, most: int) -> None:
        """See ``Runner.start``; the fork server begins to import in the background."""
        silence = SILENCE if self.silence is None else self.silence
        if not 0.0 < silence < math.inf:
            raise ConfigError(f"runner.silence: expected seconds above 0, or null. Received: {silence}.")
        self._on_report = on_report
        self._free = slots(self.slots, self.gpus_per_trial, self.threads, most)
        self._capacity = len(self._free)
        self._device = self._free[0]
        self._watchdog = Watchdog(silence)
        self._kills = OomCounters()
        self._launcher = shared() if can_fork() else FreshLauncher()
        self._borrowed.append(self._launcher)

    @property
    @override
    def capacity(self) -> int:
        return self._capacity

    @override
    def submit(self, job: Job[Any]) -> None:
        if job.cache not in self._swept:
            self._swept.add(job.cache)
            sweep_dead(job.cache)
        child = self._launcher.launch(job, self._free.pop(0))
        self._workers[job.id] = _Worker(child, Vitals(self._watchdog))

    @override
    def events(self, timeout: float) -> list[Event]:
        end = time.monotonic() + timeout
        while True:
            wait(self._waitables(), max(0.0, min(end - time.monotonic(), _TICK)))
            self._launcher.poll()
            for worker in list(self._workers.values()):
                self._receive(worker)
            self._watch()
            over = [self._end(worker) for worker in list(self._workers.values()) if worker.is_over]
            if over or time.monotonic() >= end:
                return over

    @override
    def kill(self, job: int, kind: str, message: str) -> None:
        worker = self._workers.get(job)
        if worker is not None and worker.verdict is None and worker.message is None:
            worker.verdict = (kind, message)
            self._finish(worker, patience=0.0)

    def close(self) -> None:
        """See ``Runner.close``; to be called in any state, any number of times."""
        workers, self._workers = list(self._workers.values()), {}
        for worker in workers:
            worker.child.kill()
        end = time.monotonic() + _LAST_BREATH
        while time.monotonic() < end and not all(worker.child.over for worker in workers):
            wait(self._launcher.waitables(), 0.02)
            self._launcher.poll()
            for worker in workers:
                worker.child.channel.receive()
        for worker in workers:
            worker.child.channel.close()
            sweep(worker.job.cache, worker.child.pid)
        while self._borrowed:
            give_back(self._borrowed.pop())

    def repeat(self) -> dict[str, Any]:
        """One slot with as many threads as a slot has here: sums of floats depend on how they are shared out."""
        threads = self._device.environment.get("TF_NUM_INTRAOP_THREADS")
        return {"slots": 1, "threads": int(threads)} if threads else {"slots": 1}

    def _waitables(self) -> list[Any]:
        channels = (worker.child.channel for worker in self._workers.values())
        return [*self._launcher.waitables(), *(channel for channel in channels if channel.open)]

    def _receive(self, worker: _Worker) -> None:
        """Take every message that has arrived; a report is answered at once."""
        for kind, content in worker.child.channel.receive():
            if kind == "alive":
                worker.vitals.alive(*content)
            elif kind == "report":
                worker.vitals.report()
                self._answer(worker, self._on_report(Reported(worker.job, *content)).value)
            else:
                worker.message = (kind, content)
                self._finish(worker, patience=_LAST_BREATH)

    @staticmethod
    def _answer(worker: _Worker, decision: str) -> None:
        with suppress(OSError):  # a worker that died meanwhile is told of when its end is
            worker.child.channel.send(decision)

    @staticmethod
    def _finish(worker: _Worker, patience: float) -> None:
        """The process is to be gone by then, and is killed where it is not."""
        worker.deadline = min(worker.deadline, time.monotonic() + patience)
        if patience == 0.0:
            worker.child.kill()

    def _watch(self) -> None:
        """End what outlasts its limits."""
        now, due = time.monotonic(), self._watchdog.look()
        if due:
            self._kills.look()
        for worker in self._workers.values():
            if due:
                self._watch_one(worker)
            if self.trial_timeout is not None and worker.job.id >= 0 and now - worker.started > self.trial_timeout:
                limit = f"{self.trial_timeout:g} s"
                self.kill(worker.job.id, "timeout", f"The trial ran longer than runner.trial_timeout, {limit}.")
            if now > worker.deadline:
                worker.child.kill()

    def _watch_one(self, worker: _Worker) -> None:
        if worker.child.pid is None:
            worker.vitals = Vitals(self._watchdog)  # its server is watched in its place
            return
        worker.vitals.observe(worker.child.pid)
        if verdict := worker.vitals.verdict():
            self.kill(worker.job.id, "hang", verdict)

    def _end(self, worker: _Worker) -> Event:
        self._receive(worker)
        worker.child.channel.close()
        del self._workers[worker.job.id]
        self._free.insert(0, worker.child.device)
        event = self._event(worker, time.monotonic() - worker.started)
        if isinstance(event, Failed):
            sweep(worker.job.cache, worker.child.pid)
        return event

    def _event(self, worker: _Worker, seconds: float) -> Event:
        if worker.message is not None:
            return ended(worker.job, worker.message, seconds)
        return failed(worker.job, seconds, *(worker.verdict or self._crash(worker.child)))

    def _crash(self, child: Child) -> tuple[str, str]:
        if child.refusal:
            return "crash", f"The system starts no further process: {child.refusal}."
        if child.code in (-signal.SIGKILL, None) and self._kills.risen():
            return "oom", "The system killed the worker because memory ran out."
        if child.code is None:
            return "crash", "The worker ended without a result, after its fork server had been killed."
        if child.code < 0:
            return "crash", f"The worker was killed by signal {-child.code} ({_name(-child.code)})."
        return "crash", f"The worker ended with exit code {child.code} without a result."


def _name(number: int) -> str:
    return signal.Signals(number).name if number in list(signal.Signals) else "a signal of its own"
