from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import browser_page
from tracking.studies import begin, finish, make_study, play

from automl.commands.ui import main
from automl.errors import ConfigError, DataError, StorageError
from automl.records import TrialState
from automl.tracking.spool import State

if TYPE_CHECKING:
    from collections.abc import Iterator


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


def test_a_study_on_a_server_is_shown_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "연구 1"
    folder.mkdir()
    (folder / "journal.jsonl").touch()
    State(uri="http://me:secret@host:80", id="2ffa41eeed744b1a", experiment="3").save(folder)
    assert main(["--experiments", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    address = "http://host:80/#/experiments/3/runs?workflowType=machine_learning&viewStateShareKey=2ffa41ee"
    assert told.splitlines()[0].split() == ["연구", "1:", address]
    assert "secret" not in told
    with pytest.raises(DataError, match="ui: there is no study 'frist'"):
        main(["frist", "--experiments", str(tmp_path)])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The addresses that ``ui`` tells of a study, while it serves them; Ctrl-C ends it."""
    study = make_study(tmp_path)
    tracker = begin(study)
    for number, value in enumerate((0.7, 0.9, 0.8)):
        play(study, tracker, number, TrialState.COMPLETE, value=value)
    play(study, tracker, 3, TrialState.FAILED, "nan")
    (study.folder / "report.html").write_text("<h1>What came of it</h1>")
    finish(study, tracker)
    tracker.close()
    (study.folder / "journal.jsonl").touch()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "automl", "ui", "--experiments", str(tmp_path), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    told: dict[str, str] = {}
    try:
        while "all studies of its data" not in told:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, "the server ended by itself"
            name, _, address = line.strip().partition(": ")
            told[name] = address.strip()
        yield told
    finally:
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=30) == 0


@pytest.mark.slow
def test_a_study_is_read_in_the_browser_at_the_address_that_is_told(served: dict[str, str], tmp_path: Path) -> None:
    folder = Path(os.environ.get("AUTOML_SCREENSHOTS", tmp_path))
    with browser_page() as browser:
        page = browser.page
        page.set_default_timeout(60_000)
        page.add_init_script(_NO_ASSISTANT)
        page.goto(served["study-1"])
        page.get_by_text("4 matching runs").wait_for()
        page.get_by_role("link", name="trial 3").wait_for()
        links = page.locator("a[href*='/runs/']").all()
        by_place = sorted((link.bounding_box()["y"], link.inner_text()) for link in links)
        assert [name for _, name in by_place] == ["trial 1", "trial 2", "trial 0", "trial 3"]
        titles = page.locator(".ag-header-cell").all()
        shown = sorted((title.bounding_box()["x"], title.inner_text()) for title in titles)
        assert [title for _, title in shown if title] == [
            "Run Name", "Created", "objective", "automl.state", "Duration", "model.blocks"
        ]  # fmt: skip
        page.screenshot(path=folder / "trials.png")

        page.goto("about:blank")
        page.goto(served["its charts"])
        for text in ("Learning curves", "Search", "Objective by parameter", "Parallel Coordinates"):
            page.get_by_text(text, exact=True).wait_for()
        page.locator(".js-plotly-plot .scatterlayer .point").first.wait_for()
        page.screenshot(path=folder / "charts.png")

        page.goto("about:blank")
        page.goto(served["all studies of its data"])
        page.get_by_role("link", name="study-1").click()
        with page.expect_popup() as opened:
            page.get_by_role("link", name="Report").click()
        opened.value.frame_locator("iframe").get_by_text("What came of it").wait_for()
        opened.value.screenshot(path=folder / "report.png")
        with page.expect_popup() as opened:
            page.get_by_role("link", name="Trials", exact=True).click()
        opened.value.get_by_role("link", name="trial 3").wait_for()
        page.screenshot(path=folder / "study.png")
        assert [error for error in browser.errors if not _OF_MLFLOW.search(error)] == []


_NO_ASSISTANT = """
    if (location.protocol.startsWith('http'))
        localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true');
"""
_OF_MLFLOW = re.compile(r"404 \(Not Found\)|attribute [a-z]+:|ResizeObserver loop")
"""Its page asks who the user is, which a server without users does not know, and draws charts that have no size yet."""
