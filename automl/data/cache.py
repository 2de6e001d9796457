"""A folder per content, written once and mapped by every worker."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable


def digest(*parts: Any) -> str:
    """Twelve hexadecimal digits that stand for JSON-ready values, or for bytes."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part if isinstance(part, bytes) else json.dumps(part, sort_keys=True, default=str).encode())
    return total.hexdigest()[:12]


def file_identity(path: Path) -> list[Any]:
    """What changes when a file does: its absolute path, size and time of change."""
    status = path.stat()
    return [str(path.resolve()), status.st_size, status.st_mtime_ns]


def cached(cache: Path, name: str, write: Callable[[Path], None]) -> Path:
    """The folder ``cache/name``, filled by ``write`` if it is not there yet.

    It is filled beside its place and renamed into it: a crash leaves no half-written entry, and of two writers
    the first wins.

    Raises:
        StorageError: The cache cannot be written, as on a full or read-only disk.
    """
    entry = cache / name
    if entry.is_dir():
        return entry
    try:
        cache.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=cache))
    except OSError as error:
        raise StorageError(f"The data cache {cache} cannot be written: {error.strerror}.") from error
    try:
        write(scratch)
        scratch.rename(entry)
    except OSError as error:
        if not entry.is_dir():
            raise StorageError(f"The data cache {entry} cannot be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return entry
