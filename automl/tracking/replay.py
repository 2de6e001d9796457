"""A spool sent to a store, in order, from where it was left."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from automl.tracking.faults import is_known, is_refused, is_taken, reason
from automl.tracking.operations import Artifact, End, Model, Register, Resume, View, merge
from automl.tracking.spool import Reader, State

if TYPE_CHECKING:
    from pathlib import Path

    from automl.tracking.operations import Operation

_TRIES = 3

_APART = (Artifact, Model, Register, View)
"""What can fail alone: artifacts and models often lie in another place than runs, and nothing waits for these."""


class Target(Protocol):
    """What a spool is sent to."""

    uri: str
    patience: float

    def ping(self) -> None:
        """See whether it answers."""

    def apply(self, operation: Operation, state: State, folder: Path, *, again: bool) -> None:
        """Do one operation."""


class Replay:
    """Sends the spool of one study.

    Args:
        folder: The study's folder.
        store: What to send it to.
        state: How far it was sent; by default as the folder says, from the start for another store than before.
        again: Whether the store may know of the study although the state does not.

    Attributes:
        state: How far it is.
        sent: Counts what was done.
        refused: Why operations were given up for good, one entry each.

    Raises:
        OSError: There is no spool, or it cannot be read.
    """

    def __init__(self, folder: Path, store: Target, state: State | None = None, *, again: bool = False) -> None:
        self.sent = 0
        self.refused: list[str] = []
        self._again = again or state is None
        saved = state or State.load(folder)
        self.state = saved if saved.uri == store.uri else State(uri=store.uri)
        self._folder, self._store, self._reader = folder, store, Reader(folder)
        self._queue: deque[tuple[int, Operation]] = deque()
        self._end = self.state.cursor
        self._tries = 0

    def run(self) -> None:
        """Send all that there is by now.

        Raises:
            Exception: The store's, where it cannot be reached; another call goes on from there.
        """
        while self._queue or self._fill():
            while self._queue:
                self._send(*self._queue[0])
                self._done(self._queue.popleft()[1])
            self.state.cursor = self._end
            self.state.save(self._folder)

    def retry(self) -> None:
        """Try once more what was passed over; what fails again stays where it is."""
        for offset in list(self.state.left):
            operation = self._reader.at(offset)
            try:
                self._store.apply(operation, self.state, self._folder, again=True)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others have their turn
                if not is_refused(error):
                    continue
                self.refused.append(reason(error))
            self.state.left.remove(offset)
            self._done(operation)

    def missing(self) -> int:
        """How many entries have not been sent."""
        return len(self.state.left) + self._reader.count(self.state.cursor)

    def close(self) -> None:
        """Let go of the spool."""
        self._reader.close()

    def _fill(self) -> bool:
        entries, self._end = self._reader.read(self.state.cursor)
        self._queue.extend(merge(entries))
        return self._end > self.state.cursor

    def _done(self, operation: Operation) -> None:
        self.sent += 1
        self._tries = 0
        if isinstance(operation, End | Resume):
            self.state.note(operation)
            self.state.save(self._folder)

    def _send(self, offset: int, operation: Operation) -> None:
        try:
            self._store.apply(operation, self.state, self._folder, again=self._again or self._tries > 0)
        except Exception as error:
            self._tries += 1
            if is_taken(error):
                if self._tries < _TRIES:  # the next look finds what another has just made; else it is there already
                    self._send(offset, operation)
            elif is_refused(error) or (not is_known(error) and self._alone()):
                self.refused.append(reason(error))
            elif isinstance(operation, _APART) and self._alone():
                self.state.left.append(offset)
            else:
                raise

    def _alone(self) -> bool:
        """Whether an operation failed several times while the store answers, so that it must not hold up the rest."""
        if self._tries < _TRIES:
            return False
        try:
            self._store.ping()
        except Exception:  # noqa: BLE001 - the store is away
            return False
        return True
