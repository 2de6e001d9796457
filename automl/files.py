"""Files that are never half-written, and folders that one process owns."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


_SCRATCH = re.compile(r"\..+-[a-z0-9_]{8}")
"""The names that ``replacing`` gives."""


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its place, to the disk, and rename it: a reader sees the old one or the new one.

    Raises:
        OSError: The disk is full, or the folder cannot be written; what was there before is still there.
    """
    with replacing(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file beside that place, for content too large to be held twice; it takes the place when the block ends well.

    Raises:
        OSError: The disk is full, or the folder cannot be written; what was there before is still there.
    """
    number, scratch = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).chmod(0o644)
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


@contextmanager
def making(folder: Path) -> Iterator[Path]:
    """A folder beside that place, which takes it when the block ends well, and is gone where it does not.

    Raises:
        OSError: The folder above cannot be written, or something that is no empty folder has the place.
    """
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield scratch
        scratch.chmod(0o755)
        put(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def is_free(folder: Path) -> bool:
    """Whether a folder can be made there: an empty one is as good as none."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def put(made: Path, folder: Path) -> None:
    """Rename a folder to a place that is free.

    Raises:
        OSError: It is not, or cannot be written.
    """
    if folder.is_dir():
        folder.rmdir()
    made.rename(folder)


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; what vanishes meanwhile does not count."""
    total = 0
    for one in path.rglob("*") if path.is_dir() else [path]:
        with suppress(OSError):
            total += one.stat().st_size if one.is_file() else 0
    return total


def sweep_scratch(folder: Path) -> None:
    """Delete what processes that were killed left of files beside their places, in a folder that is nobody else's."""
    for path in folder.rglob(".*"):
        if _SCRATCH.fullmatch(path.name):
            with suppress(OSError):
                path.unlink()


class Lock:
    """A file that one living process holds; the kernel lets go of it when that process ends, however it ends.

    Args:
        path: The file; made where it is not there.

    Example:
        >>> lock = Lock(folder / "lock")
        >>> lock.take()
        True
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def take(self, *, wait: bool = False) -> bool:
        """Hold the lock from now on; whether it could be had.

        Args:
            wait: Whether to wait until another process lets go of it.

        Raises:
            OSError: The file cannot be made.
        """
        import fcntl

        while True:
            file = self.path.open("ab")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                file.close()
                return False
            except BaseException:
                file.close()
                raise
            if _is_there(file, self.path):
                self._file = file
                return True
            file.close()  # whoever held it has removed it meanwhile, and another may have made it anew

    def release(self) -> None:
        """Let go of the lock."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def held(self) -> bool:
        """Whether a living process holds it, this one included."""
        if self._file is not None:
            return True
        if not self.path.exists() or not self.take():
            return self.path.exists()
        self.release()
        return False


def _is_there(file: IO[bytes], path: Path) -> bool:
    """Whether an open file is the one at that path."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    return False
