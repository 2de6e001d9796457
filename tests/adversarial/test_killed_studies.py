"""Studies that are killed by ``kill -9`` at random, and resumed; ``benchmarks/kill.py`` kills more often."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from driver import FAULTS, scripted, start, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [["model.pause=0.1"], ["model.pause=0.1", "model.fault=nan", "model.fault_below=0.2"]]
)
def test_nothing_is_lost_doubled_or_torn(tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from kill import Campaign

    monkeypatch.setenv("PYTHONPATH", str(FAULTS))
    found = Campaign(tmp_path, ["+model=scripted", "model.steps=5", "model.pause=0.1", *words], trials=6, seed=3).run(3)
    assert found["kills"] == 3
    assert found["trials"] == 6
    assert found["trials lost or doubled"] == 0
    assert found["rows that differ from the study that was not killed"] == 0
    assert found["rows of MLflow that differ from the study"] == 0
    assert found["state at the end"] == "finished"


def _children(pid: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                yield int(entry.name)


def test_a_fork_server_that_still_imports_ends_with_its_driver(tmp_path: Path) -> None:
    process = start(tmp_path, *scripted())
    wait_for(lambda: any(_children(process.pid)))
    servers = list(_children(process.pid))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    wait_for(lambda: not any(Path(f"/proc/{one}").exists() for one in servers))
