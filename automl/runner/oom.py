"""Whether the kernel killed a process because memory ran out."""

from __future__ import annotations

from collections import deque
from pathlib import Path, PurePosixPath

_SYSTEM = Path("/")
_V2, _V1 = "sys/fs/cgroup", "sys/fs/cgroup/memory"


class OomCounters:
    """The kernel's counters of such kills, looked at regularly.

    The control groups of this process are asked, from its own to the root (the root's of version 1 counts nothing),
    and ``/proc/vmstat``, which counts for the whole machine.

    Args:
        system: Where ``proc`` and ``sys`` lie.
        looks: How many looks back a kill may lie: a process with much memory takes seconds to die.
    """

    def __init__(self, system: Path = _SYSTEM, looks: int = 10) -> None:
        self._files = [*_group_files(system), system / "proc/vmstat"]
        self._seen: deque[list[int]] = deque(maxlen=looks)
        self.look()

    def look(self) -> None:
        """Note what the counters say now."""
        self._seen.append([_count(path) for path in self._files])

    def risen(self) -> bool:
        """Whether a counter has grown of late; what is told here is not told again."""
        before, now = self._seen[0], [_count(path) for path in self._files]
        self._seen.clear()
        self._seen.append(now)
        return any(count > old for count, old in zip(now, before, strict=True))


def _group_files(system: Path) -> list[Path]:
    """The counters of this process's control group and of those above it, versions 2 and 1."""
    files = []
    for line in _lines(system / "proc/self/cgroup"):
        _, controllers, group = (*line.split(":", 2), "", "")[:3]
        if not controllers:
            files += [system / _V2 / one / "memory.events" for one in _upwards(group)]
        elif "memory" in controllers.split(","):
            files += [system / _V1 / one / "memory.oom_control" for one in _upwards(group)]
    return files


def _upwards(group: str) -> list[str]:
    path = PurePosixPath("/" + group.strip("/"))
    return [str(one).lstrip("/") for one in (path, *path.parents)]


def _count(path: Path) -> int:
    for line in _lines(path):
        name, _, count = line.partition(" ")
        if name == "oom_kill" and count.strip().isdigit():
            return int(count)
    return 0


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []
