"""The Ray runner: the same workers on the nodes of a cluster, by Ray Core, since the search is ours."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import ray
from ray.exceptions import RayError

from automl.bounds import AtLeast, AtMost, Between, Positive
from automl.errors import ConfigError
from automl.inheritance import override
from automl.jobs import Trained, Underway
from automl.plugin import Decision
from automl.resources import cores
from automl.runner.base import Event, OnReport, Reported, Runner, ended
from automl.runner.cluster.connection import Connection
from automl.runner.cluster.host import Order, this_machine
from automl.runner.cluster.seat import Lost, Seat, Task, failure_of, keep_checkpoint, keep_folder
from automl.runner.devices import check_shares
from automl.runner.watchdog import SILENCE, Watchdog

if TYPE_CHECKING:
    from automl.jobs import Job
    from automl.runner.base import Message

_TICK = 0.2
_MOST_LOSSES = 2
_FAREWELL = 5.0
_LONG = 30.0
"""Seconds after which a job that waits for room in the cluster is told of."""


@dataclass
class RayRunner(Runner):
    """Runs every job in a process of its own on a node of a Ray cluster.

    A host, which is an actor, holds each slot. What a job needs of the study's folder goes there with it, and its own
    folder comes back: its checkpoint whenever it was written anew, the rest when it has ended. A job whose host is lost
    goes on in another from that checkpoint.

    Attributes:
        address: Of a cluster: ``auto`` for the one that this machine is a node of, ``ray://<host>:<port>``, or
            ``<host>:<port>``; None for one on this machine that ends with the study.
        slots: Trials side by side; None for as many as the cluster has room for. Of more, some wait until it has grown.
        cpus_per_trial: Cores that each trial takes, and its threads; None for one without a GPU, none beside a GPU.
        gpus_per_trial: Share of a GPU that each trial takes; where the cluster has no GPU, or with 0, none.
        cache: Folder of the data cache on each node; None for one among its temporary files.
        trial_timeout: Wall-clock in seconds after which a trial is ended, if any.
        memory_gb: Gigabytes that a trial may take of memory of its own, if there is a limit.
        silence: Seconds without a sign of life after which a worker is ended; None for 120.
    """

    address: str | None = None
    slots: Annotated[int, Between(1, 1024)] | None = None
    cpus_per_trial: Annotated[int, Between(1, 1024)] | None = None
    gpus_per_trial: Annotated[
        float, AtLeast(0), AtMost(1, "a trial trains on one GPU; with 1 every GPU has a trial of its own")
    ] = 1.0
    cache: str | None = None
    trial_timeout: Positive | None = None
    memory_gb: Positive | None = None
    silence: Positive | None = None

    def __post_init__(self) -> None:
        self._connection: Connection | None = None
        self._seats: list[Seat] = []
        self._ended: list[Event] = []

    @override
    def start(self, on_report: OnReport, most: int) -> None:
        check_shares(None, self.gpus_per_trial, self.cpus_per_trial)
        self._on_report = on_report
        self._connection = connection = Connection(self.address, (self.slots or 1) * (self.cpus_per_trial or 1))
        share = self.gpus_per_trial if connection.total("GPU") else 0.0
        cpus = self.cpus_per_trial or (0 if share else 1)
        room = connection.slots(cpus, share)
        if not room:
            raise ConfigError(
                f"runner: no node of the Ray cluster ({connection.address}) has room for a trial. Received:"
                f" cpus_per_trial={cpus}, gpus_per_trial={share:g}; all nodes have {connection.total('CPU'):g} CPUs and"
                f" {connection.total('GPU'):g} GPUs."
            )
        self._capacity = min(self.slots or room, most)
        # Of a machine that nobody else shares out, every core is used.
        free = cores() // self._capacity if connection.folder and not share and self.cpus_per_trial is None else 0
        self._threads = max(cpus, free) or None
        self._resources = {"num_cpus": cpus, "num_gpus": share}
        limits = self.trial_timeout, self.memory_gb, self.silence
        home = str(connection.folder / "hosts") if connection.folder else None
        self._order = Order(tuple(sys.path), _folder(), this_machine(), home, self.cache, self._threads, *limits)
        self._watchdog = Watchdog(SILENCE if self.silence is None else self.silence)
        for _ in range(self._capacity):
            self._seat()

    @property
    @override
    def capacity(self) -> int:
        return self._capacity

    @override
    def submit(self, job: Job[Any]) -> None:
        self._begin(Task(job), job)

    @override
    def events(self, timeout: float) -> list[Event]:
        end = time.monotonic() + timeout
        while True:
            self._wait(min(end - time.monotonic(), _TICK))
            self._watch()
            if self._ended or time.monotonic() >= end:
                over, self._ended = self._ended, []
                return over

    @override
    def kill(self, job: int, kind: str, message: str) -> None:
        for seat in self._seats:
            if seat.task is not None and seat.task.job.id == job and seat.task.verdict is None:
                seat.kill_job(kind, message)

    def close(self) -> None:
        """See ``Runner.close``; to be called in any state, any number of times."""
        seats, self._seats = self._seats, []
        if self._connection is None:
            return
        with suppress(RayError):
            there = [seat.leave() for seat in seats if seat.alive is not None]
            if there:
                ray.wait(there, num_returns=len(there), timeout=_FAREWELL)
            for seat in seats:
                seat.end()
        self._connection.close()
        self._connection = None

    def repeat(self) -> dict[str, Any]:
        """See ``LocalRunner.repeat``."""
        return {"slots": 1, "cpus_per_trial": self._threads} if self._threads else {"slots": 1}

    def _seat(self) -> Seat:
        seat = Seat(self._order, self._resources)
        self._seats.append(seat)
        return seat

    def _begin(self, task: Task, job: Job[Any]) -> None:
        """Run a job on a host that is free, of which one that is there is the best."""
        free = sorted((seat for seat in self._seats if seat.task is None), key=lambda seat: seat.alive is None)
        (free[0] if free else self._seat()).begin(task, job)

    def _wait(self, seconds: float) -> None:
        """Take what news there are within so many seconds."""
        seats = {seat.news: seat for seat in self._seats}
        if not seats:
            time.sleep(max(0.0, seconds))
            return
        ready, _ = ray.wait(list(seats), timeout=max(0.0, seconds))
        for news in ready:
            self._hear(seats[news])

    def _hear(self, seat: Seat) -> None:
        try:
            news = seat.hear()
        except Lost as lost:
            self._lose(seat, lost)
            return
        seat.alive = self._watchdog.clock
        for kind, *content in news:
            task = seat.task
            if task is None:
                continue  # it was given up meanwhile
            if kind == "report":
                seat.answer(self._decide(task, *content))
            elif kind == "checkpoint":
                keep_checkpoint(task.job, *content)
            else:
                message, seconds, parcel = content
                keep_folder(task.job, parcel)
                self._end(seat, message, seconds)

    def _decide(self, task: Task, step: int, content: Any) -> Decision:
        """Answer a report; steps that are repeated after a loss were heard and answered before."""
        if isinstance(content, Underway):
            return self._on_report(Reported(task.job, step, content))
        if step > task.heard:
            task.heard = step
            task.decision = self._on_report(Reported(task.job, step, content))
        return task.decision

    def _watch(self) -> None:
        """End hosts that do not answer any more, or do not kill what they are to."""
        look = self._watchdog.look()
        for seat in list(self._seats):
            if seat.alive is None and seat.task is not None and time.monotonic() - seat.task.started > _LONG:
                _say_that_it_waits()
            if look and seat.alive is not None and self._watchdog.clock - seat.alive > self._watchdog.silence:
                seat.end()
                text = f"The worker was lost: its node gave no sign of life for {self._watchdog.silence:g} s."
                self._lose(seat, Lost("crash", text))
            elif seat.task is not None and time.monotonic() > seat.task.deadline:
                seat.end()
                self._lose(seat, Lost("crash", "The worker was lost."))

    def _lose(self, seat: Seat, lost: Lost) -> None:
        """Have the job of a lost host go on in another, unless it was to end anyway."""
        self._seats.remove(seat)
        task, seat.task = seat.task, None
        if task is None:
            return
        again = task.job.again() if lost.kind == "crash" and task.losses < _MOST_LOSSES else None
        if task.verdict is not None:
            self._tell(task, ("failed", (*task.verdict, "")), time.monotonic() - task.started)
        elif task.decision is Decision.PRUNE:
            self._tell(task, ("pruned", None), time.monotonic() - task.started)
        elif again is None:
            self._tell(task, failure_of(lost), time.monotonic() - task.started)
        else:
            task.losses += 1
            self._begin(task, again)

    def _end(self, seat: Seat, message: Message, seconds: float) -> None:
        task, seat.task = seat.task, None
        assert task is not None
        self._tell(task, message, seconds)

    def _tell(self, task: Task, message: Message, seconds: float) -> None:
        outcome, content = message
        if task.losses and isinstance(content, Trained):
            times = "once" if task.losses == 1 else "twice"
            note = f"Its worker was lost {times}; it went on from its last checkpoint."
            message = outcome, replace(content, notes=[*content.notes, note])
        self._ended.append(ended(task.job, message, seconds))


@cache
def _say_that_it_waits() -> None:
    print("automl: the Ray cluster has had no room for a trial yet; it waits for some.", file=sys.stderr)  # noqa: T201


def _folder() -> str:
    with suppress(OSError):
        return os.getcwd()  # noqa: PTH109 - a text is what travels
    return ""
