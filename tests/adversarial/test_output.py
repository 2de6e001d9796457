"""Standard output and error that are closed, full, or too poor for a character."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from driver import FAULTS, scripted, summary

from automl.records import Observer, StudyRecord
from automl.study.audience import Audience

if TYPE_CHECKING:
    from pathlib import Path


def shell(folder: Path, line: str, **environment: str) -> tuple[int, str, str]:
    """Run a line of shell in which ``$automl`` is the command; the exit code is that of a pipe's first part."""
    variables = {**os.environ, "PYTHONPATH": str(FAULTS), "automl": f"{sys.executable} -m automl", **environment}
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        cwd=folder,
        env=variables,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


STUDY = " ".join(scripted("search.trials=2"))


@pytest.mark.parametrize(
    "line",
    [
        f"$automl {STUDY} | head -1",
        f"$automl {STUDY} >/dev/full",
        pytest.param(f"$automl {STUDY} >&- 2>&-", marks=pytest.mark.slow),
        pytest.param(f"PYTHONIOENCODING=ascii $automl {STUDY} >/dev/null", marks=pytest.mark.slow),
    ],
)
def test_a_study_outlives_its_terminal(tmp_path: Path, line: str) -> None:
    code, _, err = shell(tmp_path, line)
    assert (code, err) == (0, "")
    assert summary(tmp_path)["state"] == "finished"


@pytest.mark.parametrize("words", ["--help", "plugins"])
@pytest.mark.parametrize("end", ["| head -1", ">/dev/full", ">&-", "| true"])
def test_commands_are_quiet_when_nobody_reads_on(tmp_path: Path, words: str, end: str) -> None:
    code, _, err = shell(tmp_path, f"$automl {words} {end}")
    assert code in {0, 1}
    assert err == ""


def test_a_character_that_cannot_be_shown_gets_another(tmp_path: Path) -> None:
    code, out, err = shell(tmp_path, "$automl +model=없다", PYTHONIOENCODING="ascii")
    assert (code, out) == (2, "")
    assert err.startswith("automl: ")
    assert "Traceback" not in err


def test_an_observer_that_raises_is_left_out_and_the_others_hear_of_it(study_record: StudyRecord) -> None:
    heard: list[str] = []

    class Broken(Observer):
        def tick(self, study: StudyRecord) -> None:
            heard.append("broken")
            raise UnicodeEncodeError("ascii", "·", 0, 1, "no")

        def close(self) -> None:
            heard.append("closed")
            raise ValueError

    class Sound(Observer):
        def tick(self, study: StudyRecord) -> None:
            heard.append("sound")

        def noted(self, study: StudyRecord, text: str) -> None:
            heard.append(text)

    audience = Audience([Broken(), Sound()])
    for _ in range(2):
        audience.tick(study_record)
    audience.close()
    assert heard[0] == "broken"
    assert heard[1].startswith("Broken is left out from here on: UnicodeEncodeError")
    assert heard[2:] == ["sound", "sound", "closed"]


def test_whatever_an_observer_can_hear_everyone_hears() -> None:
    hears = {name for name in vars(Observer) if not name.startswith("_")}
    assert hears <= set(vars(Audience))
