"""Studies whose driver was killed: found by the next command in their experiments folder, and no longer running."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.errors import ConfigError
from automl.files import Lock
from automl.tracking.address import resolve
from automl.tracking.operations import run_id
from automl.tracking.replay import Replay
from automl.tracking.spool import SPOOL, State, head, remove

if TYPE_CHECKING:
    from collections.abc import Iterator

    from automl.tracking.store import Store

_CHEAP = 1 << 20
"""Bytes of a spool that are sent in passing; the rest waits for ``python -m automl sync``."""


def host() -> str:
    """The name of this machine, kept with a run so that another one does not judge whether its driver lives."""
    return socket.gethostname()


def spooled(experiments: Path) -> list[Path]:
    """The folders of studies of which something is still to be sent."""
    return sorted(path.parent for path in experiments.glob(f"*/{SPOOL}"))


@contextmanager
def owned(folder: Path) -> Iterator[bool]:
    """Hold a study's lock; whether it could be had, because its driver is gone or its files cannot be locked."""
    lock = Lock(folder / "lock")
    was_there, taken = lock.path.exists(), True
    with suppress(OSError):
        taken = lock.take()
    try:
        yield taken
    finally:
        if taken and not was_there:
            lock.path.unlink(missing_ok=True)
        lock.release()


def send(folder: Path, store: Store) -> Replay:
    """Send what is missing of a study whose driver is gone, and mark what it left open as killed.

    Raises:
        Exception: The store's; what could be sent is sent.
        OSError: There is no spool, or it cannot be read.
    """
    ended = _last_sign(folder)
    replay = Replay(folder, store)
    try:
        replay.run()
        replay.retry()
        for key, run in list(replay.state.runs.items()):
            store.kill(run, ended)
            del replay.state.runs[key]
        replay.state.save(folder)
        if not replay.missing():
            remove(folder)
    finally:
        replay.close()
    return replay


def recover(experiments: Path, store: Store, own: Path) -> None:
    """Send, where that is cheap, what killed studies of the folder left, and mark their runs in the store as killed.

    Args:
        experiments: The experiments folder.
        store: The store of the study that runs now.
        own: That study's folder.
    """
    for folder in spooled(experiments):
        if folder != own and _left(folder, store) <= _CHEAP:
            with suppress(Exception), owned(folder) as free:  # the next command tries again
                if free:
                    send(folder, store)
    for run in store.open_runs():
        folder = Path(run.data.tags.get("automl.folder", ""))
        if folder.parent == experiments and folder != own and _is_dead(folder, run.data.tags):
            store.kill(run.info.run_id, _last_sign(folder))


def _left(folder: Path, store: Store) -> float:
    """Bytes that are to be sent to this store; infinitely many where it is another one's."""
    begin, state = head(folder), State.load(folder)
    try:
        if begin is None or resolve(begin.uri, folder.parent) != store.uri:
            return float("inf")
        return (folder / SPOOL).stat().st_size - (state.cursor if state.uri == store.uri else 0)
    except (OSError, ConfigError):
        return float("inf")


def _is_dead(folder: Path, tags: Any) -> bool:
    """Whether nobody runs a study: its lock is free; or its folder is gone, and nobody else's machine can have it."""
    here = bool(tags.get("automl.host") == host())
    if not folder.is_dir():
        return here
    begin = head(folder)
    same = begin is not None and str(tags.get("automl.id", "")).startswith(run_id(begin.id, ""))
    return (here or same) and not Lock(folder / "lock").held()


def _last_sign(folder: Path) -> int:
    """When a study was last heard of, in milliseconds since the epoch."""
    try:
        return int((folder / SPOOL).stat().st_mtime * 1000)
    except OSError:
        return int(time.time() * 1000)
