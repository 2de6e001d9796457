"""The journal of a study on disk."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from automl.errors import StorageError
from automl.study.journal.apply import apply, begun
from automl.study.journal.coding import UnknownError, decode, encode
from automl.study.journal.events import StudyEnded, StudyStarted, TrialReported

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from automl.records import StudyRecord
    from automl.study.journal.events import Event

JOURNAL = "journal.jsonl"
"""The file in a study's folder."""

_TAIL = 1 << 16
"""Bytes that surely hold the last event of a study that ended: it is a state and a sentence."""


class Journal:
    """A study's events, and the record that they add up to.

    An event counts once it is in the file, and only with what a reader of the file would make of it. One process
    writes at a time: whoever holds the study's lock.

    Args:
        path: The file.
        record: What it adds up to.
        size: Bytes of it that do; what follows is the beginning of an event that never counted.

    Attributes:
        record: The study as it stands.
        last: ``time.time()`` of the latest event.

    Raises:
        OSError: The file cannot be written.
    """

    def __init__(self, path: Path, record: StudyRecord, size: int, last: float) -> None:
        self.record = record
        self.last = last
        self._size = size
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._is_open = True
        os.ftruncate(self._file, size)
        os.lseek(self._file, size, os.SEEK_SET)

    @classmethod
    def begin(cls, folder: Path, event: StudyStarted) -> Journal:
        """The journal of a new study.

        Raises:
            OSError: It cannot be written.
        """
        line = encode(event)
        started = decode(line)
        assert isinstance(started, StudyStarted)
        journal = cls(folder / JOURNAL, begun(started, folder), 0, event.time)
        journal._write(line, synced=True)
        _sync_folder(folder)
        return journal

    @classmethod
    def reopen(cls, folder: Path) -> Journal:
        """The journal of a study that began earlier, to go on with.

        Raises:
            StorageError: It holds no study, is damaged, or of a newer version.
            OSError: It cannot be read or written.
        """
        path = folder / JOURNAL
        record, size, last = _replay(path)
        return cls(path, record, size, last)

    def append(self, event: Event) -> None:
        """Write an event, and have it count.

        Raises:
            OSError: It cannot be written; nothing has changed.
        """
        line = encode(event)
        self._write(line, synced=event.synced)
        # A report is numbers by name, which come back as they are, and there may be hundreds a second.
        self._count(event if isinstance(event, TrialReported) else decode(line))

    def end(self, event: StudyEnded) -> None:
        """Write the last event; it counts even where it cannot be written, so that what was found is told.

        Raises:
            OSError: It cannot be written.
        """
        line = encode(event)
        try:
            self._write(line, synced=True)
        finally:
            self._count(decode(line))

    def close(self) -> None:
        """Let go of the file; any number of times."""
        if self._is_open:
            self._is_open = False
            os.close(self._file)

    def _count(self, event: Event) -> None:
        apply(self.record, event)
        self.last = event.time

    def _write(self, line: bytes, *, synced: bool) -> None:
        left = memoryview(line)
        try:
            while left:
                left = left[os.write(self._file, left) :]
            if synced:
                os.fsync(self._file)
        except OSError as error:
            with suppress(OSError):  # what follows is not to stand behind half a line
                os.ftruncate(self._file, self._size)
                os.lseek(self._file, self._size, os.SEEK_SET)
            raise OSError(error.errno, error.strerror, JOURNAL) from error
        self._size += len(line)


def replay(path: Path) -> StudyRecord:
    """The study of a journal, as far as it was known when the journal was written last.

    Args:
        path: The file, in the study's folder, wherever that lies now.

    Raises:
        StorageError: It holds no study, is damaged, or of a newer version.
        OSError: It cannot be read.
    """
    return _replay(path)[0]


def is_open(folder: Path) -> bool:
    """Whether a study's journal has no end: the study runs, or was killed.

    Raises:
        OSError: It cannot be read.
    """
    path = folder / JOURNAL
    if not path.is_file():
        return False
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        lines = [line for line in file.read().splitlines(keepends=True) if line.endswith(b"\n")]
    with suppress(ValueError, IndexError):
        return not isinstance(decode(lines[-1]), StudyEnded)
    return True


def _replay(path: Path) -> tuple[StudyRecord, int, float]:
    """The record, the bytes that it is made of, and the time of the latest event."""
    record: StudyRecord | None = None
    size, last = 0, 0.0
    for number, (event, end) in enumerate(_events(path), start=1):
        try:
            if record is None:
                record = _beginning(event, path)
            else:
                apply(record, event)
        except (KeyError, ValueError) as error:
            raise _damaged(path, number) from error
        size, last = end, event.time
    if record is None:
        raise StorageError(f"{path} holds no study: not even its beginning could be written.")
    return record, size, last


def _beginning(event: Event, path: Path) -> StudyRecord:
    if not isinstance(event, StudyStarted):
        raise ValueError("A journal begins with the start of its study.")  # noqa: TRY004 - of its content
    return begun(event, path.parent)


def _events(path: Path) -> Iterator[tuple[Event, int]]:
    """The events and where each ends; what a crash left behind the last of them is passed over."""
    end, broken = 0, 0
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                event = _event(line)
            except UnknownError as error:
                raise StorageError(
                    f"{path}: line {number} is of a newer version of automl: '{error}'. Read it with that version."
                ) from error
            except ValueError:
                broken = broken or number
                continue
            if broken:
                raise _damaged(path, broken)
            end += len(line)
            yield event, end


def _event(line: bytes) -> Event:
    if not line.endswith(b"\n"):
        raise ValueError("The line was cut.")
    return decode(line)


def _damaged(path: Path, number: int) -> StorageError:
    return StorageError(f"{path} is damaged: line {number} is no event, or cannot come there, and others follow it.")


def _sync_folder(folder: Path) -> None:
    """Have the file's name on the disk as well, where the system can."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
