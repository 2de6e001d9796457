"""What a study keeps in its folder beside its journal: a summary for machines, the folders and traces of its jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.errors import StorageError
from automl.files import write_whole
from automl.report.summary import write_summary
from automl.study.pace import Pace

if TYPE_CHECKING:
    from pathlib import Path

    from automl.records import StudyRecord
    from automl.runner.base import Failed


class Kept:
    """The files of a running study; the summary is drawn from its record, and may be a moment late.

    Args:
        record: The study.
    """

    def __init__(self, record: StudyRecord) -> None:
        self._record = record
        self._identity: tuple[int, int] | None = None
        self._changed = False
        self._pace = Pace()

    def begin(self) -> None:
        """Write the first summary.

        Raises:
            OSError: The folder cannot be written.
        """
        self._identity = _identity(self._record.folder)
        self.summarise()

    def job_folder(self, *names: str) -> str:
        """A folder for a job, by its path in the study's own, which is not made again where it is gone."""
        path = self._record.folder
        for name in names:
            path = path / name
            path.mkdir(exist_ok=True)
        return "/".join(names)

    def trace(self, event: Failed) -> None:
        """Keep a job's traceback in its folder; where an earlier attempt left one and this has none, that one goes."""
        path = event.job.dir / "traceback.txt"
        if event.trace:
            write_whole(path, event.trace)
        else:
            path.unlink(missing_ok=True)

    def changed(self) -> None:
        """The summary is to be written again, when it is due."""
        self._changed = True

    def tick(self) -> None:
        """Write the summary if it is due.

        Raises:
            StorageError: The study's folder is gone.
            OSError: It cannot be written.
        """
        if self.is_gone():
            raise gone(self._record.folder)
        if self._changed and self._pace.is_due:
            self.summarise()

    def summarise(self) -> None:
        """Write the summary now.

        Raises:
            OSError: The folder cannot be written.
        """
        with self._pace.taken():
            write_summary(self._record)
        self._changed = False

    def is_gone(self) -> bool:
        """Whether the folder that the study began in was removed, or lies on a disk that is no longer there."""
        return self._identity is not None and self._identity != _identity(self._record.folder)


def gone(folder: Path) -> StorageError:
    """What to say of a study whose folder was taken away."""
    return StorageError(
        f"The study ended because its folder is gone: {folder} was removed, or its disk is no longer there. What was"
        " tracked is in MLflow."
    )


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
