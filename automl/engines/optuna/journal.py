"""Optuna's journal, written by one driver that never reads it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from optuna.storages.journal import BaseJournalBackend

from automl.errors import StorageError
from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class JournalFile(BaseJournalBackend):
    """Appends to a file that tools such as optuna-dashboard open.

    It is for them alone: the study's own journal is what a study goes on from, so that this one is neither locked, nor
    synced, nor read again, and losing it costs nothing else. Optuna's own file backend takes ten times as long.

    Args:
        path: Of the file; one that is there is replaced.

    Attributes:
        note: In a sentence, what became of the file where it is written no more; else empty.

    Raises:
        StorageError: It cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = 0
        self._unread: list[dict[str, Any]] = []
        self._read = 0
        self.note = ""
        try:
            path.write_bytes(b"")
        except OSError as error:
            raise StorageError(f"The search's journal cannot be written in {path.parent}: {error.strerror}.") from error

    @override
    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        lines = [json.dumps(log, separators=(",", ":")) for log in logs]
        self._unread += [json.loads(line) for line in lines]
        if not self.note:
            self._write("".join(f"{line}\n" for line in lines).encode())

    @override
    def read_logs(self, log_number_from: int) -> Iterable[dict[str, Any]]:
        del self._unread[: log_number_from - self._read]
        self._read = log_number_from
        return list(self._unread)

    def _write(self, content: bytes) -> None:
        try:
            with self._path.open("r+b", buffering=0) as file:
                fault = "" if file.seek(0, os.SEEK_END) == self._size else "it was changed by someone else"
                if not fault:
                    self._size += file.write(content)
        except OSError as error:
            fault = f"it cannot be written ({error.strerror})"
        if fault:
            self.note = f"The search's storage was lost and the search went on in memory: {self._path.name}: {fault}."
