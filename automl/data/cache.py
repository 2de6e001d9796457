"""A folder per content, written once, checked whenever it is opened, and mapped by every worker."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import re
import shutil
import sys
import tempfile
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from automl import registry
from automl.data.files.scratch import prefix
from automl.errors import DataError, StorageError
from automl.files import Lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from automl.data.dataset import Loader

T = TypeVar("T")

FORMAT = 2
"""Goes up whenever entries are laid out differently: those of another format are not opened."""

_MANIFEST = "manifest.json"
# What is smaller is compared whole: names of classes and the like, which an editor changes without changing their size.
_SMALL = 1 << 16
_LONGEST_NAME = 60
_DAMAGE = (ValueError, KeyError, TypeError, IndexError, EOFError, FileNotFoundError)


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


def entry_name(loader: Loader, identity: str) -> str:
    """The name of a loader's entry, of which no other loader, and no other version of its code, has the like.

    Args:
        loader: Its ``name`` comes first, as far as a folder can bear it.
        identity: Stands for the content.
    """
    readable = re.sub(r"[^\w .-]", "_", str(getattr(loader, "name", ""))).strip(" .")[:_LONGEST_NAME]
    return f"{readable or 'data'}-{digest(FORMAT, _code(type(loader)), identity)}"


def read_cached(cache: Path, name: str, write: Callable[[Path], None], read: Callable[[Path], T]) -> T:
    """What ``read`` makes of the folder ``cached(cache, name, write)``; one that it cannot read is written anew, once.

    Raises:
        StorageError: The cache cannot be written.
        DataError: ``write`` cannot read its source.
    """
    entry = cached(cache, name, write)
    try:
        return read(entry)
    except _DAMAGE:
        with _told(entry):
            _set_aside(entry, whole=True)
        return read(cached(cache, name, write))


def cached(cache: Path, name: str, write: Callable[[Path], None]) -> Path:
    """The folder ``cache/name``, filled by ``write`` if it is not there, or is no longer as it was written.

    It is filled beside its place and renamed into it: a crash leaves no half-written entry, and of two writers
    the first wins.

    Raises:
        StorageError: The cache cannot be written, as on a full or read-only disk.
        DataError: ``write`` cannot read its source.
    """
    entry = cache / name
    if _is_whole(entry):
        return entry
    with _told(entry):
        cache.mkdir(parents=True, exist_ok=True)
        _set_aside(entry)
        scratch = Path(tempfile.mkdtemp(prefix=prefix(name), dir=cache))
    try:
        with _told(entry, scratch):
            write(scratch)
            _seal(scratch)
            _put(scratch, entry)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return entry


def _seal(folder: Path) -> None:
    """Write down which files there are and how large, last of all."""
    files = {path.relative_to(folder).as_posix(): _mark(path) for path in folder.rglob("*") if path.is_file()}
    (folder / _MANIFEST).write_text(json.dumps({"format": FORMAT, "files": files}))


def _is_whole(entry: Path) -> bool:
    """Whether an entry has every file that was sealed in it; what else came into it since does not matter."""
    try:
        manifest = json.loads((entry / _MANIFEST).read_text())
        files = manifest["files"].items()
        return bool(manifest["format"] == FORMAT and all(_mark(entry / name) == mark for name, mark in files))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _mark(path: Path) -> list[Any]:
    size = path.stat().st_size
    return [size, digest(path.read_bytes())] if size <= _SMALL else [size]


def _put(scratch: Path, entry: Path) -> None:
    try:
        scratch.rename(entry)
    except OSError:
        if not _is_whole(entry):  # else another writer was the first
            raise


def _set_aside(entry: Path, *, whole: bool = False) -> None:
    """Remove an entry that is damaged, or, with ``whole``, one that cannot be read although it has all its files.

    One process at a time looks and moves, so that none takes away what another has just written.
    """
    if not os.path.lexists(entry):
        return
    lock = Lock(entry.parent / ".lock")
    lock.take(wait=True)
    try:
        if not os.path.lexists(entry) or (_is_whole(entry) and not whole):
            return
        grave = Path(tempfile.mkdtemp(prefix=prefix(entry.name), dir=entry.parent))
        entry.rename(grave / "damaged")
    finally:
        lock.release()
    shutil.rmtree(grave, ignore_errors=True)


@contextmanager
def _told(entry: Path, scratch: Path | None = None) -> Iterator[None]:
    """Tell in a sentence what the system refused: the cache, or the source that goes into it."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        inside = error.filename is None or Path(os.fsdecode(error.filename)).is_relative_to(entry.parent)
        if scratch is not None and not inside:
            raise DataError(f"data.path: {os.fsdecode(error.filename)} cannot be read: {reason}.") from error
        raise StorageError(
            f"The data cache {entry} cannot be written: {reason}.{_room(entry.parent)}"
            " Make room there, or name another place by experiments=<folder>."
        ) from error


def _room(folder: Path) -> str:
    with suppress(OSError):
        return f" {shutil.disk_usage(folder).free / 1e9:.1f} GB are free."
    return ""


@lru_cache
def _code(cls: type) -> list[str]:
    """What changes with a loader's code: who offers it in which version, its module and name, and its sources."""
    package = cls.__module__.partition(".")[0]
    sources = {source for base in cls.__mro__ for source in _sources(base)}
    contents = (digest(source.read_bytes()) for source in sorted(sources))
    return [*registry.versions(package), cls.__module__, cls.__qualname__, *contents]


def _sources(cls: type) -> list[Path]:
    """The modules of the package that a class is defined in, or its module alone where that is in no package.

    A foreign package counts with all that is in it, whatever its reading is spread over.
    """
    package, *inner = cls.__module__.split(".")
    if package in sys.stdlib_module_names:
        return []
    try:
        file = Path(inspect.getfile(cls))
    except (TypeError, OSError):  # as in a notebook
        return []
    if not inner:
        return [file] if file.is_file() else []
    if package == __name__.partition(".")[0]:
        return sorted(file.parent.glob("*.py"))
    return sorted((registry.package_folder(package) or file.parent).rglob("*.py"))
