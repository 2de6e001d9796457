from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from automl.data.cache import cached, digest
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
