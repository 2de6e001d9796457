"""How worker processes come to be: one kind of launcher a file."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.runner.channel import Channel, channels

if TYPE_CHECKING:
    import socket

    from automl.jobs import Job
    from automl.runner.devices import Device

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What a terminal, or whoever ends the whole group, sends to all: the driver decides what it means."""

_ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_CPP_MAX_VLOG_LEVEL": "0",
    "KERAS_BACKEND": "tensorflow",
    # A thread pool that the fork server starts does not survive the fork, and one thread starts none.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


@dataclass(eq=False)
class Child:
    """A worker process as its driver sees it.

    Attributes:
        job: What it is to do.
        device: What it computes on.
        channel: The connection to it; another one once it had to be launched again.
        pid: Its number, once it runs.
        over: Whether it has ended.
        code: Its exit code, a signal's number below 0; None where nobody could tell.
        refusal: Why the system would not start it.
    """

    job: Job[Any]
    device: Device
    channel: Channel = field(init=False)
    pid: int | None = None
    over: bool = False
    code: int | None = None
    refusal: str = ""

    def connect(self) -> socket.socket:
        """Make a new connection; the end that the worker is to have."""
        self.channel, theirs = channels()
        return theirs

    def started(self, pid: int) -> None:
        """The process runs: hand it its job, in a thread, as a process that is stopped takes nothing."""
        self.pid = pid
        order = pickle.dumps((_folder(), self.job, self.device))
        threading.Thread(target=_hand_over, args=(self.channel, (sys.path, order)), daemon=True).start()

    def kill(self) -> None:
        """End it at once, even where it is stopped; one that does not run yet will find nothing to do."""
        if self.over:
            return
        if self.pid is None:
            self.over = True
            self.channel.close()
            return
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


class Launcher(ABC):
    """Starts workers; none of its methods waits for another process."""

    @abstractmethod
    def launch(self, job: Job[Any], device: Device) -> Child:
        """Have a worker started."""

    @abstractmethod
    def poll(self) -> None:
        """Take the news of processes: their children's attributes change here alone."""

    @abstractmethod
    def waitables(self) -> list[Any]:
        """What there is to wait on for such news."""


def interpreter(module: str, end: socket.socket) -> subprocess.Popen[bytes]:
    """Run ``main`` of a module in a new interpreter, which finds the same modules as this one.

    Its standard input is the connection, so that it needs no file of its own, and nothing that it prints is heard. The
    signals that its whole group gets are blocked from its first instant on, until it is ready for them.

    Raises:
        OSError: The system starts no further process.
    """
    code = f"import sys; sys.path[:] = {sys.path!a}; from {module} import main; main()"
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        return subprocess.Popen(
            [sys.executable, "-c", code], env={**os.environ, **_ENVIRONMENT},
            stdin=end.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _folder() -> str:
    with suppress(OSError):
        return str(Path.cwd())
    return ""  # it has been removed


def _hand_over(channel: Channel, order: Any) -> None:
    with suppress(OSError, ValueError):
        channel.send(order)
