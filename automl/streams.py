"""Standard output and error that a study outlives: closed, full, or unable to encode a character."""

from __future__ import annotations

import io
import logging
import os
import sys
import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Forgiving(io.RawIOBase):
    """Writes to a descriptor until that fails, and drops everything from then on.

    It stands below Python's buffers, so that neither a flush nor the interpreter's own at its end can fail.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._gone = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return os.isatty(self._number)

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        if self._gone:
            return size
        try:
            return os.write(self._number, data)
        except BlockingIOError:
            return size  # nobody reads as fast as this writes, and nobody asked it to wait
        except OSError:
            self._gone = True
            return size


def forgive() -> None:
    """Let nothing that becomes of the terminal, a pipe or a file end what writes to it.

    A descriptor that is closed is opened on nothing first: else the next file that is opened, a database perhaps,
    would take its number and whatever libraries print.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    sys.stdout = _forgiving(1, sys.stdout)
    sys.stderr = _forgiving(2, sys.stderr)


def _forgiving(number: int, stream: Any) -> TextIO:
    if stream is not None:
        with suppress(OSError):
            stream.flush()
    raw = _Forgiving(number)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=getattr(stream, "encoding", None) or "utf-8",
        errors="replace",
        line_buffering=number == 2 or raw.isatty(),
    )


@contextmanager
def silenced() -> Iterator[None]:
    """Meanwhile nothing reaches standard error, which native libraries greet while they are imported."""
    before, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(sink)


@contextmanager
def hushed() -> Iterator[None]:
    """Without what TensorFlow and MLflow tell a user, in this very process, of calls that are this project's."""
    logger = logging.getLogger("tensorflow")
    logger.addFilter(_is_told)
    try:
        with warnings.catch_warnings():
            show = warnings.showwarning

            def shown(message: Warning | str, *args: Any, **keys: Any) -> None:
                if "Add type hints to the `predict` method" not in str(message):
                    show(message, *args, **keys)

            # MLflow puts a filter of its own before all others.
            warnings.showwarning = shown
            yield
    finally:
        logger.removeFilter(_is_told)


def _is_told(record: logging.LogRecord) -> bool:
    """Not where files were written, nor that a graph was traced for each of several models."""
    return record.levelno >= logging.WARNING and "tf.function retracing" not in record.getMessage()
