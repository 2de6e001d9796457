"""A study's record out of its folder, whether it ended, was killed, or runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.files import Lock
from automl.records import StudyState
from automl.study.journal import JOURNAL, replay
from automl.study.journal.apply import apply
from automl.study.killed import LOCK, death

if TYPE_CHECKING:
    from pathlib import Path

    from automl.records import StudyRecord


def read_record(folder: Path) -> StudyRecord:
    """What a folder tells of its study; one whose process is gone without having closed it is told as killed.

    Raises:
        StorageError: The journal cannot be read, or is damaged.
    """
    record = replay(folder / JOURNAL)
    if record.state is StudyState.RUNNING and not Lock(folder / LOCK).held():
        apply(record, death(record, (folder / JOURNAL).stat().st_mtime))
    return record
