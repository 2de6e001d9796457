"""The thread that sends a study's spool while the study runs, so that no worker waits for a database."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from automl.tracking.faults import reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.tracking.replay import Replay, Target

_BATCH_SECONDS = 10.0
_LONGEST_PAUSE = 30.0
_AFTER_INTERRUPT = 2.0
_LAST_TRIES = 4


class Sender:
    """Connects to a store, and sends what is put before it until it is told to finish.

    Args:
        store: Where to send to.
        prepare: Called once in the thread when the store is first reached; its faults are of no consequence.

    Attributes:
        problem: Why the store could not be reached when it was tried last; empty where it could.
        trouble: The first such reason of all.
    """

    def __init__(self, store: Target, prepare: Callable[[], None]) -> None:
        self.problem = ""
        self.trouble = ""
        self._store, self._prepare = store, prepare
        self._replay: Replay | None = None
        self._state = threading.Condition()
        self._woken = self._closing = self._prepared = False
        self._failures = 0
        self._latest: float | None = None
        self._thread = threading.Thread(target=self._work, name="mlflow", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def put(self, replay: Replay) -> None:
        """Send this from now on."""
        self._replay = replay
        self.wake()

    def wake(self) -> None:
        """There is something that should not wait for the next batch."""
        with self._state:
            self._woken = True
            self._state.notify()

    def finish(self) -> None:
        """Wait until everything is sent: as long as it goes on, but not for a store that does not answer.

        An interrupt ends the waiting within two seconds, and a second one at once.
        """
        with self._state:
            self._closing = True
            self._state.notify()
        try:
            self._wait()
        except KeyboardInterrupt:
            if self._latest is None:
                self.hurry()
                self._wait()

    def hurry(self) -> None:
        """Wait two seconds more at most."""
        self._latest = time.monotonic() + _AFTER_INTERRUPT

    def _wait(self) -> None:
        last = time.monotonic()
        seen = self._progress()
        while self._thread.is_alive():
            self._thread.join(0.1)
            now, done = time.monotonic(), self._progress()
            if done != seen:
                seen, last = done, now
            if now - last > self._store.patience or (self._latest is not None and now > self._latest):
                return

    def _progress(self) -> tuple[object, ...]:
        """Changes whenever something was done."""
        return self._prepared, self._store.patience, self._replay.sent if self._replay is not None else 0

    def _work(self) -> None:
        while True:
            closing = self._closing
            self._try()
            if closing and not 0 < self._failures <= _LAST_TRIES:
                return
            pause = min(_LONGEST_PAUSE, 2.0 ** (self._failures - 1)) if self._failures else _BATCH_SECONDS
            with self._state:
                self._state.wait_for(partial(self._due, closing), pause)
                self._woken = False

    def _due(self, closing: bool) -> bool:
        """Whether to end a pause: the study closes, or something was put that no failing store keeps waiting."""
        return self._closing != closing or (self._woken and not self._failures)

    def _try(self) -> None:
        try:
            self._send()
            self._failures, self.problem = 0, ""
        except Exception as error:  # noqa: BLE001 - tracking must not end a study
            self._failures += 1
            self.problem = reason(error)
            self.trouble = self.trouble or self.problem

    def _send(self) -> None:
        if not self._prepared:
            self._store.ping()
            self._prepared = True
            self._prepare()
        if self._replay is not None:
            self._replay.run()
            if self._closing:
                self._replay.retry()
