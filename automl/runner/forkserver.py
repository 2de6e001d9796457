"""The fork server: a process that has TensorFlow and Keras in memory, and forks a worker for each request.

The driver talks to it over its standard input. A request is a number and the socket of the new worker; the answers are
``("ready", None)`` or ``("unfit", why)`` once, then ``("started", (number, pid))``, ``("refused", (number, why))`` and
``("ended", (number, code))``.
It ends, and its workers with it, when the driver does.
"""

from __future__ import annotations

import importlib
import os
import select
import selectors
import signal
import socket
import struct
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from automl.failure import sentence
from automl.runner.channel import Channel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REQUEST = struct.Struct("!Q")
_FIRST, _LATER = "automl.runner.preload", "automl.runner.preload_later"
_IGNORED = ("SIGINT", "SIGTERM", "SIGHUP")
"""What a terminal, or whoever ends the whole group, sends to all: the driver decides what it means."""


def main() -> None:
    """Entry of the process, which the driver starts with these signals blocked."""
    numbers = [getattr(signal, name) for name in _IGNORED]
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
    control = socket.socket(fileno=os.dup(0))
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    with _leaving(control, lambda: os._exit(0)):
        _preload(control)
    _Server(control).run()


def _preload(control: socket.socket) -> None:
    try:
        importlib.import_module(_FIRST)
    except Exception as error:  # noqa: BLE001 - whatever it is: what was half imported is not to be forked
        with suppress(OSError):
            Channel(control).send(("unfit", sentence(error)))
        os._exit(1)


@contextmanager
def _leaving(control: socket.socket, leave: Callable[[], None]) -> Iterator[None]:
    """Meanwhile the process ends with its driver: importing takes seconds, or far more on a busy machine.

    The thread that watches is gone before anything is forked.
    """
    over, ours = socket.socketpair()
    poll = select.poll()
    poll.register(control, 0)  # a request may wait there; only that nobody is at the other end is told
    poll.register(over, 0)

    def watch() -> None:
        if any(handle == control.fileno() for handle, _ in poll.poll()):
            leave()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ours.close()
        thread.join()
        over.close()


class _Server:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._channel = Channel(control)
        self._workers: dict[int, int] = {}
        self._complete = False
        self._woken, self._waker = os.pipe()
        for end in (self._woken, self._waker):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # without a handler nothing is written into the pipe
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)

    def run(self) -> None:
        """Serve until the driver is gone."""
        try:
            self._channel.send(("ready", None))
            self._serve()
        except OSError:
            pass
        finally:
            self._leave()

    def _leave(self) -> None:
        for pid in self._workers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os._exit(0)  # what is in memory takes a second to be tidied up

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._woken in ready:
                    os.read(self._woken, 4096)
                self._reap()
                if self._control in ready and not self._accept():
                    return

    def _accept(self) -> bool:
        """Fork a worker for a request; false where the driver is gone."""
        data, handles, _, _ = socket.recv_fds(self._control, REQUEST.size, 1)
        if not data:
            return False
        (number,) = REQUEST.unpack(data)
        with socket.socket(fileno=handles[0]) as end:
            try:
                pid = os.fork()
            except OSError as error:
                self._channel.send(("refused", (number, error.strerror)))
                return True
            if pid == 0:
                self._become_worker(end)
        self._workers[pid] = number
        self._channel.send(("started", (number, pid)))
        if not self._complete:
            self._complete = True
            self._preload_the_rest()
        return True

    def _preload_the_rest(self) -> None:
        """Import what only later jobs need, while the first one runs on another core."""
        with _leaving(self._control, self._leave), suppress(Exception):  # the job that needs it will say why it cannot
            importlib.import_module(_LATER)

    def _become_worker(self, end: socket.socket) -> None:
        """What the fork does; it never returns."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for handle in (self._woken, self._waker, self._control.fileno()):
                os.close(handle)
            from automl.runner.worker import serve

            serve(end)
            code = 0
        finally:
            os._exit(code)

    def _reap(self) -> None:
        """Tell of the workers that have ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            number = self._workers.pop(pid, None)
            if number is not None:
                self._channel.send(("ended", (number, os.waitstatus_to_exitcode(status))))
