"""The making of an SQLite database for MLflow: by one process at a time, whole or not at all."""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from automl.errors import StorageError
from automl.files import Lock
from automl.tracking.address import database_file, file_fault, server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")

_LOCK_SECONDS = 60.0
_PROBE_SECONDS = 5.0
_MIGRATING = threading.Lock()
"""Alembic, which makes the tables, keeps its state in a module: one thread of a process at a time."""


def probe(uri: str) -> None:
    """See whether a database can be had, sooner than MLflow, which tries for minutes.

    Raises:
        StorageError: The file is no database, or is damaged.
        OSError: The server cannot be reached, or the file not read.
        sqlite3.OperationalError: The file is locked.
    """
    if (address := server(uri)) is not None:
        socket.create_connection(address, timeout=_PROBE_SECONDS).close()
    path = database_file(uri)
    if path is None:
        return
    if fault := file_fault(path):
        raise StorageError(f"{path} {fault}.")
    if _is_made(path):
        _look(path)


def describe(path: Path) -> str:
    """What is wrong with a database file, as a sentence; empty where nothing shows."""
    try:
        probe(f"sqlite:///{path}")
    except (StorageError, OSError) as error:
        return str(error)
    except sqlite3.OperationalError:
        return ""  # locked: somebody writes
    return ""


def has_tag(path: Path, experiment: str, name: str) -> bool:
    """Whether an experiment of MLflow's database has a tag; not where that cannot be seen."""
    query = "SELECT 1 FROM experiment_tags WHERE experiment_id = ? AND key = ?"
    try:
        with closing(_open(path)) as connection:
            return connection.execute(query, (experiment, name)).fetchone() is not None
    except sqlite3.Error:
        return False


class Maker(Protocol):
    """What makes the tables of a database."""

    def make(self, uri: str) -> None:
        """Make them at an address where there is nothing."""

    def revisions(self) -> list[str]:
        """The revisions that tables went through, the newest first."""


def ensure(uri: str, maker: Maker, connect: Callable[[], T], *, ours: bool) -> T:
    """Connect to a store, its tables made first where it is an SQLite file that is not there yet.

    Args:
        uri: The store.
        maker: Makes the tables.
        connect: Connects to the store.
        ours: Whether the file is for this purpose alone, so that one that was left half-made, with no run in it, may
            be put aside and made again.

    Returns:
        What ``connect`` does.

    Raises:
        Exception: Of ``probe`` and ``connect``; ``TimeoutError`` where another process is at it for a minute.
    """
    path = database_file(uri)
    if path is None:
        probe(uri)
        return connect()
    path.parent.mkdir(parents=True, exist_ok=True)
    with making(path):
        probe(uri)
        if ours and _is_made(path) and _half_made(path, maker):
            path.replace(path.with_name(f"{path.name}.broken-{time.strftime('%Y%m%d-%H%M%S')}"))
        if not _is_made(path):
            _make(path, maker)
        return connect()


@contextmanager
def making(path: Path) -> Iterator[None]:
    """Be the only process that makes or changes the tables of a database.

    Raises:
        TimeoutError: Another one has been at it for a minute.
        OSError: The folder cannot be written.
    """
    lock = Lock(path.with_name(f".{path.stem}.lock"))
    end = time.monotonic() + _LOCK_SECONDS
    if not _MIGRATING.acquire(timeout=_LOCK_SECONDS):
        raise TimeoutError(f"another study of this process has been making {path} for a minute")
    try:
        while not lock.take():
            if time.monotonic() > end:
                raise TimeoutError(f"another process has been making {path} for a minute")
            time.sleep(0.05)
        yield
    finally:
        lock.release()
        _MIGRATING.release()


def _half_made(path: Path, maker: Maker) -> bool:
    """Whether a database holds no run and its tables stopped at an earlier revision than this MLflow's.

    A revision that is not known here is a newer MLflow's: that database is whole.
    """
    with closing(_open(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "runs" in tables and connection.execute("SELECT 1 FROM runs LIMIT 1").fetchone():
            return False
        query = "SELECT version_num FROM alembic_version"
        found = connection.execute(query).fetchone() if "alembic_version" in tables else None
    return found is None or found[0] in maker.revisions()[1:]


def _is_made(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _make(path: Path, maker: Maker) -> None:
    """Make it beside its place and rename it, so that no other process sees it unfinished."""
    for rest in path.parent.glob(f".{path.name}-making*"):
        rest.unlink(missing_ok=True)  # of one that was killed at it: the lock is ours
    scratch = path.with_name(f".{path.name}-making")
    maker.make(f"sqlite:///{scratch}")
    scratch.replace(path)


def _look(path: Path) -> None:
    try:
        with closing(_open(path)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise StorageError(f"{path} is a damaged SQLite database ({error}).") from error


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_PROBE_SECONDS)
