"""The journal: what a study was known to be, however its file ends."""

from __future__ import annotations

import errno
import math
import os
import shutil
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any

import pytest
from by_hand import started

from automl.data.spec import DataSpec, TensorSpec
from automl.errors import StorageError
from automl.handover import Form, Member
from automl.objectives import Objective
from automl.records import StudyRecord, StudyState, TrialState
from automl.study.journal import JOURNAL, Journal, is_open, replay
from automl.study.journal.coding import _KINDS, decode, encode
from automl.study.journal.events import (
    EarlierTaken,
    EngineReplaced,
    EnsembleSelected,
    EvaluationStepEnded,
    FamilyChecked,
    HandoverBegun,
    Noted,
    PreflightEnded,
    Refitted,
    Rehearsed,
    RunEnded,
    Scored,
    SearchClosed,
    SearchEnded,
    Settled,
    StudyEnded,
    StudyResumed,
    TrialCut,
    TrialEnded,
    TrialReported,
    TrialResumed,
    TrialRetried,
    TrialStarted,
    TrialStopped,
)
from automl.tasks import task_info

if TYPE_CHECKING:
    from pathlib import Path

    from automl.study.journal.events import Event

TASK = task_info("image_classification")
SPEC = DataSpec(
    "손글씨", TASK.name, {"상": TensorSpec((None, 8), "uint8")}, TensorSpec((), "int64"), ("영", "\udcff"),
    sizes={"train": 3}, statistics={"mean": [math.inf, -0.0]}, details={"$float": "no number"},
)  # fmt: skip
CONFIG = {"model": {"name": "cnn", "weights": {0: 1.0, True: 2.5, None: [math.nan]}, "$map": 1}, "search": {}}

EVENTS: list[Event] = [
    started(config=CONFIG, deadline=2e9, name="연구 'x'"),
    PreflightEnded(
        spec=SPEC,
        baseline={},
        parameters=7,
        task=TASK,
        objective="val_accuracy",
        direction="maximize",
        further=(Objective("parameters", "minimize"),),
        family="cnn",
        pace=0.25,
    ),
    FamilyChecked(name="resnet", parameters=9, pace=1.5),
    FamilyChecked(name="transfer", left_out="가중치 없음."),
    Settled(values={"training.batch_size": 32}),
    Rehearsed(reserve=4.5),
    Noted(text="줄\n바꿈"),
    TrialStarted(number=0, params={"model.x": 1e-300}, sections={"model": {"x": 1e-300}}, folder="trials/0", steps=3),
    TrialReported(number=0, step=1, metrics={"val_accuracy": math.nan, "loss": -math.inf, "seconds": 2.5}),
    TrialRetried(number=0, sections={"training": {"batch_size": 16}}, message="again"),
    TrialStarted(number=3, params={"model.y": None}, sections={}, folder="trials/3"),
    TrialReported(number=3, step=1, metrics={"val_accuracy": 0.25}),
    TrialReported(number=0, step=1, metrics={"val_accuracy": 0.5}),
    TrialStopped(number=0, message="enough"),
    TrialCut(number=0, kind="timeout", message="late"),
    TrialEnded(
        number=0, state=TrialState.COMPLETE, value=0.5, metrics={"val_accuracy": 0.5, "parameters": 7.0}, best_step=1
    ),
    RunEnded(number=0, seed=1, value=0.5, metrics={"val_accuracy": 0.5}, fresh=True),
    EarlierTaken(
        study="이전",
        trials=[{"params": {"model.x": 1}, "state": "complete", "values": [0.5], "reports": [[1, 0.5]]}],
        offers=[{"model.x": 2}],
    ),
    SearchClosed(message="no more", finish=True),
    SearchEnded(message="lost"),
    EnsembleSelected(
        trial=0,
        metric="accuracy",
        single=0.5,
        value=0.75,
        gain=0.25,
        error=math.inf,
        taken=True,
        folder="ensemble",
        members=(Member(0, "cnn", 0.75), Member(3, "손", 0.25)),
        candidates=(0, 3),
    ),
    Scored(
        trial=0,
        folder="evaluation",
        validation={"accuracy": 0.9},
        test={"accuracy": math.nan},
        baseline={},
        single={"test": {"accuracy": 0.5}},
    ),
    HandoverBegun(),
    Refitted(trial=0, epochs=7, reason="it does worse"),
    Scored(trial=0, folder="evaluation", validation={"accuracy": 0.9}, test={"accuracy": math.nan}, baseline={}),
    EvaluationStepEnded(step="figures", notes=("no figure",)),
    EvaluationStepEnded(step="", notes=("interrupted",)),
    StudyEnded(state=StudyState.KILLED, message="over"),
    StudyResumed(config=CONFIG, slots=1, max_trials=9, deadline=3e9),
    EngineReplaced(),
    TrialResumed(number=3),
    StudyEnded(state=StudyState.INTERRUPTED, message="over again"),
]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    folder = tmp_path / "연구"
    folder.mkdir()
    return Journal.begin(folder, started())


