"""The journal of a study as it is read: what was known when it was written last."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from automl.errors import StorageError
from automl.study.journal.apply import apply, begun
from automl.study.journal.coding import UnknownError, decode
from automl.study.journal.events import StudyEnded, StudyStarted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from automl.records import StudyRecord
    from automl.study.journal.events import Event

JOURNAL = "journal.jsonl"
"""The file in a study's folder."""

_TAIL = 1 << 16
"""Bytes that surely hold the last event of a study that ended: it is a state and a sentence."""


def replay(path: Path) -> StudyRecord:
    """The study of a journal, as far as it was known when the journal was written last.

    Args:
        path: The file, in the study's folder, wherever that lies now.

    Raises:
        StorageError: It holds no study, is damaged, or of a newer version.
        OSError: It cannot be read.
    """
    return read(path)[0]


def is_open(folder: Path) -> bool:
    """Whether a study's journal has no end: the study runs, or was killed.

    Raises:
        OSError: It cannot be read.
    """
    path = folder / JOURNAL
    if not path.is_file():
        return False
    with suppress(ValueError, IndexError):
        return not isinstance(decode(_tail(path)[-1]), StudyEnded)
    return True


def read(path: Path) -> tuple[StudyRecord, int, float]:
    """The record, the bytes of the file that it is made of, and ``time.time()`` of the latest event.

    Raises:
        StorageError: It holds no study, is damaged, or of a newer version.
        OSError: It cannot be read.
    """
    found = None
    for record, event, end in history(path):
        found = record, end, event.time
    if found is None:
        raise StorageError(f"{path} holds no study: not even its beginning could be written.")
    return found


def history(path: Path) -> Iterator[tuple[StudyRecord, Event, int]]:
    """The record as it stood after each event, the event, and where in the file it ends.

    The record is one and the same, and changes.

    Raises:
        StorageError: The journal is damaged, or of a newer version.
        OSError: It cannot be read.
    """
    record: StudyRecord | None = None
    for number, (event, end) in enumerate(_events(path), start=1):
        try:
            if record is None:
                record = _beginning(event, path)
            else:
                apply(record, event)
        except (KeyError, ValueError) as error:
            raise _damaged(path, number) from error
        yield record, event, end


def last_time(folder: Path) -> float:
    """``time.time()`` of a study's latest event that can be read in the tail of its journal; 0 where there is none."""
    with suppress(OSError):
        for line in reversed(_tail(folder / JOURNAL)):
            with suppress(ValueError):
                return decode(line).time
    return 0.0


def _tail(path: Path) -> list[bytes]:
    """The last whole lines."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        return [line for line in file.read().splitlines(keepends=True) if line.endswith(b"\n")]


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
