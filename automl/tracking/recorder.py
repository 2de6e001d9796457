"""A study's spool as the driver fills it: runs that begin and end, and what is logged to them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from automl.tracking import limits
from automl.tracking.operations import STUDY, Artifact, End, Log, Resume, Start
from automl.tracking.replay import Replay
from automl.tracking.spool import Before, State, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from automl.tracking.operations import Begin, Operation, Point
    from automl.tracking.sender import Sender
    from automl.tracking.store import Store


class Recorder:
    """Puts operations into the spool of a study and has them sent.

    Args:
        sender: Sends them.
        complain: Hears, in a sentence, that the folder cannot be written; nothing is put from then on.

    Attributes:
        replay: What is being sent, once there is a spool.
    """

    def __init__(self, sender: Sender, complain: Callable[[str], None]) -> None:
        self.replay: Replay | None = None
        self._sender, self._complain = sender, complain
        self._folder: Path | None = None
        self._writer: Writer | None = None
        self._open: set[str] = set()

    def begin(self, folder: Path, store: Store, head: Begin, before: Before | None = None) -> None:
        """Open the spool.

        Args:
            folder: The study's.
            store: Where it is sent.
            head: What it begins with.
            before: What an earlier process has put, if there was one.
        """
        self._folder = folder
        size, ended = (before.size, sorted(before.ended)) if before else (0, [])
        try:
            self._writer = Writer(folder, size)
            state = None if size else State(uri=store.uri, ended=ended)
            self.replay = Replay(folder, store, state, again=before is not None)
        except OSError as error:
            self._give_up(error)
            return
        if not size:
            self.put(head)
        self._sender.put(self.replay)

    def start(self, key: str, name: str, started: float, tags: Mapping[str, str], *, resumed: bool = False) -> None:
        """A run begins, or goes on."""
        self._open.add(key)
        kind = Resume if resumed else Start
        self.put(kind(key, limits.text(name, limits.RUN_NAME), int(started * 1000), limits.tags(tags)))

    def log_missing(self, key: str, history: Sequence[Mapping[str, float]], params: Mapping[str, object]) -> None:
        """Those metrics of the steps, and those parameters, that the run does not have."""
        told: list[Point] = []
        for entry in history:
            told += points({name: value for name, value in entry.items() if name != "step"}, int(entry["step"]))
        self.put(Log(key, told, limits.params(params), once=True))

    def log(
        self,
        key: str,
        metrics: Mapping[str, float] | None = None,
        step: int = 0,
        params: Mapping[str, object] | None = None,
        tags: Mapping[str, object] | None = None,
        *,
        once: bool = False,
    ) -> None:
        """Metrics at a step, parameters, and those tags that are not empty; ``once`` as of ``Log``."""
        told = {name: value for name, value in (tags or {}).items() if value}
        self.put(Log(key, points(metrics or {}, step), limits.params(params or {}), limits.tags(told), once))

    def files(self, key: str, path: Path, into: str = "") -> None:
        """One file, or all of a folder with the folders in it; nothing where it is not there."""
        assert self._folder is not None
        if path.is_file():
            self.put(Artifact(key, str(path.relative_to(self._folder)), into))
        elif path.is_dir():
            for one in sorted(path.iterdir()):
                self.files(key, one, into if one.is_file() else f"{into}/{one.name}")

    def end(self, key: str, status: str) -> None:
        """A run ends; nothing where it has not begun, or has ended."""
        if key in self._open:
            self._open.discard(key)
            self.put(End(key, status, int(time.time() * 1000)))

    def open(self) -> list[str]:
        """Keys of the runs that have not ended, the study's own last."""
        return sorted(self._open, key=lambda key: (key == STUDY, key))

    def put(self, operation: Operation) -> None:
        """Put anything."""
        if self._writer is None:
            return
        try:
            flushed = self._writer.append(operation)
        except OSError as error:
            self._give_up(error)
            return
        if flushed and not isinstance(operation, Log):
            self._sender.wake()

    def close(self) -> None:
        """Nothing more is put."""
        if self._writer is not None:
            self._writer.close()

    def _give_up(self, error: OSError) -> None:
        """Stop tracking: the study's folder cannot be written, which the study itself will say too."""
        self.close()
        self._writer = None
        self._complain(f"note: tracking ends here: the study's folder cannot be written ({error.strerror or error}).")


def points(metrics: Mapping[str, float], step: int) -> list[Point]:
    """Metrics of this moment."""
    now = int(time.time() * 1000)
    return [(name, value, now, step) for name, value in limits.metrics(metrics).items()]
