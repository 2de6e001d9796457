"""A tracking store that is away, slow, broken or contested; a driver that dies: nothing is lost, little is waited."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from by_hand import put
from tracking.studies import MemoryStore, begin, finish, make_study, play, start_trial

from automl.commands.sync import main as sync
from automl.errors import ConfigError, DataError, StorageError
from automl.files import Lock
from automl.records import TrialRecord, TrialState
from automl.tracking import check_tracking
from automl.tracking.address import database_uri
from automl.tracking.operations import STUDY, Artifact, End, Log, Operation
from automl.tracking.runs import run_paths
from automl.tracking.spool import SPOOL
from automl.tracking.store import Store, quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def runs(experiments: Path) -> dict[str, Any]:
    quiet()
    from mlflow.tracking import MlflowClient

    client = MlflowClient(database_uri(experiments))
    ids = [one.experiment_id for one in client.search_experiments()]
    return {run.info.run_name: run for run in client.search_runs(ids)}


def states(experiments: Path) -> dict[str, tuple[str, str]]:
    return {name: (run.info.status, run.data.tags["automl.state"]) for name, run in runs(experiments).items()}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that was just made: making one takes seconds."""
    folder = tmp_path_factory.mktemp("template")
    Store(None, folder).ping()
    return folder / "mlflow.db"


@pytest.fixture
def database(tmp_path: Path, template: Path) -> Path:
    """An experiments folder with a database in it."""
    shutil.copy(template, tmp_path / "mlflow.db")
    return tmp_path


# Stores that are away.


def test_what_a_store_did_not_take_is_sent_when_it_is_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study, store = make_study(tmp_path), MemoryStore(tmp_path, ConnectionRefusedError("Connection refused"))
    tracker = begin(study, store)
    play(study, tracker, 0, TrialState.COMPLETE)
    wait_for(lambda: store.calls > 1)
    tracker.tick(study)
    tracker.tick(study)
    store.fault = None
    finish(study, tracker)
    tracker.close()
    ended = [operation.run for operation in store.told if isinstance(operation, End)]
    assert ended == ["0", STUDY]
    assert not (study.folder / SPOOL).exists()
    err = capsys.readouterr().err
    assert err.count("note: MLflow at sqlite:") == 1
    assert "cannot be reached: it refuses the connection. What is tracked is kept in the study's folder" in err


def test_a_store_that_fails_in_mid_study_goes_on_where_it_was(tmp_path: Path) -> None:
    study, store = make_study(tmp_path), MemoryStore(tmp_path)
    tracker = begin(study, store)
    wait_for(lambda: len(store.told) >= 5)
    store.fault = OSError("gone")
    play(study, tracker, 0, TrialState.COMPLETE)
    wait_for(lambda: store.calls > len(store.told) + 1)
    store.fault = None
    play(study, tracker, 1, TrialState.PRUNED)
    finish(study, tracker)
    tracker.close()
    losses = [point for operation in store.told if isinstance(operation, Log) for point in operation.points]
    assert [point[1] for point in losses if point[0] == "loss"] == [1.0, 0.5, 1.0, 0.5]


def test_a_store_that_hangs_is_left_after_ten_seconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study, store = make_study(tmp_path), MemoryStore(tmp_path)
    store.patience = 0.5
    tracker = begin(study, store)
    wait_for(lambda: len(store.told) >= 5)
    store.hung.set()
    finish(study, tracker)
    began = time.monotonic()
    tracker.close()
    assert time.monotonic() - began < 8.0
    err = capsys.readouterr().err
    assert "entries could not be sent to MLflow at sqlite:" in err
    assert f"send them with: python -m automl sync {study.folder}" in err
    assert len(err.splitlines()) == 1


def test_a_store_that_was_away_all_the_time_is_not_waited_for(tmp_path: Path) -> None:
    study, store = make_study(tmp_path), MemoryStore(tmp_path, OSError("away"))
    tracker = begin(study, store)
    tracker._sender._failures = 9
    finish(study, tracker)
    began = time.monotonic()
    tracker.close()
    assert time.monotonic() - began < 8.0
    assert (study.folder / SPOOL).is_file()