def told(record: StudyRecord) -> str:
    """All of a record, as what is compared: not-a-number equals itself here."""
    return repr(record)


def play(folder: Path) -> list[str]:
    """Write all events; what was known after each."""
    folder.mkdir()
    journal = Journal.begin(folder, EVENTS[0])  # type: ignore[arg-type]
    known = [told(journal.record)]
    for event in EVENTS[1:]:
        journal.append(event)
        known.append(told(journal.record))
    journal.close()
    return known


def test_a_journal_that_is_cut_at_any_byte_tells_what_was_known_before(tmp_path: Path) -> None:
    assert {type(event) for event in EVENTS} == set(_KINDS.values())
    known = play(tmp_path / "study")
    path = tmp_path / "study" / JOURNAL
    whole = path.read_bytes()
    for size in range(len(whole), -1, -1):
        os.truncate(path, size)
        lines = whole[:size].count(b"\n")
        if lines:
            assert told(replay(path)) == known[lines - 1]
        else:
            with pytest.raises(StorageError, match="holds no study"):
                replay(path)


def test_events_come_back_to_the_letter() -> None:
    for event in EVENTS:
        assert repr(decode(encode(event))) == repr(event)
        assert encode(event).isascii()


def test_the_record_is_what_the_events_say(tmp_path: Path) -> None:
    play(tmp_path / "study")
    record = replay(tmp_path / "study" / JOURNAL)
    first, second = record.trials
    assert first.outcome == "complete"
    assert (first.config["training"], first.retried, first.seen) == ({"batch_size": 16}, True, 1)
    assert [entry["val_accuracy"] for entry in first.history] == [0.5]
    assert (first.message, first.cut.message if first.cut else "") == ("again", "late")
    assert (second.outcome, second.message) == ("failed: interrupted", "The study ended.")
    assert (record.slowest, record.reserve, record.closed, record.message) == (2.5, 4.5, "", "over again")
    assert record.evaluation is not None
    assert record.evaluation.done == ("score", "figures")
    assert record.evaluation.notes == ("no figure",)
    assert (record.max_trials, record.deadline, first.asked) == (9, 3e9, None)


def test_a_journal_of_a_single_objective_knows_of_no_further_ones(journal: Journal) -> None:
    line = encode(EVENTS[0])
    before = line.replace(b'"further":[],', b"")
    assert line != before
    assert repr(decode(before)) == repr(EVENTS[0])
    journal.close()


def test_a_folder_that_was_moved_reads_as_if_it_had_been_there(tmp_path: Path) -> None:
    play(tmp_path / "study")
    moved = tmp_path / "elsewhere"
    shutil.move(tmp_path / "study", moved)
    record = replay(moved / JOURNAL)
    assert record.trials[0].folder == moved / "trials" / "0"
    assert record.evaluation is not None
    assert record.evaluation.folder == moved / "evaluation"


