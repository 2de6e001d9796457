"""Workers forked from a server that has TensorFlow and Keras in memory (``automl.runner.forkserver``)."""

from __future__ import annotations

import atexit
import itertools
import os
import socket
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from automl.inheritance import override
from automl.runner.channel import Channel
from automl.runner.forkserver import REQUEST
from automl.runner.fresh import FreshLauncher, fresh
from automl.runner.launch import Child, Launcher, interpreter
from automl.runner.watchdog import Vitals, Watchdog

if TYPE_CHECKING:
    from automl.jobs import Job
    from automl.runner.devices import Device

_MOST_RESTARTS = 2
_PATIENCE = 20.0
"""Seconds in which a server that was asked for a worker moves, unless it is stopped."""


class ForkLauncher(Launcher):
    """Asks a fork server for workers, and starts another when it is killed or stopped.

    Workers of a server that died go on. After two servers that died before they started a worker, jobs run in
    fresh interpreters.

    Args:
        patience: After how many seconds without a sign of life a server is given up.
    """

    def __init__(self, patience: float = _PATIENCE) -> None:
        self._patience = patience
        self._numbers = itertools.count()
        self._waiting: list[Child] = []
        self._asked: dict[int, Child] = {}
        self._running: dict[int, Child] = {}
        self._orphans: list[Child] = []
        self._deaths = 0
        self._unfit = ""
        self._fresh: FreshLauncher | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._start()

    @property
    def pid(self) -> int | None:
        """The number of the server's process, if there is one."""
        return self._process.pid if self._process else None

    @override
    def launch(self, job: Job[Any], device: Device) -> Child:
        child = Child(job, device)
        theirs = child.connect()
        theirs.close()
        self._waiting.append(child)
        self.poll()
        return child

    @override
    def poll(self) -> None:
        for kind, content in self._channel.receive():
            self._hear(kind, content)
        if self._fresh is None and (not self._channel.open or self._is_stuck()):
            self._replace()
        self._ask()
        for child in self._orphans:
            child.over = child.over or not child.channel.open
        self._orphans = [child for child in self._orphans if not child.over]
        if self._fresh is not None:
            self._fresh.poll()

    @override
    def waitables(self) -> list[Any]:
        return [self._channel] if self._channel.open else []

    def close(self) -> None:
        """End the server, and with it what it started."""
        self._channel.close()
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(2.0)
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        self._control, self._channel, self._ready = ours, Channel(ours), False
        self._watchdog = Watchdog(self._patience)
        self._process = None
        with theirs, suppress(OSError):  # without a process the connection is closed, and another is tried
            self._process = interpreter("automl.runner.forkserver", theirs)
        self._vitals = Vitals(self._watchdog)

    def _hear(self, kind: str, content: Any) -> None:
        if kind == "ready":
            self._ready = True
            return
        if kind == "unfit":  # it ends now, and another would fail as well
            self._unfit, self._deaths = f"the fork server cannot import what jobs need ({content})", _MOST_RESTARTS
            return
        number, value = content
        if kind == "ended":
            child = self._running.pop(number)
            child.code, child.over = value, True
            return
        child, self._deaths = self._asked.pop(number), 0
        if kind == "refused":
            child.refusal, child.over = value, True
        elif child.over:
            pass  # it was given up meanwhile, and finds its connection closed
        else:
            child.started(value)
        if kind == "started":
            self._running[number] = child

    def _ask(self) -> None:
        """Send what waits for a server; the process behind a request finds no job before ``Child.started``."""
        self._waiting = [child for child in self._waiting if not child.over]
        if self._fresh is not None:
            while self._waiting:
                self._fresh.begin(self._waiting.pop(0))
        with suppress(OSError):  # a server that died is replaced at the next poll
            while self._ready and self._waiting:
                child, number = self._waiting[0], next(self._numbers)
                with child.connect() as theirs:
                    socket.send_fds(self._control, [REQUEST.pack(number)], [theirs.fileno()])
                self._asked[number] = self._waiting.pop(0)
                self._vitals = Vitals(self._watchdog)

    def _is_stuck(self) -> bool:
        """Whether a server that owes an answer has not moved for long."""
        if self._watchdog.look() and self.pid is not None:
            self._vitals.observe(self.pid)
        owes = self._asked or (self._waiting and not self._ready)
        return bool(owes) and self._vitals.still

    def _replace(self) -> None:
        """Start another server in place of one that is dead or stuck; what it had not started yet waits again."""
        self._channel.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._orphans += self._running.values()
        self._running.clear()
        for child in self._asked.values():
            child.channel.close()
        self._waiting[:0] = self._asked.values()
        self._asked.clear()
        self._deaths += 1
        if self._deaths <= _MOST_RESTARTS:
            self._start()
        else:
            self._fresh = fresh(self._unfit or "the fork server keeps dying")


def can_fork() -> bool:
    """Whether this system can fork and hand over sockets."""
    return hasattr(os, "fork") and hasattr(socket, "send_fds")


_IDLE: list[ForkLauncher] = []
_LENT: set[ForkLauncher] = set()
_LENDING = threading.Lock()


def shared() -> ForkLauncher:
    """A launcher of this process that nobody uses: its server serves one study after the other, and one at a time."""
    with _LENDING:
        launcher = _IDLE.pop() if _IDLE else ForkLauncher()
        _LENT.add(launcher)
        return launcher


def give_back(launcher: Launcher) -> None:
    """Keep a launcher that ``shared`` gave for the next study."""
    with _LENDING:
        if isinstance(launcher, ForkLauncher) and launcher in _LENT:
            _LENT.remove(launcher)
            _IDLE.append(launcher)


@atexit.register
def close_idle() -> None:
    """End the servers that no study uses."""
    with _LENDING:
        while _IDLE:
            _IDLE.pop().close()


@atexit.register
def _close_lent() -> None:
    while _LENT:
        _LENT.pop().close()
