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


def family(pid: int) -> list[int]:
    """A process and what it has started, directly or not, as far as the system tells."""
    members = [pid]
    for one in members:  # grows meanwhile
        with suppress(OSError):
            for task in os.listdir(_PROC / str(one) / "task"):  # noqa: PTH208 - names are all that is wanted
                members += map(int, (_PROC / str(one) / "task" / task / "children").read_text().split())
    return members


def anonymous_memory(pid: int) -> int:
    """Bytes that a process has in memory, or swapped, and in no file; pages that it shares since a fork among them."""
    return sum(_kilobytes(pid, "status", ("RssAnon", "VmSwap")).values()) * 1024


def private_memory(pid: int) -> int:
    """Bytes of ``anonymous_memory`` that a process shares with no other, no less; it takes some milliseconds."""
    told = _kilobytes(pid, "smaps_rollup", ("Private_Dirty", "Anonymous", "Swap"))
    return (min(told.get("Private_Dirty", 0), told.get("Anonymous", 0)) + told.get("Swap", 0)) * 1024


def exact_private_memory(pid: int) -> int:
    """The same without pages of mapped files that were changed, which the system can write back; it takes longer."""
    total = dirty = 0
    with suppress(OSError):
        for line in (_PROC / str(pid) / "smaps").read_text(errors="replace").splitlines():
            if line.startswith("Private_Dirty:"):
                dirty = int(line.split()[1])
            elif line.startswith("Anonymous:"):
                total += min(dirty, int(line.split()[1]))
            elif line.startswith("Swap:"):
                total += int(line.split()[1])
    return total * 1024


def _kilobytes(pid: int, file: str, names: tuple[str, ...]) -> dict[str, int]:
    """Lines such as ``RssAnon:  1024 kB``; none of a process that is gone."""
    found = {}
    with suppress(OSError):
        for line in (_PROC / str(pid) / file).read_text(errors="replace").splitlines():
            name, _, rest = line.partition(":")
            if name in names:
                found[name] = int(rest.split()[0])
    return found


def _stat(pid: int) -> list[str] | None:
    """The fields after the command's name, which may hold anything."""
    try:
        return (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def _cpu(fields: list[str]) -> float:
    return (int(fields[11]) + int(fields[12])) / _TICKS