@pytest.mark.parametrize("hurries", [False, True])
def test_who_does_not_want_to_wait_at_the_end_loses_nothing(
    tmp_path: Path, hurries: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    study, store = make_study(tmp_path), MemoryStore(tmp_path)
    tracker = begin(study, store)
    wait_for(lambda: len(store.told) >= 5)
    store.hung.set()
    finish(study, tracker)
    threading.Timer(0.3, tracker.hurry if hurries else lambda: signal.raise_signal(signal.SIGINT)).start()
    began = time.monotonic()
    tracker.close()
    assert time.monotonic() - began < 9.0
    assert "python -m automl sync" in capsys.readouterr().err


def test_what_is_refused_for_good_is_passed_over_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from mlflow.exceptions import MlflowException

    def refuse(operation: Operation | None) -> None:
        if isinstance(operation, Log) and operation.params:
            raise MlflowException.invalid_parameter_value("Changing param values is not allowed.")

    study, store = make_study(tmp_path), MemoryStore(tmp_path, refuse)
    tracker = begin(study, store)
    play(study, tracker, 0, TrialState.COMPLETE)
    finish(study, tracker)
    tracker.close()
    assert [type(operation).__name__ for operation in store.told].count("End") == 2
    assert "MLflow refused 3 entries of this study (the first: Changing param values" in capsys.readouterr().err


def test_artifacts_that_cannot_be_stored_hold_up_nothing_and_are_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(operation: Operation | None) -> None:
        if isinstance(operation, Artifact):
            raise ModuleNotFoundError("No module named 'boto3'")

    monkeypatch.setattr("automl.tracking.replay._TRIES", 1)
    study, store = make_study(tmp_path), MemoryStore(tmp_path, refuse)
    tracker = begin(study, store)
    finish(study, tracker)
    tracker.close()
    assert isinstance(store.told[-1], End)
    assert "(the first: the package 'boto3' is needed to reach it)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "wanted"),
    [(ValueError("a bug"), ("FAILED", "failed")), (KeyboardInterrupt(), ("KILLED", "interrupted"))],
)
def test_a_study_that_dies_of_an_exception_is_not_said_to_run(
    database: Path, error: BaseException, wanted: tuple[str, str]
) -> None:
    study = make_study(database)
    tracker = begin(study)
    start_trial(study, tracker, 0)
    with pytest.raises(type(error)), closing(tracker):
        raise error
    assert states(database) == {"study-1": wanted, "trial 0": ("KILLED", "failed")}


# Databases.


@pytest.fixture
def locked(database: Path) -> Iterator[Callable[[], None]]:
    """A study's database that another program holds; call it to let go."""
    connection = sqlite3.connect(database / "mlflow.db")
    connection.execute("BEGIN EXCLUSIVE")
    yield connection.close
    connection.close()


