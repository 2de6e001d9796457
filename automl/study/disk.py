"""What a study's folder takes on the disk, held to ``search.disk_gb``."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from automl.resources import in_words
from automl.study.pace import Pace

if TYPE_CHECKING:
    from pathlib import Path

    from automl.study.context import Context

_LOW = 0.9
"""The share of the limit above which models are let go of, before trials have to end."""


class Disk:
    """Looks at the folder from time to time, and lets go of models, or else ends the search.

    Args:
        study: The study.
    """

    def __init__(self, study: Context) -> None:
        self._study = study
        limit = study.record.config["search"].get("disk_gb")
        self._limit = None if limit is None else limit * 1e9
        self._pace = Pace()

    def enforce(self) -> None:
        """Look, if it is time to."""
        if self._limit is not None and self._pace.is_due:
            with self._pace.taken():
                self._hold(self._limit)

    def _hold(self, limit: float) -> None:
        taken = size(self._study.record.folder)
        while taken > _LOW * limit and self._study.selection.shrink():
            taken = size(self._study.record.folder)
        if taken > limit:
            self._study.close_search(f"search.disk_gb: the study's folder takes {in_words(taken)}.")


def size(folder: Path) -> int:
    """Bytes that the files of a folder take; those that vanish meanwhile are passed over."""
    total = 0
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                inner = entry.is_dir(follow_symlinks=False)
                total += size(folder / entry.name) if inner else entry.stat(follow_symlinks=False).st_size
    return total
