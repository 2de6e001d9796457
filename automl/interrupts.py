"""What Ctrl-C, a request to end and a lost terminal do: all the same, and never in the middle of something."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXIT_INTERRUPTED = 130
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))
# Each interrupt ends what the study is doing; this one no longer waits for the driver to notice, as where a plugin
# hangs in the driver's own process (the inline runner).
_PATIENCE = 4


class Interrupted(KeyboardInterrupt):
    """The user ended what was being done; no ``except Exception`` stops it."""


class Interrupts:
    """Counts what asks the study to end; its loop looks at the count.

    Attributes:
        count: How often the user asked to end: each time ends what is being done, sooner.
    """

    def __init__(self) -> None:
        self.count = 0
        self._respond: Callable[[int], None] = _break_in

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Meanwhile signals are counted."""
        before = _install(self._arrived)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def answered(self, respond: Callable[[int], None]) -> Iterator[None]:
        """Meanwhile ``respond`` is called with the number of interrupts since this began, out of the signal handler."""
        first, before = self.count, self._respond
        self._respond = lambda count: respond(count - first)
        try:
            yield
        finally:
            self._respond = before

    def _arrived(self, number: int, frame: Any) -> None:
        del number, frame
        self.count += 1
        self._respond(self.count)


def leave_at_once() -> None:
    """Until a study counts them, an interrupt ends the process with one line: nothing was made yet."""
    _install(_leave)


def default_interrupts() -> None:
    """Give signals back their usual meaning: ``KeyboardInterrupt``, and an end without words."""
    handlers = {signal.SIGINT: signal.default_int_handler}
    if _in_main_thread():
        for number in _SIGNALS:
            if signal.getsignal(number) is _leave:
                signal.signal(number, handlers.get(number, signal.SIG_DFL))


def say(text: str) -> None:
    """Write a line to standard error past every buffer, as a signal handler may."""
    with suppress(OSError):
        os.write(2, f"automl: {text}\n".encode(errors="replace"))


def _install(handler: Callable[[int, Any], None]) -> dict[int, Any]:
    """Handle signals, where Python lets this thread do so; what handled them before."""
    if not _in_main_thread():
        return {}
    return {number: signal.signal(number, handler) for number in _SIGNALS if not _is_nohup(number)}


def _is_nohup(number: int) -> bool:
    """Whether ``nohup`` asked for the study to outlive its terminal."""
    return number != signal.SIGINT and signal.getsignal(number) is signal.SIG_IGN


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _break_in(count: int) -> None:
    if count >= _PATIENCE:
        raise KeyboardInterrupt


def _leave(number: int, frame: Any) -> None:
    del number, frame
    say("interrupted.")
    os._exit(EXIT_INTERRUPTED)
