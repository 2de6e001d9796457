from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from automl.commands.ui import main
from automl.errors import ConfigError, StorageError


def test_a_folder_without_studies_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"There is no mlflow.db in .* Run a study first"):
        main(["--experiments", str(tmp_path)])


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").touch()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"--port: 127.0.0.1:{port} cannot be used"):
            main(["--experiments", str(tmp_path), "--port", str(port)])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--port", "99999"], "--port: a number from 1 to 65535 is needed. Received: 99999."),
        (["--port", "0"], "--port: a number from 1 to 65535 is needed"),
        (["--port", "-1"], "--port: a number from 1 to 65535 is needed"),
        (["--host", "no.such.host.invalid"], "--host: this machine has no address 'no.such.host.invalid'"),
        (["--host", "a" * 300], "--host: this machine has no address"),
        (["--host", "203.0.113.1"], "--port: 203.0.113.1:5000 cannot be used"),
    ],
)
def test_an_address_that_cannot_be_served_on_is_told(tmp_path: Path, words: list[str], message: str) -> None:
    (tmp_path / "mlflow.db").touch()
    with pytest.raises(ConfigError) as caught:
        main(["--experiments", str(tmp_path), *words])
    assert message in str(caught.value)


def test_a_database_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database")
    with pytest.raises(StorageError, match=r"mlflow.db is not an SQLite database. Move it away"):
        main(["--experiments", str(tmp_path)])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_first_second_leaves_no_child(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "mlflow.db").touch()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "automl", "ui", "--experiments", str(tmp_path), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "Ctrl-C ends it" in process.stdout.readline()
    time.sleep(0.5)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert children
    assert not any(Path(f"/proc/{child}").exists() for child in children)


@pytest.mark.slow
def test_the_ui_answers_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    from mlflow.tracking import MlflowClient

    from automl.tracking.address import database_uri
    from automl.tracking.store import quiet

    quiet()
    MlflowClient(database_uri(tmp_path)).create_experiment("digits")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "automl", "ui", "--experiments", str(tmp_path), "--port", str(port)]
    process = subprocess.Popen(command, start_new_session=True)
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health") as answer:
                assert answer.status == 200
            break
        except urllib.error.URLError:
            assert time.monotonic() < end, "the UI does not answer"
            time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=20) == 0
