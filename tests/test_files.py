"""Files that are never half-written, and locks that a dead owner does not hold."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from automl.files import Lock, write_whole

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_replaced_whole_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    write_whole(path, "one")
    write_whole(path, b"two")
    assert path.read_text() == "two"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "study.json"
    write_whole(path, "one")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "two")
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_is_held_by_one_and_given_back_by_the_dead(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not Lock(path).held()
    code = (
        "import sys; from pathlib import Path; from automl.files import Lock; lock = Lock(Path(sys.argv[1]));"
        " print(lock.take(), flush=True); sys.stdin.read()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "True\n"
    assert Lock(path).held()
    assert not Lock(path).take()
    owner.kill()
    owner.communicate()
    assert not Lock(path).held()
    lock = Lock(path)
    assert lock.take()
    assert lock.held()
    lock.release()
    assert not Lock(path).held()