def test_a_journal_goes_on_behind_what_counted(tmp_path: Path) -> None:
    known = play(tmp_path / "study")
    path = tmp_path / "study" / JOURNAL
    lines = path.read_bytes().splitlines(keepends=True)
    for rest in (b'{"event":"noted","te', b"\0\0\0\n\0", b""):
        path.write_bytes(b"".join(lines[:9]) + rest)
        journal = Journal.reopen(path.parent)
        assert told(journal.record) == known[8]
        assert journal.last == EVENTS[8].time
        for event in EVENTS[9:]:
            journal.append(event)
        journal.close()
        assert path.read_bytes() == b"".join(lines)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b'{"event":"trial_dreamt","time":1.0}\n', r"line 2 is of a newer version of automl: 'trial_dreamt'. Read it"),
        (b'{"event":"noted","time":1.0,"text":"","mood":"good"}\n', r"line 2 is of a newer version of automl: 'noted'"),
        (b'{"event":"noted","ti\n', r"journal.jsonl is damaged: line 2 is no event"),
        (b'{"event":"noted","time":1.0}\n', r"is damaged: line 2"),
        (b'["noted"]\n', r"is damaged: line 2"),
        (encode(TrialStopped(time=2.0, number=5, message="")), r"is damaged: line 2"),
        (encode(EVENTS[0]), r"is damaged: line 2"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(journal: Journal, line: bytes, sentence: str) -> None:
    journal.close()
    path = journal.record.folder / JOURNAL
    path.write_bytes(path.read_bytes() + line + encode(Noted(text="after")))
    with pytest.raises(StorageError, match=sentence):
        replay(path)


def test_a_journal_of_a_newer_format_is_refused(journal: Journal) -> None:
    journal.close()
    path = journal.record.folder / JOURNAL
    path.write_bytes(path.read_bytes().replace(b'"format":1', b'"format":2'))
    with pytest.raises(StorageError, match=r"line 1 is of a newer version of automl: 'study_started'"):
        replay(path)


def test_a_disk_that_fills_in_the_middle_of_a_line_leaves_none(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, write = told(journal.record), os.write

    def full(file: int, data: Any) -> int:
        if len(data) < 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, bytes(data)[:20])

    monkeypatch.setattr("automl.study.journal.file.os.write", full)
    with pytest.raises(OSError, match=r"No space left on device: 'journal.jsonl'"):
        journal.append(Noted(text="lost"))
    path = journal.record.folder / JOURNAL
    assert told(journal.record) == told(replay(path)) == before
    with pytest.raises(OSError, match="No space"):
        journal.end(StudyEnded(state=StudyState.FINISHED))
    assert journal.record.state is StudyState.FINISHED  # so that the result is told
    assert replay(path).state is StudyState.RUNNING
    monkeypatch.undo()
    assert is_open(path.parent)
    journal.append(StudyEnded(state=StudyState.FAILED))
    assert not is_open(path.parent)
    journal.close()
    journal.close()


def test_nobody_else_writes_a_record(journal: Journal) -> None:
    record: Any = journal.record
    journal.append(TrialStarted(number=0, params={}, sections={}, folder="trials/0"))
    with pytest.raises(FrozenInstanceError):
        record.message = "mine"
    with pytest.raises(FrozenInstanceError):
        record.trials[0].value = 1.0
    journal.close()


def test_a_journal_is_not_begun_over_another(journal: Journal) -> None:
    with pytest.raises(FileExistsError):
        Journal.begin(journal.record.folder, started())
    journal.close()


def test_a_folder_without_a_journal_is_not_open(tmp_path: Path) -> None:
    assert not is_open(tmp_path)
    (tmp_path / JOURNAL).touch()
    assert is_open(tmp_path)


def test_scores_are_those_of_what_is_handed_back(journal: Journal) -> None:
    journal.append(TrialStarted(number=0, params={}, sections={}, folder="trials/0"))
    journal.append(TrialEnded(number=0, state=TrialState.COMPLETE, value=0.5, metrics={"val_accuracy": 0.5}))
    record, scored = journal.record, Scored(trial=0, folder="evaluation", validation={}, test={}, baseline={})
    assert record.handed is not None
    assert (record.handed.form, record.handed.folder) == (Form.TRIAL, record.folder / "trials" / "0" / "plugin")
    journal.append(scored)
    journal.append(EnsembleSelected(trial=0, reason="it is not better", folder="ensemble"))
    assert record.evaluation is not None
    journal.append(Refitted(trial=0, epochs=3, taken=True, folder="refit"))
    assert (record.handed.form, record.handed.folder) == (Form.REFIT, record.folder / "refit" / "plugin")
    assert record.evaluation is None
    journal.append(scored)
    journal.append(HandoverBegun())
    assert (record.ensemble, record.refit, record.evaluation) == (None, None, None)


def test_an_ensemble_that_was_chosen_beside_another_best_trial_is_not_handed_back(journal: Journal) -> None:
    for number in range(2):
        journal.append(TrialStarted(number=number, params={}, sections={}, folder=f"trials/{number}"))
        journal.append(TrialEnded(number=number, state=TrialState.COMPLETE, value=0.5 + number / 10))
        if number == 0:
            journal.append(EnsembleSelected(trial=0, taken=True, folder="ensemble"))
            assert journal.record.handed is not None
            assert journal.record.handed.form is Form.ENSEMBLE
    assert journal.record.handed is not None
    assert (journal.record.handed.form, journal.record.handed.trial) == (Form.TRIAL, 1)
