"""Files that vanish, disks that are full, names that are taken, drivers that are killed."""

from __future__ import annotations

import shutil
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from by_hand import started
from driver import scripted, start, summary, wait_for

from automl.errors import StorageError
from automl.files import Lock
from automl.records import StudyRecord, StudyState, TrialState
from automl.study.folder import held, make_folder
from automl.study.journal import JOURNAL, Journal, replay
from automl.study.journal.events import StudyEnded
from automl.study.kept import Kept
from automl.study.killed import mark_killed

if TYPE_CHECKING:
    from pathlib import Path


def trials(folder: Path) -> Path:
    return folder / "experiments" / "study" / "trials"


def test_a_study_whose_journal_is_deleted_goes_on(tmp_path: Path) -> None:
    process = start(tmp_path, *scripted("model.pause=0.2", "search.trials=12"))
    wait_for((trials(tmp_path) / "0002").is_dir)
    (tmp_path / "experiments" / "study" / "journal.log").unlink()
    _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    study = summary(tmp_path)
    assert "The search's storage was lost and the search went on in memory" in study["message"]
    assert [trial["number"] for trial in study["trials"]] == list(range(12))
    assert study["test"] is not None


def test_a_study_whose_folder_is_taken_away_says_so(tmp_path: Path) -> None:
    process = start(tmp_path, *scripted("model.pause=0.3", "search.trials=500"))
    wait_for((trials(tmp_path) / "0002").is_dir)
    (tmp_path / "experiments" / "study").rename(tmp_path / "elsewhere")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "its folder is gone" in err.strip().splitlines()[-1]


def test_a_killed_driver_leaves_an_honest_account_that_the_next_study_completes(tmp_path: Path) -> None:
    process = start(tmp_path, *scripted("model.pause=0.3", "search.trials=500"))
    wait_for((trials(tmp_path) / "0006").is_dir)
    assert summary(tmp_path)["state"] == "running"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert summary(tmp_path)["best"] is not None
    known = replay(tmp_path / "experiments" / "study" / JOURNAL)
    assert known.state is StudyState.RUNNING
    assert sum(trial.state is TrialState.COMPLETE and trial.folder.is_dir() for trial in known.trials) >= 3
    (note,) = mark_killed(tmp_path / "experiments")
    assert note == f"study study was killed; it goes on with: python -m automl resume={tmp_path}/experiments/study"
    study = summary(tmp_path)
    assert study["state"] == "killed"
    assert "running" not in {trial["state"] for trial in study["trials"]}
    assert [trial["number"] for trial in study["trials"]] == [trial.number for trial in known.trials]
    assert replay(tmp_path / "experiments" / "study" / JOURNAL).state is StudyState.KILLED
    assert mark_killed(tmp_path / "experiments") == []


def make_study(experiments: Path, name: str, state: str) -> Path:
    folder = make_folder(experiments, name, fixed=True, config={"seed": 1})
    journal = Journal.begin(folder, started(name=name))
    if state != "running":
        journal.append(StudyEnded(state=StudyState(state)))
    journal.close()
    return folder


def test_studies_that_live_or_have_ended_are_left_alone(tmp_path: Path) -> None:
    living, ended = make_study(tmp_path, "living", "running"), make_study(tmp_path, "ended", "finished")
    broken = make_study(tmp_path, "broken", "running")
    (broken / "journal.jsonl").write_text('{"event":"study_sta')
    for folder in (ended, broken):
        (folder / "lock").touch()
    lock = Lock(living / "lock")
    lock.take()
    assert mark_killed(tmp_path) == []
    lock.release()
    assert len(mark_killed(tmp_path)) == 1
    assert mark_killed(tmp_path / "nowhere") == []


def test_a_thousand_studies_that_ended_cost_next_to_nothing(tmp_path: Path) -> None:
    for number in range(1000):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "study.json").write_text('{"state": "finished"}')
    began = time.perf_counter()
    assert mark_killed(tmp_path) == []
    assert time.perf_counter() - began < 0.1


def test_the_lock_is_let_go_and_stays_where_the_last_summary_could_not_be_written(tmp_path: Path) -> None:
    for name, state, left in (("a", "finished", False), ("b", "running", True)):
        folder = make_study(tmp_path, name, state)
        with held(folder):
            assert Lock(folder / "lock").held()
        assert (folder / "lock").exists() == left
        assert not Lock(folder / "lock").held()


def test_a_default_name_that_is_taken_gets_a_number_and_a_chosen_one_a_sentence(tmp_path: Path) -> None:
    names = [make_folder(tmp_path, "cnn", fixed=False, config={}).name for _ in range(3)]
    assert names == ["cnn", "cnn-2", "cnn-3"]
    with pytest.raises(StorageError, match=r"name: there is a study in .*cnn already. Choose another name."):
        make_folder(tmp_path, "cnn", fixed=True, config={})


def test_a_folder_that_cannot_be_written_is_not_left_half_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("automl.study.folder.write_whole", full)
    with pytest.raises(StorageError, match=r"experiments: .*study cannot be written: No space left on device."):
        make_folder(tmp_path, "study", fixed=True, config={})
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(StorageError, match=r"experiments: .* cannot be written"):
        make_folder(tmp_path / "loop", "study", fixed=True, config={})


def test_a_summary_is_written_at_most_once_a_second(study_record: StudyRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Any] = []
    monkeypatch.setattr("automl.study.kept.write_summary", written.append)
    kept = Kept(study_record)
    kept.begin()
    for _ in range(100):
        kept._changed = True
        kept.tick()
    assert len(written) == 1
    shutil.rmtree(study_record.folder)
    with pytest.raises(StorageError, match="its folder is gone"):
        kept.tick()


def test_a_disk_that_fills_at_the_end_is_one_sentence_and_the_result_is_shown(
    make_study: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, listener = make_study(trials=2)
    real = Kept.summarise

    def full(kept: Kept) -> None:
        if study.record.state is not StudyState.RUNNING:
            raise OSError(28, "No space left on device", "study.json")
        real(kept)

    monkeypatch.setattr(Kept, "summarise", full)
    with pytest.raises(StorageError, match=r"study.json cannot be written: No space left on device. What was"):
        study.run()
    assert listener.heard.count("study finished") == 1
