"""The making of a database by several processes at once, with tables that take a moment."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from automl.errors import StorageError
from automl.tracking.database import describe, ensure, making, probe

if TYPE_CHECKING:
    from pathlib import Path


class SlowMaker:
    """Makes a table, waits, and makes another; keeps count of the makings."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, uri: str) -> None:
        with (self._folder / "makings").open("a") as file:
            file.write("one\n")
        with closing(sqlite3.connect(uri.removeprefix("sqlite:///"))) as connection:
            connection.execute("CREATE TABLE runs (id INTEGER)")
            connection.commit()
            time.sleep(0.3)
            connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
            connection.execute("INSERT INTO alembic_version VALUES ('new')")
            connection.commit()

    def revisions(self) -> list[str]:
        return ["new", "old"]


def connect(folder: Path) -> str:
    """What a study does first: the revision that it finds."""

    def look() -> str:
        with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
            return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])

    return ensure(f"sqlite:///{folder / 'mlflow.db'}", SlowMaker(folder), look, ours=True)


def test_only_one_of_many_makes_the_database(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert pool.map(connect, [tmp_path] * 8) == ["new"] * 8
    assert (tmp_path / "makings").read_text() == "one\n"


def test_who_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automl.tracking.database._LOCK_SECONDS", 0.1)
    with (
        making(tmp_path / "mlflow.db"),
        pytest.raises(TimeoutError, match="has been making"),
        making(tmp_path / "mlflow.db"),
    ):
        pass


def test_a_file_that_is_no_database_is_known_at_once(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("text")
    with pytest.raises(StorageError, match="is not an SQLite database"):
        probe(f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert describe(tmp_path / "other.db") == ""


def test_a_server_that_nobody_runs_is_known_at_once() -> None:
    with pytest.raises(OSError, match="refused"):
        probe("postgresql://user@127.0.0.1:9/db")
