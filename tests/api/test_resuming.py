"""``automl.resume``: what may change, what is refused, and what is told."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

import automl
from automl.errors import ConfigError, DataError, StorageError
from automl.files import Lock
from automl.study.journal import JOURNAL
from automl.study.killed import LOCK

if TYPE_CHECKING:
    from pathlib import Path

STUDY: dict[str, Any] = {
    "runner": "inline",
    "tracking": "none",
    "refit": False,
    "verbose": False,
    "search": {"startup_trials": 2},
    "model": {"name": "scripted", "pause": 0.0},
}


def table(study: automl.Study) -> list[Any]:
    return study.trials[["number", "state", "value", "model.x", "epochs"]].values.tolist()


def resume(folder: Path, **how: Any) -> automl.Study:
    return automl.resume("study", experiments=folder / "experiments", verbose=False, **how)


def cut(folder: Path, share: float) -> None:
    """Leave of a journal what a process had written that was killed in the middle of a line, and its lock."""
    path = folder / JOURNAL
    os.truncate(path, int(path.stat().st_size * share))
    (folder / LOCK).touch()


def test_a_study_is_resumed_however_it_ended(
    tmp_path: Path, faults: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    how = {key: value for key, value in STUDY.items() if key != "model"}
    whole = automl.search(STUDY["model"], data="digits", name="study", trials=4, **how)
    folder, expected = whole.folder, table(whole)

    automl.resume(runner="inline")
    assert capsys.readouterr().out == (
        "note: study has finished, and nothing is left to do; search.trials=8 adds trials.\n"
    )
    for keys, sentence in (
        ({"model.pause": 0.5}, r"Received for study: model.pause was 0.0, and is 0.5\.$"),
        ({"trials": 3}, r"search.trials was 4, and is 3"),
        ({"timeout": 60}, r"search.timeout was null, and is 60"),
        ({"seed": 7, "training": {"batch_size": 8}}, r"seed was 42, and is 7; training.batch_size was auto, and is 8"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            resume(tmp_path, **keys)
    with pytest.raises(DataError, match=r"resume: there is no study 'studi' in .*experiments. Did you mean: study?"):
        automl.resume("studi")
    lock = Lock(folder / LOCK)
    assert lock.take()
    with pytest.raises(StorageError, match="The study study runs in another process, which holds"):
        resume(tmp_path)
    lock.release()

    more = resume(tmp_path, trials=6)
    assert table(more)[:4] == expected
    assert (more.state, len(more.trials)) == ("finished", 6)
    assert more.best is not None
    assert len(list(folder.glob("trials/*/plugin"))) == 3
    assert more.test
    expected = table(more)

    moved = tmp_path / "옮긴 곳" / "study"
    moved.parent.mkdir()
    shutil.move(folder, moved)
    for share in (0.9, 0.6, 0.3):
        cut(moved, share)
        again = automl.resume(moved, trials=6, verbose=False)
        assert (again.folder, again.state, table(again)) == (moved, "finished", expected)
        assert again.test == more.test
    (moved / "config.yaml").unlink()
    (moved / "trials" / "0000" / ".checkpoint.npz-ab12_xyz").touch()
    cut(moved, 0.5)
    assert table(automl.resume("study", experiments=moved.parent, verbose=False)) == expected
    assert not list(moved.rglob(".*"))
