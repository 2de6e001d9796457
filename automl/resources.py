"""What a process has of this machine: processors, memory that it may take, and room on disks."""

from __future__ import annotations

import math
import os
import shutil
from pathlib import Path

_UNIT = 1000
_PROC = Path("/proc")
_CGROUPS = Path("/sys/fs/cgroup")


def cores() -> int:
    """Processors that this process may use at once: those that it is pinned to, within the container's quota."""
    present = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [quota for group in _groups() if (quota := _quota(group / "cpu.max"))]
    legacy = _CGROUPS / "cpu"
    if quota := _quota(legacy / "cpu.cfs_quota_us", legacy / "cpu.cfs_period_us"):
        quotas.append(quota)
    return max(1, min([present, *map(math.ceil, quotas)]))


def free_memory() -> int:
    """Bytes of memory that this process can still have: what the machine has left, within the container's limit."""
    return min([_free_of_machine(), *_free_of_groups()])


def free_disk(folder: Path) -> int:
    """Bytes that are free where a folder is, or is to be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def in_words(size: float) -> str:
    """A number of bytes in a unit that suits it.

    Example:
        >>> in_words(3_840_000_000_000)
        '3.8 TB'
    """
    for unit in ("B", "kB", "MB", "GB", "TB", "PB"):
        if size < _UNIT:
            return f"{size:.3g} {unit}"
        size /= _UNIT
    return f"{size:.3g} EB"


def _free_of_machine() -> int:
    try:
        lines = (_PROC / "meminfo").read_text().splitlines()
        told = dict(line.split(":", 1) for line in lines if ":" in line)
        return int(told["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _groups() -> list[Path]:
    """The control groups that this process is in, the innermost first."""
    try:
        path = (_PROC / "self" / "cgroup").read_text().rpartition("0::")[2].strip().strip("/")
    except OSError:
        return []
    own = _CGROUPS / path
    return [own, *own.parents[: len(Path(path).parts)]] if path else [own]


def _quota(*files: Path) -> float | None:
    """The processors that a quota and its period come to; None where there is no limit."""
    try:
        quota, period = map(float, " ".join(file.read_text() for file in files).split())
    except (OSError, ValueError):  # there is no such group, or its limit is the word "max"
        return None
    return quota / period if quota > 0.0 < period else None  # of the older kind -1 is no limit


def _free_of_groups() -> list[int]:
    """What the control groups that this process is in have left, where they limit memory."""
    found = [_left(group, "memory.max", "memory.current", "inactive_file") for group in _groups()]
    legacy = _CGROUPS / "memory"
    found.append(_left(legacy, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"))
    return [left for left in found if left is not None]


def _left(group: Path, limit: str, usage: str, cache: str) -> int | None:
    """Bytes below a group's limit; pages of files that it would give back count as free."""
    try:
        used = int((group / usage).read_text())
        told = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        return max(0, int((group / limit).read_text()) - used + int(told.get(cache, 0)))
    except (OSError, ValueError):  # there is no such group, or its limit is the word "max"
        return None
