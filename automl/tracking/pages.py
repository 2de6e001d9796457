"""Addresses in MLflow's UI: the page on which a study can be read at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from automl.tracking import views
from automl.tracking.address import is_web
from automl.tracking.spool import State

if TYPE_CHECKING:
    from pathlib import Path

PORT = 5000
"""Of the UI, where none is asked for."""

LOCAL = f"http://127.0.0.1:{PORT}"


@dataclass(frozen=True)
class Place:
    """Where a study is in a tracking store.

    Attributes:
        uri: The store, resolved.
        experiment: Its experiment's id there.
        key: Of the view of its trials.
    """

    uri: str
    experiment: str
    key: str

    @property
    def server(self) -> str | None:
        """The address of the server that shows it, where the store is one: without a user's name and password."""
        if not is_web(self.uri):
            return None
        parts = urlsplit(self.uri)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))

    def trials(self, base: str) -> str:
        """The page of its trials, under the address of a UI."""
        return _runs(base, self.experiment, self.key)

    def charts(self, base: str) -> str:
        """The charts of its trials."""
        return f"{self.trials(base)}&{views.CHARTS}"

    def studies(self, base: str) -> str:
        """The page that compares the studies of its experiment."""
        return _runs(base, self.experiment, views.STUDIES)

    def plain(self, base: str) -> str:
        """The page of its experiment, as MLflow shows it by itself."""
        return _runs(base, self.experiment)


def place(folder: Path) -> Place | None:
    """Where the study of a folder is; None where nothing of it has reached a store."""
    state = State.load(folder)
    return Place(state.uri, state.experiment, views.key(state.id)) if state.experiment and state.id else None


def everything(base: str) -> str:
    """The page of all experiments."""
    return f"{base}/#/experiments?{views.TRAINING}"


def _runs(base: str, experiment: str, key: str = "") -> str:
    shared = f"&{views.SHARED}={key}" if key else ""
    return f"{base}/#/experiments/{experiment}/runs?{views.TRAINING}{shared}"
