"""Folders that are being filled: whose they are, and their end where their owner is dead."""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SCRATCH = re.compile(r"\.(\d+)-")
"""How the name of a folder that is being filled begins: with the number of the process that fills it."""

_IDLE = 60.0
"""Seconds: a cache may be shared with another machine, whose processes nobody here can see."""


def prefix(name: str) -> str:
    """How the name of a folder begins in which this process makes the entry ``name``."""
    return f".{os.getpid()}-{name}-"


def sweep(cache: Path, pid: int | None) -> None:
    """Remove what a process that is dead now has left half-written."""
    if pid is not None:
        _remove(cache, lambda owner: owner == pid)


def sweep_dead(cache: Path) -> None:
    """Remove what processes that there are no more have left half-written, if it has lain for a while."""
    _remove(cache, lambda owner: not _lives(owner), idle=_IDLE)


def _remove(cache: Path, of: Callable[[int], bool], idle: float = 0.0) -> None:
    """Remove the scratch folders whose owner's process number is as asked for."""
    try:
        names = os.listdir(cache)  # noqa: PTH208 - names are all that is wanted
    except OSError:
        return
    for name in names:
        owner = _SCRATCH.match(name)
        if owner is not None and of(int(owner[1])) and _touched(cache / name) <= time.time() - idle:
            shutil.rmtree(cache / name, ignore_errors=True)


def _touched(folder: Path) -> float:
    """When a folder or a file in it changed last."""
    latest = 0.0
    with suppress(OSError):
        latest = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
    return latest


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
