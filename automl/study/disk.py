"""What a study's folder takes on the disk, held to ``search.disk_gb``."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from automl.resources import in_words

if TYPE_CHECKING:
    from pathlib import Path

    from automl.study.context import Context

_SECONDS = 1.0
# Walking through a folder of a thousand trials takes some milliseconds; at most a fiftieth of the driver's time.
_SHARE = 50.0
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
        self._next = 0.0

    def enforce(self) -> None:
        """Look, if it is time to."""
        if self._limit is None or time.monotonic() < self._next:
            return
        began = time.monotonic()
        taken = size(self._study.record.folder)
        while taken > _LOW * self._limit and self._study.selection.shrink():
            taken = size(self._study.record.folder)
        if taken > self._limit:
            self._study.close_search(f"search.disk_gb: the study's folder takes {in_words(taken)}.")
        ended = time.monotonic()
        self._next = ended + max(_SECONDS, _SHARE * (ended - began))


def size(folder: Path) -> int:
    """Bytes that the files of a folder take; those that vanish meanwhile are passed over."""
    total = 0
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                inner = entry.is_dir(follow_symlinks=False)
                total += size(folder / entry.name) if inner else entry.stat(follow_symlinks=False).st_size
    return total
