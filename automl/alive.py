"""Signs of life: a count that grows while a job gets somewhere, read by the worker's heartbeat."""

from __future__ import annotations


class _Count:
    value = 0


def beat() -> None:
    """Tell that work goes on; to be called every few seconds of work that reports nothing, as reading a large file.

    It costs less than a microsecond. A worker that computes for long without a beat or a report is ended, as an
    endless loop would be (``runner.silence``).
    """
    _Count.value += 1


def beats() -> int:
    """How many there were in this process."""
    return _Count.value
