"""Studies whose process was killed: found by the next one in their folder, and marked so."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from automl.errors import StorageError
from automl.files import Lock
from automl.records import StudyState, TrialState
from automl.report.summary import write_summary
from automl.report.wording import resume_command
from automl.study.journal import JOURNAL, Journal
from automl.study.journal.events import StudyEnded

if TYPE_CHECKING:
    from automl.records import StudyRecord

LOCK = "lock"
"""The file in a study's folder that its process holds, and removes when it ends in order."""


def mark_killed(experiments: Path) -> list[str]:
    """Write the end of every study whose process is gone without having done so.

    Only folders with a lock are looked into: a thousand studies that ended in order cost a look each.

    Returns:
        One sentence a study.
    """
    with suppress(OSError), os.scandir(experiments) as entries:
        locks = [Path(entry.path, LOCK) for entry in entries]
        return [note for path in locks if path.exists() and (note := _mark(path))]
    return []


def _mark(path: Path) -> str:
    """Mark one study; empty where it lives, where another command marks it, or where there is nothing to say."""
    lock = Lock(path)
    try:
        if not lock.take():
            return ""
        note = _end(path.parent)
        path.unlink(missing_ok=True)
    except (OSError, ImportError, StorageError):
        return ""  # a folder that cannot be written, locked or read is as it was
    finally:
        lock.release()
    return note


def _end(folder: Path) -> str:
    """Write the end into a journal that has none; what its process did last is when it ended."""
    if not (folder / JOURNAL).is_file():
        return ""
    journal = Journal.reopen(folder)
    record = journal.record
    try:
        if record.state is not StudyState.RUNNING:
            return ""
        journal.append(death(record, journal.last))
    finally:
        journal.close()
    write_summary(record)
    return f"study {folder.name} was killed; it goes on with: {resume_command(folder)}"


def death(record: StudyRecord, last: float) -> StudyEnded:
    """The end of a study that was killed.

    Args:
        record: The study as it stood.
        last: ``time.time()`` of what its process did last.
    """
    ended = len(record.trials) - record.count(TrialState.RUNNING)
    return StudyEnded(state=StudyState.KILLED, message=f"The study was killed; {ended} trials had ended.", time=last)
