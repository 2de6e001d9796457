"""The journal of a study as it is written."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from automl.study.journal.apply import apply, begun
from automl.study.journal.coding import decode, encode
from automl.study.journal.events import StudyStarted, TrialReported
from automl.study.journal.reading import JOURNAL, read

if TYPE_CHECKING:
    from pathlib import Path

    from automl.records import StudyRecord
    from automl.study.journal.events import Event, StudyEnded


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
            OSError: It cannot be written, or there is one.
        """
        line = encode(event)
        started = decode(line)
        assert isinstance(started, StudyStarted)
        (folder / JOURNAL).touch(exist_ok=False)  # the truth of another study is not to be cut to nothing
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
        return cls(path, *read(path))

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


def _sync_folder(folder: Path) -> None:
    """Have the file's name on the disk as well, where the system can."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
