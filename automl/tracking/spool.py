"""What is still to be told to a tracking store, kept in the study's folder: a file of operations and how far it is."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import IO, TYPE_CHECKING

from automl.files import write_whole
from automl.tracking.operations import Begin, End, Log, Operation, Resume, decode, encode

if TYPE_CHECKING:
    from pathlib import Path

SPOOL, STATE = "tracking.jsonl", "tracking.json"
_FLUSH_SECONDS = 0.5
_CHUNK = 1 << 20


@dataclass
class State:
    """How far a spool has been sent.

    Attributes:
        cursor: Bytes of the spool that are done with.
        uri: The store that the ids below are of.
        id: The study's own id.
        experiment: The id that the store gave to the experiment.
        runs: The ids that it gave to runs that have not ended, by key.
        left: Offsets of operations that were passed over and are to be tried again.
        ended: Keys of the runs that were ended, and not gone on with.
    """

    cursor: int = 0
    uri: str = ""
    id: str = ""
    experiment: str = ""
    runs: dict[str, str] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def note(self, operation: Operation) -> None:
        """Take note of a run that ends or goes on."""
        if isinstance(operation, End | Resume) and operation.run in self.ended:
            self.ended.remove(operation.run)
        if isinstance(operation, End):
            self.ended.append(operation.run)

    @classmethod
    def load(cls, folder: Path) -> State:
        """What was saved in a folder; from the start where nothing usable was."""
        try:
            return cls(**json.loads((folder / STATE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return cls()

    def save(self, folder: Path) -> None:
        """Keep it; a disk that refuses costs a later process a few look-ups, no more."""
        with suppress(OSError):
            write_whole(folder / STATE, json.dumps(asdict(self)))


class Writer:
    """Appends operations to a spool, a few flushes a second at most.

    Args:
        folder: The study's.
        size: Bytes of what an earlier process has written; 0 begins anew.

    Raises:
        OSError: The file cannot be made.
    """

    def __init__(self, folder: Path, size: int = 0) -> None:
        self._file: IO[bytes] = (folder / SPOOL).open("r+b" if size else "wb")
        self._file.truncate(size)
        self._file.seek(size)
        self._flushed = time.monotonic()

    def append(self, operation: Operation) -> bool:
        """Add one and tell whether it went to the file: metrics wait for company.

        Raises:
            OSError: The disk is full.
        """
        self._file.write(encode(operation))
        if isinstance(operation, Log) and time.monotonic() - self._flushed < _FLUSH_SECONDS:
            return False
        self.flush()
        return True

    def flush(self) -> None:
        """Hand everything to the file.

        Raises:
            OSError: The disk is full.
        """
        self._file.flush()
        self._flushed = time.monotonic()

    def close(self) -> None:
        """Hand everything to the file, if that can be done, and let go of it."""
        with suppress(OSError):
            self._file.close()


class Reader:
    """Reads a spool, while it grows and also when its folder was deleted meanwhile.

    Raises:
        OSError: There is none, or it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._file: IO[bytes] = (folder / SPOOL).open("rb")

    def read(self, start: int) -> tuple[list[tuple[int, Operation]], int]:
        """Whole lines from an offset on, about a megabyte at most: operations by offset, and where the next begin.

        Lines that were cut or edited are passed over.
        """
        self._file.seek(start)
        found = []
        for line in self._file.readlines(_CHUNK):
            if not line.endswith(b"\n"):
                break  # its writer is at it, or died at it
            with suppress(ValueError):
                found.append((start, decode(line)))
            start += len(line)
        return found, start

    def at(self, offset: int) -> Operation:
        """The operation at an offset.

        Raises:
            ValueError: There is none.
        """
        self._file.seek(offset)
        return decode(self._file.readline())

    def size(self) -> int:
        """Bytes of the file."""
        return self._file.seek(0, 2)

    def count(self, start: int) -> int:
        """How many lines there are from an offset on."""
        self._file.seek(start)
        return sum(line.endswith(b"\n") for line in self._file)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def head(folder: Path) -> Begin | None:
    """The head of a folder's spool; ``None`` where there is no spool, or nothing usable in it."""
    try:
        with (folder / SPOOL).open("rb") as file:
            first = decode(file.readline())
    except (OSError, ValueError):
        return None
    return first if isinstance(first, Begin) else None


@dataclass(frozen=True)
class Before:
    """What an earlier process has put of a study.

    Attributes:
        ended: Keys of the runs that are ended in the store, or will be once the spool is sent.
        size: Bytes of the spool; 0 where there is none, or nothing usable in it.
    """

    ended: frozenset[str] = frozenset()
    size: int = 0


def before(folder: Path, uri: str) -> Before:
    """What an earlier process has put of a study for a store."""
    state = State.load(folder)
    if state.uri != uri:
        state = State()
    size = 0
    with suppress(OSError):
        reader = Reader(folder)
        try:
            while (found := reader.read(size))[1] > size:
                for _, operation in found[0]:
                    state.note(operation)
                size = found[1]
        finally:
            reader.close()
    return Before(frozenset(state.ended), size if head(folder) is not None else 0)


def remove(folder: Path) -> None:
    """Delete a spool of which everything was sent; what was sent is kept, for a process that goes on with the study."""
    state = State.load(folder)
    State(uri=state.uri, id=state.id, experiment=state.experiment, ended=state.ended).save(folder)
    with suppress(OSError):
        (folder / SPOOL).unlink(missing_ok=True)
