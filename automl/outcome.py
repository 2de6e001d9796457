"""How a command ends: its exit code, and an error as one sentence."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from automl.errors import EXIT_FAILED, EXIT_USAGE, StudyError
from automl.failure import sentence, trace
from automl.files import write_whole

if TYPE_CHECKING:
    from automl.errors import AutomlError


def report_error(error: AutomlError) -> int:
    """Print an error as one sentence and tell the exit code."""
    sys.stdout.flush()
    print(f"automl: {error}", file=sys.stderr)  # noqa: T201
    return EXIT_FAILED if isinstance(error, StudyError) else EXIT_USAGE


class InternalError(Exception):
    """A fault of this program rather than of the user, in one sentence.

    Args:
        error: What nothing else caught.
        kept: The file with its traceback, if it could be written.
    """

    def __init__(self, error: BaseException, kept: Path | None) -> None:
        where = f" The traceback is in {kept}." if kept else ""
        super().__init__(f"internal error: {sentence(error)}.{where}")


def report_fault(error: Exception) -> int:
    """Print a fault of this program as one sentence, its traceback kept in a file, and tell the exit code."""
    told = error if isinstance(error, InternalError) else InternalError(error, keep_traceback(error, None))
    sys.stdout.flush()
    print(f"automl: {told}", file=sys.stderr)  # noqa: T201
    return EXIT_FAILED


def keep_traceback(error: BaseException, folder: Path | None) -> Path | None:
    """Write a traceback to ``folder/traceback.txt``, or else among the temporary files; None where neither can be."""
    text = trace(error)
    places = [folder / "traceback.txt"] if folder is not None else []
    for path in [*places, Path(tempfile.gettempdir()) / f"automl-traceback-{os.getpid()}.txt"]:
        with suppress(OSError):
            write_whole(path, text)
            return path
    return None
