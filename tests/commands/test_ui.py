from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from automl.commands.ui import main
from automl.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from pathlib import Path


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


@pytest.mark.slow
def test_the_ui_answers_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    from mlflow.tracking import MlflowClient

    from automl.tracking.mlflow import database_uri, quiet

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
