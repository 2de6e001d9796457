"""``python -m automl sync``: what MLflow could not be told while studies ran is sent now."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from automl.errors import ConfigError, StorageError
from automl.tracking.address import database_file, shown
from automl.tracking.faults import reason
from automl.tracking.recovery import owned, recover, send, spooled
from automl.tracking.spool import SPOOL, head
from automl.tracking.store import Store

_FAILED, _INTERRUPTED = 1, 130


def main(argv: list[str]) -> int:
    """Send what is missing of every study of a folder that does not run, one line a study.

    Returns:
        0 where nothing is missing any more, 1 where something is, 130 after an interrupt.

    Raises:
        StorageError: There is no such folder.
        ConfigError: The address is none.
    """
    parser = argparse.ArgumentParser(prog="python -m automl sync", description="Send to MLflow what is missing there.")
    parser.add_argument("folder", nargs="?", help="the folder of a study, or of experiments (default: experiments)")
    parser.add_argument("--experiments", default="experiments", help="the experiments folder (default: experiments)")
    parser.add_argument("--uri", help="the tracking store (default: the one that each study was tracked in)")
    arguments = parser.parse_args(argv)
    folder = Path(arguments.folder or arguments.experiments).resolve()
    if not folder.is_dir():
        raise StorageError(f"sync: there is no folder {folder}. Name a study's, or one of experiments.")
    try:
        return _sync(folder, arguments.uri)
    except KeyboardInterrupt:
        _say("Interrupted. What was not sent is kept; the same command goes on.")
        return _INTERRUPTED


def _sync(folder: Path, uri: str | None) -> int:
    is_study = (folder / SPOOL).is_file()
    studies = [folder] if is_study else spooled(folder)
    stores = _Stores(uri)
    if uri is not None:
        stores.of(uri, folder.parent if is_study else folder)  # a wrong address is told before anything is sent
    for study in studies:
        _say(f"{study.name}: {stores.send(study)}")
    if not studies:
        _say(f"Nothing is missing: no study in {folder} has anything to send.")
    if not is_study:
        stores.recover(folder)
    return _FAILED if stores.failed else 0


class _Stores:
    """The stores of the studies, each opened once, and not tried again where it is away.

    Attributes:
        failed: Whether anything could not be sent.
    """

    def __init__(self, uri: str | None) -> None:
        self.failed = False
        self._uri = uri
        self._opened: dict[tuple[str | None, Path], Store] = {}
        self._away: dict[str, str] = {}

    def of(self, uri: str | None, experiments: Path) -> Store:
        """The store of an address, for studies of an experiments folder."""
        key = (uri, experiments)
        if key not in self._opened:
            self._opened[key] = Store(uri, experiments)
        return self._opened[key]

    def send(self, study: Path) -> str:
        """Send what is missing of a study, and tell in a few words what came of it."""
        with owned(study) as free:
            if not free:
                return "runs, and sends by itself."
            begin = head(study)
            if begin is None:
                return self._fails(f"its {SPOOL} is damaged, nothing can be sent.")
            try:
                return self._send(study, self.of(self._uri or begin.uri, study.parent))
            except ConfigError as error:
                return self._fails(str(error))

    def _send(self, study: Path, store: Store) -> str:
        away = "MLflow at {} cannot be reached: {}. Nothing is lost; try again later, or name another with --uri."
        if why := self._away.get(store.uri):
            return self._fails(away.format(shown(store.uri), why))
        try:
            replay = send(study, store)
        except Exception as error:  # noqa: BLE001 - whatever the store raises, the other studies have their turn
            self._away[store.uri] = reason(error)
            return self._fails(away.format(shown(store.uri), reason(error)))
        told = f"sent to {shown(store.uri)}."
        if replay.refused:
            told += f" {len(replay.refused)} entries were refused, the first: {replay.refused[0]}."
        if replay.state.left:
            return self._fails(f"{told} {len(replay.state.left)} entries could not be sent; they are kept.")
        return told

    def recover(self, experiments: Path) -> None:
        """Mark runs of the folder whose driver was killed, where its store is at hand."""
        store = self.of(self._uri, experiments)
        path = database_file(store.uri)
        if store.uri in self._away or (path is not None and not path.is_file()):
            return
        with suppress(Exception):  # the studies' own lines have told what is wrong with the store
            recover(experiments, store, experiments)

    def _fails(self, sentence: str) -> str:
        self.failed = True
        return sentence


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
