"""A limit to the memory of each worker, watched from outside by a thread of the driver's."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from automl.resources import in_words
from automl.runner.process import anonymous_memory, exact_private_memory, family, private_memory

if TYPE_CHECKING:
    from automl.runner.launch import Child

_PACE = 0.1
"""Seconds between two looks, in which a process can take some hundred megabytes."""
_SELDOM = 1.0
"""Seconds between two looks at what costs more: which processes a worker has started, and which pages it shares."""


@dataclass(eq=False)
class _Watched:
    members: list[int] = field(default_factory=list)
    counted: float = 0.0
    looked: float = 0.0
    bound: int = 0
    used: int = 0


class MemoryGuard:
    """Kills workers that take more memory than they are to.

    What counts is what a worker, with the programs that it has started, shares with no other process: neither the pages
    that it has from the fork server nor those of mapped files, which the system can take back. A thread of its own
    looks, since the driver may be busy with something else for seconds, in which a worker fills any machine.

    Args:
        limit: Bytes.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._watched: dict[Child, _Watched] = {}
        self._excess: dict[Child, int] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        threading.Thread(target=self._run, name="memory", daemon=True).start()

    def watch(self, child: Child) -> None:
        """Look at a worker from now on."""
        with self._lock:
            self._watched[child] = _Watched()

    def forget(self, child: Child) -> str:
        """Look at it no more; what to say of it in a sentence where it was killed."""
        with self._lock:
            self._watched.pop(child, None)
            used = self._excess.pop(child, None)
        if used is None:
            return ""
        return f"The trial took {in_words(used)} of memory; runner.memory_gb allows {in_words(self._limit)}."

    def close(self) -> None:
        """Let the thread end."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.wait(_PACE):
            with self._lock:  # a worker that is forgotten meanwhile, and its number, are not touched any more
                for child, watched in list(self._watched.items()):
                    if child.pid is not None and not child.over:
                        self._look(child, child.pid, watched)

    def _look(self, child: Child, pid: int, watched: _Watched) -> None:
        now = time.monotonic()
        if now - watched.counted >= _SELDOM:
            watched.members, watched.counted = family(pid), now
        bound = sum(map(anonymous_memory, watched.members))
        if bound <= self._limit or not self._may_exceed(watched, bound, now):
            return
        watched.bound, watched.looked = bound, now
        watched.used = sum(map(private_memory, watched.members))
        if watched.used > self._limit:
            watched.used = sum(map(exact_private_memory, watched.members))
        if watched.used > self._limit:
            self._excess[child] = watched.used
            del self._watched[child]
            for member in family(pid):
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(member, signal.SIGKILL)

    def _may_exceed(self, watched: _Watched, bound: int, now: float) -> bool:
        """Whether it can have passed the limit since the last close look: by new pages, or slowly by shared ones."""
        grown = bound - watched.bound > self._limit - watched.used
        return watched.looked == 0.0 or grown or now - watched.looked >= _SELDOM
