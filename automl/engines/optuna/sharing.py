"""What drivers who share a study owe each other: one space, one direction, and signs of life."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import optuna

from automl.engines.optuna.database import HEARTBEAT, shown
from automl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optuna.storages import RDBStorage

_SPACE = "automl:space"


def check_same(study: optuna.Study, directions: Sequence[str], space: Mapping[str, str], address: str) -> None:
    """Refuse to share a study that others search in another direction, or over another space.

    Args:
        study: In the storage.
        directions: Of this driver's objectives.
        space: What this driver searches, by path.
        address: Of the storage.

    Raises:
        ConfigError: The message names what differs.
    """
    named = f"search.study: '{study.study_name}' in {shown(address)}"
    theirs = [direction.name.lower() for direction in study.directions]
    if theirs != list(directions):
        raise ConfigError(
            f"{named} is to {' and '.join(theirs)}. Choose another search.study, or the same objectives."
            f" Received: {', '.join(directions)}."
        )
    if _SPACE not in study.user_attrs:
        if study.get_trials(deepcopy=False):
            raise ConfigError(f"{named} has trials of another program. Choose another search.study.")
        study.set_user_attr(_SPACE, dict(space))
    known = study.user_attrs[_SPACE]  # of who was last, where two drivers began at once
    for path in sorted({*known, *space}):
        if known.get(path) != space.get(path):
            raise ConfigError(
                f"{named} searches another space: {path} is {known.get(path, 'not searched')} there."
                f" Choose another search.study, or the same space. Received: {space.get(path, 'not searched')}."
            )


class Pulse:
    """Tells the other drivers that this one's trials run, and finds out which of theirs do no more.

    Optuna's heartbeat is sent by ``Study.optimize`` alone; this one is sent by a thread, since the driver's own may
    have nothing to do for hours. Times are the database's own: clocks of machines differ.

    Args:
        study: The study.
        storage: Its own.
    """

    def __init__(self, study: optuna.Study, storage: RDBStorage) -> None:
        self._study = study
        self._storage = storage
        self._running: set[int] = set()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._looked = float("-inf")
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def begin(self, trial: int) -> None:
        """A trial runs, of this identity in the storage."""
        self._storage.record_heartbeat(trial)
        with self._lock:
            self._running.add(trial)

    def end(self, trial: int) -> None:
        """A trial runs no more."""
        with self._lock:
            self._running.discard(trial)

    def look(self) -> None:
        """Mark trials as failed that gave no sign of life for long; every now and then."""
        if time.monotonic() - self._looked > HEARTBEAT:
            self._looked = time.monotonic()
            optuna.storages.fail_stale_trials(self._study)

    def close(self) -> None:
        """Send no more."""
        self._ended.set()
        self._thread.join(timeout=HEARTBEAT)

    def _run(self) -> None:
        while not self._ended.wait(HEARTBEAT):
            with self._lock:
                running = list(self._running)
            for trial in running:
                with suppress(Exception):  # the driver's own calls tell of a database that is lost
                    self._storage.record_heartbeat(trial)
