"""The local runner: one process per trial, forked from a server that has TensorFlow and Keras in memory."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Annotated, Any

from automl.bounds import AtLeast, AtMost, Between, Positive
from automl.data.files.scratch import sweep, sweep_dead
from automl.errors import ConfigError
from automl.inheritance import override
from automl.runner.base import Event, Failed, OnReport, Reported, Runner, ended, failed
from automl.runner.crash import crash
from automl.runner.devices import THREADS, slots
from automl.runner.fork import can_fork, give_back, shared
from automl.runner.fresh import fresh
from automl.runner.memory import MemoryGuard
from automl.runner.oom import OomCounters
from automl.runner.running import LAST_BREATH, Running
from automl.runner.watchdog import SILENCE, Vitals, Watchdog

if TYPE_CHECKING:
    from pathlib import Path

    from automl.jobs import Job
    from automl.runner.devices import Device
    from automl.runner.launch import Launcher

_TICK = 0.2
_GIGA = 10**9


@dataclass
class LocalRunner(Runner):
    """Runs every job in a process of its own on this machine.

    Attributes:
        slots: Trials side by side; None for one a GPU (or fraction of it), else one a core.
        cpus_per_trial: Cores that each trial takes, and threads that it computes with on them; None for one, and for
            every core of a machine that has fewer trials than cores.
        gpus_per_trial: Share of a GPU that each trial takes; 0 for none.
        trial_timeout: Wall-clock in seconds after which a trial is ended, if any.
        memory_gb: Gigabytes (of 10^9 bytes) that a trial may take of memory, if there is a limit; those that it shares
            with other processes, such as TensorFlow's code or mapped data, do not count.
        silence: Seconds without a sign of life after which a worker is ended; None for 120. One that computes, but
            neither reports nor beats (``automl.plugin.beat``), is given five times as long, or twenty times the
            longest epoch so far.
    """

    slots: Annotated[int, Between(1, 1024)] | None = None
    cpus_per_trial: Annotated[int, Between(1, 1024)] | None = None
    gpus_per_trial: Annotated[
        float, AtLeast(0), AtMost(1, "a trial trains on one GPU; with 1 every GPU has a trial of its own")
    ] = 1.0
    trial_timeout: Positive | None = None
    memory_gb: Positive | None = None
    silence: Positive | None = None

    def __post_init__(self) -> None:
        self._workers: dict[int, Running] = {}
        self._swept: set[Path] = set()
        self._borrowed: list[Launcher] = []
        self._guard: MemoryGuard | None = None

    def start(self, on_report: OnReport, most: int) -> None:
        """See ``Runner.start``; the fork server begins to import in the background."""
        silence = SILENCE if self.silence is None else self.silence
        if not 0.0 < silence < math.inf:
            raise ConfigError(f"runner.silence: expected seconds above 0, or null. Received: {silence}.")
        self._on_report = on_report
        self._free = self.devices(most)
        self._capacity = len(self._free)
        self._device = self._free[0]
        self._watchdog = Watchdog(silence)
        self._kills = OomCounters()
        if self.memory_gb is not None:
            self._guard = MemoryGuard(int(self.memory_gb * _GIGA))
        self._launcher = shared() if can_fork() else fresh("this system cannot fork")
        self._borrowed.append(self._launcher)

    def devices(self, most: int) -> list[Device]:
        """What its slots compute on.

        Args:
            most: How many jobs there will ever be side by side.

        Raises:
            ConfigError: This machine does not have what is asked for.
        """
        return slots(self.slots, self.gpus_per_trial, self.cpus_per_trial, most)

    @property
    @override
    def capacity(self) -> int:
        return self._capacity

    @override
    def submit(self, job: Job[Any]) -> None:
        if job.cache not in self._swept:
            self._swept.add(job.cache)
            sweep_dead(job.cache)
        device = self._free.pop(0)
        try:
            child = self._launcher.launch(job, device)
        except BaseException:
            self._free.insert(0, device)
            raise
        self._workers[job.id] = Running(child, Vitals(self._watchdog))
        if self._guard is not None and job.id >= 0:
            self._guard.watch(child)

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
            worker.finish(patience=0.0)

    def close(self) -> None:
        """See ``Runner.close``; to be called in any state, any number of times."""
        workers, self._workers = list(self._workers.values()), {}
        if self._guard is not None:
            self._guard.close()
        for worker in workers:
            worker.child.kill()
        end = time.monotonic() + LAST_BREATH
        while time.monotonic() < end and not all(worker.child.over for worker in workers):
            wait(self._launcher.waitables(), 0.02)
            self._launcher.poll()
            for worker in workers:
                worker.child.channel.receive()
        for worker in workers:
            worker.child.channel.close()
            sweep(worker.job.cache, worker.child.pid)
            self._free.insert(0, worker.child.device)
        while self._borrowed:
            give_back(self._borrowed.pop())

    def repeat(self) -> dict[str, Any]:
        """One slot with as many threads as a slot has here: sums of floats depend on how they are shared out."""
        threads = self._device.environment.get(THREADS)
        return {"slots": 1, "cpus_per_trial": int(threads)} if threads else {"slots": 1}

    def _waitables(self) -> list[Any]:
        channels = (worker.child.channel for worker in self._workers.values())
        return [*self._launcher.waitables(), *(channel for channel in channels if channel.open)]

    def _receive(self, worker: Running) -> None:
        """Take every message that has arrived; a report is answered at once."""
        for kind, content in worker.child.channel.receive():
            if kind == "alive":
                worker.vitals.alive(*content)
            elif kind == "report":
                worker.vitals.report()
                worker.answer(self._on_report(Reported(worker.job, *content)).value)
            else:
                worker.message = (kind, content)
                worker.finish(patience=LAST_BREATH)

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

    def _watch_one(self, worker: Running) -> None:
        if worker.child.pid is None:
            worker.vitals = Vitals(self._watchdog)  # its server is watched in its place
            return
        worker.vitals.observe(worker.child.pid)
        if verdict := worker.vitals.verdict():
            self.kill(worker.job.id, "hang", verdict)

    def _end(self, worker: Running) -> Event:
        try:
            self._receive(worker)
        finally:
            worker.child.channel.close()
            del self._workers[worker.job.id]
            self._free.insert(0, worker.child.device)
            excess = self._guard.forget(worker.child) if self._guard is not None else ""
        event = self._event(worker, excess, time.monotonic() - worker.started)
        if isinstance(event, Failed):
            sweep(worker.job.cache, worker.child.pid)
        return event

    def _event(self, worker: Running, excess: str, seconds: float) -> Event:
        if worker.message is not None:
            return ended(worker.job, worker.message, seconds)
        if excess:
            return failed(worker.job, seconds, "oom", excess)
        return failed(worker.job, seconds, *(worker.verdict or crash(worker.child, self._kills)))
