"""Tells workers that are at work from those that have stopped moving."""

from __future__ import annotations

import time

from automl.runner.process import Effort, effort, family_cpu

SILENCE = 120.0
_BUSY, _EPOCHS = 5, 20
"""A worker that computes is given as many times the limit, or as many times the longest epoch, between reports."""
_SHARE, _LEAST = 0.005, 0.05
"""Computing counts above this share of a core and these seconds; a heartbeat takes 0.0002 of a core."""
_SLOWEST_PACE = 5.0


class Watchdog:
    """A clock that counts only while its owner looks.

    Where the driver itself was stopped (Ctrl-Z, a laptop that sleeps), or was busy with something else, its workers
    may have been as well: of the time between two looks no more counts than two paces.

    Args:
        silence: Seconds after which a process without a sign of life is given up.
    """

    def __init__(self, silence: float) -> None:
        self.silence = silence
        self.clock = 0.0
        self.longest = 0.0
        self._pace = min(_SLOWEST_PACE, silence / 20)
        self._looked = time.monotonic()

    def look(self) -> bool:
        """Count on; whether it is time to look at processes."""
        now = time.monotonic()
        if now - self._looked < self._pace:
            return False
        self.clock += min(now - self._looked, 2 * self._pace)
        self._looked = now
        return True

    @property
    def patience(self) -> float:
        """Seconds that a process may compute without a report or a beat."""
        return max(_BUSY * self.silence, _EPOCHS * self.longest)


class Vitals:
    """The signs of life of one process.

    Args:
        watchdog: Whose clock counts.
    """

    def __init__(self, watchdog: Watchdog) -> None:
        self._watchdog = watchdog
        self._reported = self._told = self._moved = watchdog.clock
        self._beats = 0
        self._effort = Effort(0.0, 0)
        self._own = 0.0
        self._family: float | None = None

    def report(self) -> None:
        """It reported."""
        now = self._watchdog.clock
        self._watchdog.longest = max(self._watchdog.longest, now - self._reported)
        self._reported = self._told = self._moved = now

    def alive(self, beats: int, cpu: float) -> None:
        """Its heartbeat arrived, with its beats and the seconds that it says it has computed."""
        self._own = cpu
        if beats != self._beats:
            self._beats = beats
            self._told = self._moved = self._watchdog.clock

    def observe(self, pid: int) -> None:
        """See from outside whether it computes: native code may hold up the heartbeat."""
        seen = effort(pid) or Effort(self._own, 0)
        quiet = self._watchdog.clock - self._moved
        computed = seen.cpu - self._effort.cpu >= max(_LEAST, _SHARE * quiet)
        if computed or seen.turns != self._effort.turns or self._family_computes(pid, quiet):
            self._moved, self._effort, self._family = self._watchdog.clock, seen, None

    @property
    def still(self) -> bool:
        """Whether it has not moved at all for too long."""
        return self._watchdog.clock - self._moved > self._watchdog.silence

    def verdict(self) -> str | None:
        """Why it is to be ended, if it is."""
        watchdog = self._watchdog
        if self.still:
            return (
                f"The worker gave no sign of life for {watchdog.silence:g} s: it was stopped, or it waits for what"
                " does not come. runner.silence sets this limit."
            )
        if watchdog.clock - self._told > watchdog.patience:
            return (
                f"The worker computed for {watchdog.patience:.0f} s without a report or a beat, as in an endless loop."
                " A higher runner.silence gives it more time."
            )
        return None

    def _family_computes(self, pid: int, quiet: float) -> bool:
        """Whether programs that it started do its work; asked once it has been quiet for long."""
        if quiet < self._watchdog.silence / 2:
            return False
        before, self._family = self._family, family_cpu(pid)
        if before is not None and before <= self._family < before + _LEAST:
            self._family = before
            return False
        return before is not None and self._family > before
