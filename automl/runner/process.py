"""What the system tells of a process from outside, without its help."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Effort(NamedTuple):
    """What a process has done so far.

    Attributes:
        cpu: Seconds that all its threads have computed.
        turns: How often its main thread was given a processor: one that waits for data, or that competes for a
            crowded machine, gets turns while it computes next to nothing; one that is stopped, or waits for ever,
            gets none.
    """

    cpu: float
    turns: int


def effort(pid: int) -> Effort | None:
    """What a process has done so far; None where the system does not tell (it has none of Linux's ``/proc``)."""
    fields = _stat(pid)
    if fields is None:
        return None
    turns = 0
    with suppress(OSError, ValueError, IndexError):
        turns = int((_PROC / str(pid) / "schedstat").read_text().split()[2])
    return Effort(_cpu(fields), turns)


def family_cpu(pid: int) -> float:
    """Seconds that the children of a process, theirs included, have computed."""
    parents: dict[int, list[int]] = {}
    seconds: dict[int, float] = {}
    for name in os.listdir(_PROC) if _PROC.is_dir() else ():  # noqa: PTH208 - a Path for each would cost more
        fields = _stat(int(name)) if name.isdigit() else None
        if fields is not None:
            parents.setdefault(int(fields[1]), []).append(int(name))
            seconds[int(name)] = _cpu(fields)
    family, total = list(parents.get(pid, ())), 0.0
    while family:
        one = family.pop()
        total += seconds[one]
        family += parents.get(one, ())
    return total


def _stat(pid: int) -> list[str] | None:
    """The fields after the command's name, which may hold anything."""
    try:
        return (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def _cpu(fields: list[str]) -> float:
    return (int(fields[11]) + int(fields[12])) / _TICKS