def test_a_database_that_is_locked_gets_everything_when_it_is_free(
    database: Path, locked: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study(database)
    tracker = begin(study)
    play(study, tracker, 0, TrialState.COMPLETE)
    wait_for(lambda: tracker._sender.trouble != "")
    tracker.tick(study)
    assert "cannot be reached: database is locked." in capsys.readouterr().err
    locked()
    finish(study, tracker)
    tracker.close()
    assert states(database) == {"study-1": ("FINISHED", "finished"), "trial 0": ("FINISHED", "complete")}
    assert runs(database)["trial 0"].data.metrics["val_accuracy"] == 0.8


def test_sync_sends_what_a_locked_database_did_not_take(
    database: Path, locked: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_study(database)
    tracker = begin(study)
    tracker._store.patience = 0.2
    finish(study, tracker)
    tracker._sender._failures = 9
    tracker._sender._store = MemoryStore(database, OSError("locked"))
    tracker._sender._store.patience = 0.2
    tracker.close()
    assert (study.folder / SPOOL).is_file()
    locked()
    capsys.readouterr()
    assert sync([str(database)]) == 0
    assert capsys.readouterr().out == f"study-1: sent to {database_uri(database)}.\n"
    assert states(database) == {"study-1": ("FINISHED", "finished")}
    assert not (study.folder / SPOOL).exists()
    assert sync([str(database)]) == 0
    assert "Nothing is missing" in capsys.readouterr().out


def test_a_replay_that_begins_again_makes_nothing_twice(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automl.tracking.mlflow.remove", lambda folder: None)
    study = make_study(database)
    tracker = begin(study)
    play(study, tracker, 0, TrialState.COMPLETE)
    finish(study, tracker)
    tracker.close()
    (study.folder / "tracking.json").unlink()
    assert sync([str(study.folder)]) == 0
    found = runs(database)
    assert set(found) == {"study-1", "trial 0"}
    from mlflow.tracking import MlflowClient

    client = MlflowClient(database_uri(database))
    assert len(client.get_metric_history(found["trial 0"].info.run_id, "loss")) == 2
    assert len(client.search_logged_models([found["study-1"].info.experiment_id])) == 1


_MAKE = """
import sys
from pathlib import Path
from automl.tracking.apply import Calls
from automl.tracking.operations import STUDY, Begin, End, Start
from automl.tracking.spool import State
from automl.tracking.store import Store

experiments, name = Path(sys.argv[1]), sys.argv[2]
store, state = Store(None, experiments), State()
for operation in (Begin(STUDY, name, None, "digits"), Start(STUDY, name, 1, {}), End(STUDY, "FINISHED", 2)):
    store.apply(operation, state, experiments, again=False)
"""


@pytest.mark.slow
def test_studies_that_start_at_once_in_a_fresh_folder_are_all_tracked(tmp_path: Path) -> None:
    for number in range(3):
        command = [sys.executable, "-c", _MAKE, str(tmp_path / str(number))]
        racers = [subprocess.Popen([*command, name], stderr=subprocess.PIPE, text=True) for name in "abc"]
        faults = [racer.communicate(timeout=120)[1] for racer in racers]
        assert [racer.returncode for racer in racers] == [0, 0, 0], faults
        assert set(runs(tmp_path / str(number))) == {"a", "b", "c"}


def _early(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.executescript("CREATE TABLE experiments (experiment_id INTEGER); CREATE TABLE inputs (x INTEGER)")


def _late(path: Path) -> None:
    revision = Store(None, path.parent).revisions()[1]
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [revision])


@pytest.mark.parametrize("stop", [_early, _late])
def test_a_database_that_was_left_half_made_is_put_aside(
    tmp_path: Path, template: Path, stop: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "make", lambda self, uri: shutil.copy(template, uri.removeprefix("sqlite:///")))
    if stop is _late:
        shutil.copy(template, tmp_path / "mlflow.db")
    stop(tmp_path / "mlflow.db")
    study = make_study(tmp_path)
    tracker = begin(study)
    finish(study, tracker)
    tracker.close()
    assert states(tmp_path) == {"study-1": ("FINISHED", "finished")}
    assert len(list(tmp_path.glob("mlflow.db.broken-*"))) == 1


def test_a_making_that_was_killed_leaves_nothing_in_the_way(
    tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "make", lambda self, uri: shutil.copy(template, uri.removeprefix("sqlite:///")))
    (tmp_path / ".mlflow.db-making").write_text("half")
    (tmp_path / ".mlflow.db-making-journal").write_text("half")
    (tmp_path / "mlflow.db").touch()
    Store(None, tmp_path).ping()
    assert not list(tmp_path.glob(".mlflow.db-*"))


def test_a_database_of_another_program_is_not_put_aside(tmp_path: Path, template: Path) -> None:
    _early(tmp_path / "mlflow.db")
    with pytest.raises(Exception, match="already exists"):
        Store(database_uri(tmp_path), tmp_path).ping()
    assert not list(tmp_path.glob("mlflow.db.broken-*"))


def _garbage(path: Path) -> None:
    path.write_text("this is no database, it only looks like one from afar")


def _damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[100:4096] = os.urandom(3996)
    path.write_bytes(content)


def _other_version(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'f00dfeed'")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_garbage, "is not an SQLite database"),
        (_damaged, "is a damaged SQLite database"),
        (_other_version, "its schema f00dfeed is of another MLflow version"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_early_and_nothing_is_lost(
    database: Path, spoil: Callable[[Path], None], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from mlflow.tracking._tracking_service.utils import _tracking_store_registry

    spoil(database / "mlflow.db")
    before = (database / "mlflow.db").read_bytes()
    _tracking_store_registry._get_store_with_resolved_uri.cache_clear()
    study = make_study(database)
    tracker = begin(study)
    wait_for(lambda: tracker._sender.trouble != "")
    tracker.tick(study)
    err = capsys.readouterr().err
    assert words in err
    assert len(err.splitlines()) == 1
    tracker._sender._failures = 9
    finish(study, tracker)
    tracker.close()
    assert words in capsys.readouterr().err
    assert (database / "mlflow.db").read_bytes() == before
    assert sync([str(database)]) == 1
    assert words in capsys.readouterr().out


# Drivers that died.


def test_a_killed_driver_is_marked_by_the_next_command(database: Path) -> None:
    dead, gone, alive = (make_study(database, name) for name in ("dead", "gone", "alive"))
    for study in (dead, gone, alive):
        tracker = begin(study)
        start_trial(study, tracker, 0)
        tracker._recorder._writer.flush()  # type: ignore[union-attr]
        tracker._sender.wake()
        wait_for(lambda study=study, tracker=tracker: len(tracker._recorder.replay.state.runs) == 2)  # type: ignore[misc]
    for path in gone.folder.glob("*"):
        if path.is_file():
            path.unlink()
    (gone.folder / "trials" / "0").rmdir()
    (gone.folder / "trials").rmdir()
    gone.folder.rmdir()
    lock = Lock(alive.folder / "lock")
    assert lock.take()
    study = make_study(database, "next")
    tracker = begin(study)
    finish(study, tracker)
    tracker.close()
    found = states(database)
    assert found["dead"] == found["gone"] == ("KILLED", "killed")
    assert found["alive"] == ("RUNNING", "running")
    assert found["next"] == ("FINISHED", "finished")
    assert not (dead.folder / SPOOL).exists()
    lock.release()
    assert sync([str(database)]) == 0
    assert states(database)["alive"] == ("KILLED", "killed")


def test_runs_of_another_machine_are_left_alone(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automl.tracking.mlflow.host", lambda: "elsewhere")
    study = make_study(database, "far")
    tracker = begin(study)
    wait_for(lambda: "study" in tracker._recorder.replay.state.runs)  # type: ignore[union-attr]
    study.folder.rename(database / "moved")
    (database / "moved" / SPOOL).unlink()
    assert sync([str(database)]) == 0
    assert states(database)["far"] == ("RUNNING", "running")


def test_sync_leaves_a_running_study_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = make_study(tmp_path)
    begin(study, MemoryStore(tmp_path, OSError("away")))
    lock = Lock(study.folder / "lock")
    lock.take()
    assert sync([str(study.folder)]) == 0
    assert capsys.readouterr().out == "study-1: runs, and sends by itself.\n"
    lock.release()


# What the configuration shows.


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("foo://bar", "there is no tracking store 'foo://'"),
        ("postgres://h/d", "Did you mean: postgresql?"),
        ("htp://h", "Did you mean: http"),
        ("mlruns", "MLflow keeps no runs in a folder any more. Name a server"),
        ("/abs/folder", "MLflow keeps no runs in a folder any more"),
        ("file:///abs/folder", "MLflow keeps no runs in a folder any more"),
        ("", "not empty"),
        (" ", "MLflow keeps no runs in a folder any more"),
        ("localhost:5000", "there is no tracking store 'localhost://'"),
        ("http://", "the address names no host"),
        ("http:", "the address names no host"),
        ("http://:5000", "the address names no host"),
        ("http://a b:5000", "the address names no host"),
        ("http://h:99999", "Port out of range"),
        ("http://h:port", "Port could not be cast"),
        ("http://[::1", "Invalid IPv6"),
        ("sqlite://", "the address names no database file"),
        ("sqlite:///", "the address names no database file"),
        ("sqlite:///:memory:", "the address names no database file"),
        ("sqlite:///{folder}", "is a folder"),
        ("sqlite:///{folder}/table.csv", "is not an SQLite database"),
        ("sqlite:///{folder}/table.csv/mlflow.db", "cannot be made"),
    ],
)
def test_an_address_that_is_none_is_refused_at_once(tmp_path: Path, uri: str, words: str) -> None:
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match=r"tracking.uri: .*Received: ") as caught:
        check_tracking({"name": "mlflow", "uri": uri.format(folder=tmp_path)}, tmp_path)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "uri",
    ["http://h:5000", "https://user:secret@h/path", "postgresql+psycopg2://u:p@h/d", "databricks", "databricks://p",
     "sqlite:///{folder}/new/mlflow.db", "sqlite:////{folder}/실험.db?timeout=5"],
)  # fmt: skip
def test_an_address_that_may_be_one_is_taken(tmp_path: Path, uri: str) -> None:
    check_tracking({"name": "mlflow", "uri": uri.format(folder=tmp_path)}, tmp_path)


def test_passwords_are_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        check_tracking({"name": "mlflow", "uri": "foo://user:secret@h"}, tmp_path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("experiment", ["  ", "\n", "x" * 501])
def test_an_experiment_without_a_usable_name_is_refused(tmp_path: Path, experiment: str) -> None:
    with pytest.raises(ConfigError, match=r"tracking.experiment: a name of 1 to 500 characters is needed"):
        check_tracking({"name": "mlflow", "experiment": experiment}, tmp_path)


def test_odd_names_and_values_reach_a_real_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    experiments = tmp_path / "실험 폴더 #1 50%'"
    study = make_study(experiments, "v1.2 연구")
    config = {**study.config, "data": {"name": "소득\n표", "긴": "x" * 10000, "a/b (c)": "한\n글\x00"}}
    put(study, config=config, baseline={"f1 (macro)": float("nan"), "../한": float("inf"), "n": float("-inf")})
    tracker = begin(study)
    trial = start_trial(study, tracker, 0)
    trial = TrialRecord(1, {f"model.m{n}": "값" * 3000 for n in range(250)}, {}, trial.folder)
    put(trial, metrics={"소득/x//y": float("nan"), "z" * 300: 1.0})
    tracker.trial_started(study, trial)
    tracker.trial_reported(study, trial)
    put(trial, state=TrialState.COMPLETE, value=0.5)
    tracker.trial_ended(study, trial)
    finish(study, tracker)
    tracker.close()
    assert capsys.readouterr().err == ""
    found = runs(experiments)
    assert "baseline.val_f1 _macro_" in found["v1.2 연구"].data.metrics
    assert len(found["trial 1"].data.params) == 250


def test_an_experiment_that_was_deleted_gets_a_namesake(database: Path) -> None:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(database_uri(database))
    client.delete_experiment(client.create_experiment("digits"))
    study = make_study(database)
    tracker = begin(study)
    finish(study, tracker)
    tracker.close()
    assert client.get_experiment(runs(database)["study-1"].info.experiment_id).name == "digits 2"


# The sync command and models of earlier runs.


def test_sync_refuses_what_it_cannot_take(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StorageError, match=r"sync: there is no folder .*nowhere"):
        sync([str(tmp_path / "nowhere")])
    with pytest.raises(ConfigError, match=r"there is no tracking store 'foo://'"):
        sync([str(tmp_path), "--uri", "foo://bar"])
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / SPOOL).write_text("garbage\n")
    assert sync([str(tmp_path)]) == 1
    assert "s: its tracking.jsonl is damaged" in capsys.readouterr().out


def test_sync_sends_to_another_store(database: Path) -> None:
    study = make_study(database / "here")
    tracker = begin(study, uri="http://127.0.0.1:9")
    play(study, tracker, 0, TrialState.COMPLETE)
    tracker._sender._failures = 9
    finish(study, tracker)
    tracker.close()
    assert sync([str(study.folder), "--uri", database_uri(database)]) == 0
    assert (database / "artifacts").is_dir()
    assert states(database) == {"study-1": ("FINISHED", "finished"), "trial 0": ("FINISHED", "complete")}


@pytest.mark.parametrize("value", ["runs:/", "runs://", "runs:/../../x", "runs:/a b", "runs:/한", "runs:/a/../../b"])
def test_what_names_no_run_is_told(tmp_path: Path, value: str) -> None:
    with pytest.raises(DataError, match=r"model: expected runs:/<MLflow run>, such as runs:/1f0c. Received: "):
        run_paths({"model": {"weights": {"choices": [value]}}, "tracking": {"name": "mlflow", "uri": None}}, tmp_path)


def test_a_broken_download_is_made_again(database: Path) -> None:
    study = make_study(database)
    tracker = begin(study)
    play(study, tracker, 0, TrialState.COMPLETE)
    finish(study, tracker)
    tracker.close()
    run = runs(database)["study-1"].info.run_id
    config = {"model": {"weights": f"runs:/{run}"}, "tracking": {"name": "mlflow", "uri": None}}
    broken = database / "cache" / "runs" / run / "plugin"
    broken.mkdir(parents=True)
    for _ in range(2):
        (folder,) = run_paths(config, database).values()
        assert (Path(folder) / "a" / "b.json").read_text() == "x"
        (Path(folder) / "fields.json").write_text("")
    with pytest.raises(DataError, match=r"cannot be had from sqlite:.*: the run holds no 'nothing'"):
        run_paths({**config, "model": {"weights": f"runs:/{run}/nothing"}}, database)


# Servers.


class Answers(threading.Thread):
    """A server that is no MLflow: answers everything with one status, or never."""

    def __init__(self, status: int | None) -> None:
        super().__init__(daemon=True)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.uri = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._status = status
        self._kept: list[socket.socket] = []
        self.start()

    def run(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            self._kept.append(connection)
            if self._status is not None:
                connection.recv(65536)
                connection.sendall(f"HTTP/1.1 {self._status} No\r\nContent-Length: 0\r\n\r\n".encode())
                connection.close()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (500, "it answers with HTTP status 500"),
        (404, "HTTP status 404"),
        (401, "HTTP status 401"),
        (None, "it does not answer"),
    ],
)
def test_a_server_that_is_no_mlflow_costs_no_more_than_ten_seconds(
    tmp_path: Path, status: int | None, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    study = make_study(tmp_path)
    tracker = begin(study, uri=Answers(status).uri)
    wait_for(lambda: tracker._sender.trouble != "")
    tracker._sender._failures = 9
    finish(study, tracker)
    began = time.monotonic()
    tracker.close()
    assert time.monotonic() - began < 10.0
    # A machine that is busy may break a connection off before the server's answer is read.
    told = capsys.readouterr().err
    assert words in told or "it breaks off the connection" in told or "it does not answer" in told


@pytest.mark.slow
def test_a_server_that_dies_and_comes_back_gets_everything(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--port", str(port)]
    command += ["--backend-store-uri", database_uri(tmp_path), "--artifacts-destination", str(tmp_path / "served")]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}

    def serve() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL)

    study = make_study(tmp_path / "experiments")
    server = serve()
    try:
        tracker = begin(study, uri=f"http://127.0.0.1:{port}")
        play(study, tracker, 0, TrialState.COMPLETE)
        wait_for(lambda: tracker._sender._prepared and tracker._recorder.replay.sent > 5, 120)  # type: ignore[union-attr]
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        play(study, tracker, 1, TrialState.COMPLETE)
        wait_for(lambda: tracker._sender.problem != "", 60)
        server = serve()
        wait_for(lambda: tracker._sender.problem == "", 120)
        finish(study, tracker)
        tracker.close()
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    assert not (study.folder / SPOOL).exists()
    assert set(states(tmp_path).values()) == {("FINISHED", "finished"), ("FINISHED", "complete")}
    assert runs(tmp_path)["trial 1"].data.metrics["val_accuracy"] == 0.8
