"""The folder of a study: made at once, locked while it runs, and taken back where it holds nothing."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING

from automl.errors import StorageError
from automl.files import Lock, write_whole
from automl.study.journal import is_open
from automl.study.killed import LOCK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

_PATIENCE = 2.0


def make_folder(experiments: Path, name: str, *, fixed: bool, config: Mapping[str, Any]) -> Path:
    """A new folder with the study's configuration.

    Args:
        experiments: Where studies are.
        name: The study's name.
        fixed: Whether the user chose the name; else ``name-2`` serves as well where another study was faster.
        config: Written to ``config.yaml``.

    Raises:
        StorageError: It is there already, or cannot be written.
    """
    from omegaconf import OmegaConf

    folder = experiments / name
    try:
        experiments.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(experiments, error) from error
    try:
        folder = _make_new(experiments, name, fixed=fixed)
        try:
            write_whole(folder / "config.yaml", OmegaConf.to_yaml(OmegaConf.create(dict(config))))
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except FileExistsError as error:
        raise StorageError(f"name: there is a study in {folder} already. Choose another name.") from error
    except OSError as error:
        raise _unwritable(folder, error) from error
    return folder


def _unwritable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"experiments: {path} cannot be written: {error.strerror or error}.")


def _make_new(experiments: Path, name: str, *, fixed: bool) -> Path:
    for number in count(1):
        folder = experiments / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            if fixed:
                raise
        else:
            return folder
    raise AssertionError


def _taken(lock: Lock) -> bool:
    """Whether the lock could be had; a command that only looks at a study lets go of it at once."""
    end = time.monotonic() + _PATIENCE
    while not lock.take():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the study's lock meanwhile: whoever finds it free and the journal without an end knows that it was killed.

    Where files cannot be locked the study runs without.

    Raises:
        StorageError: Another process holds it.
    """
    lock = Lock(folder / LOCK)
    with suppress(OSError, ImportError):
        if not _taken(lock):
            raise StorageError(f"The study {folder.name} runs in another process, which holds {lock.path}.")
    try:
        yield
    finally:
        with suppress(OSError):
            if not is_open(folder):  # its end could be written
                lock.path.unlink(missing_ok=True)
        lock.release()
