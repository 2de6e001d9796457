from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from automl.data.cache import cached, digest
from automl.data.files.scratch import sweep, sweep_dead
from automl.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path


def test_an_entry_is_written_once(tmp_path: Path) -> None:
    calls = []

    def write(folder: Path) -> None:
        calls.append(folder)
        (folder / "x").write_text("content")

    for _ in range(2):
        assert (cached(tmp_path / "cache", "entry", write) / "x").read_text() == "content"
    assert len(calls) == 1


def test_a_writer_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise ValueError("broken off")

    with pytest.raises(ValueError, match="broken off"):
        cached(tmp_path, "entry", write)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="cannot be written: No space left on device"):
        cached(tmp_path, "entry", write)


def test_of_two_writers_the_first_wins(tmp_path: Path) -> None:
    def fast(folder: Path) -> None:
        (folder / "x").write_text("first")

    def slow(folder: Path) -> None:
        cached(tmp_path, "entry", fast)
        (folder / "x").write_text("second")

    assert (cached(tmp_path, "entry", slow) / "x").read_text() == "first"


def test_digests_depend_on_every_part() -> None:
    assert digest("a", [1, 2]) == digest("a", [1, 2])
    assert len({digest("a"), digest("b"), digest("a", 1), digest(b"a")}) == 4


def scratch(cache: Path, pid: int, age: float) -> Path:
    """What a process is filling, changed so many seconds ago."""
    folder = cache / f".{pid}-entry-x1"
    folder.mkdir()
    (folder / "file").write_text("half")
    for path in (folder / "file", folder):
        os.utime(path, (time.time() - age,) * 2)
    return folder


def test_what_a_process_has_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    mine, others = scratch(tmp_path, 4_000_001, 0.0), scratch(tmp_path, 4_000_002, 0.0)
    (tmp_path / "entry").mkdir()
    sweep(tmp_path, 4_000_001)
    sweep(tmp_path, None)
    sweep(tmp_path / "nowhere", 1)
    assert sorted(tmp_path.iterdir()) == [others, tmp_path / "entry"]
    assert not mine.exists()


def test_what_dead_processes_left_is_removed_once_it_has_lain_for_a_while(tmp_path: Path) -> None:
    old, new = scratch(tmp_path, 4_194_304 + 1, 3600.0), scratch(tmp_path, 4_194_304 + 2, 1.0)
    ours, odd = scratch(tmp_path, os.getpid(), 3600.0), scratch(tmp_path, 10**30, 3600.0)
    sweep_dead(tmp_path)
    assert not old.exists()
    assert new.exists()
    assert ours.exists()
    assert odd.exists()


def test_a_folder_that_is_filled_bears_the_number_of_its_process(tmp_path: Path) -> None:
    names: list[str] = []
    cached(tmp_path, "entry", lambda folder: names.append(folder.name))
    assert names[0].startswith(f".{os.getpid()}-entry-")
