"""Which earlier studies are on data alike, as their summaries tell it."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from by_hand import put

from automl.data.spec import DataSpec, TensorSpec
from automl.report.summary import write_summary
from automl.study.loop.alike import alike

if TYPE_CHECKING:
    from pathlib import Path

    from automl.records import StudyRecord

COLUMN, TEXT = TensorSpec((), "float64"), TensorSpec((), "string")
SPEC = DataSpec(
    name="wines", task="image_classification", inputs=dict.fromkeys("abcdefghijklm", COLUMN), target=COLUMN,
    classes=("x", "y", "z"), sizes={"train": 400, "validation": 50, "test": 50}, fingerprint="f",
)  # fmt: skip


@pytest.fixture
def study(study_record: StudyRecord) -> StudyRecord:
    put(study_record, spec=SPEC)
    return study_record


def earlier(study: StudyRecord, name: str, spec: DataSpec = SPEC, **summary: Any) -> Path:
    """A study that ended, with one complete trial of the same model, unless its summary has it otherwise."""
    folder = study.folder.parent / name
    folder.mkdir()
    (folder / "journal.jsonl").touch()
    path = write_summary(replace(study, folder=folder, spec=spec))
    told = {"state": "finished", "trials": [{"family": "cnn", "state": "complete"}], **summary}
    path.write_text(json.dumps({**json.loads(path.read_text()), **told}))
    return folder


def found(study: StudyRecord) -> list[str]:
    return [str(one) for one in alike(study, "cnn")]


def test_the_same_data_come_first_and_then_the_nearest(study: StudyRecord) -> None:
    earlier(study, "far", replace(SPEC, fingerprint="g", sizes={"train": 2000}))
    earlier(
        study, "near", replace(SPEC, fingerprint="h", sizes={"train": 500}, inputs=dict.fromkeys("abcdefghij", COLUMN))
    )
    earlier(study, "same", objective="val_log_loss", direction="minimize")
    earlier(study, "texts", replace(SPEC, fingerprint="i", inputs=dict.fromkeys("abcdefghijklm", TEXT)))
    assert found(study) == [
        "same (same data)",
        "near (alike: 500 rows, 10 columns, 3 classes)",
        "far (alike: 2,000 rows, 13 columns, 3 classes)",
        "texts (alike: 500 rows, 13 columns, 3 classes)",
    ]


def test_another_objective_makes_a_study_less_alike(study: StudyRecord) -> None:
    other = replace(SPEC, fingerprint="g", sizes={"train": 600})
    earlier(study, "a", other, direction="minimize")
    earlier(study, "b", other)
    assert [one.folder.name for one in alike(study, "cnn")] == ["b", "a"]


@pytest.mark.parametrize(
    "summary",
    [
        {"state": "running"},
        {"state": "failed"},
        {"task": "forecasting"},
        {"trials": []},
        {"trials": [{"family": "cnn", "state": "pruned"}, {"family": "resnet", "state": "complete"}]},
        {"trials": [{"state": "complete"}]},
        {"traits": None},
        {"traits": {"samples": "many"}},
    ],
)
def test_what_says_nothing_is_passed_over(study: StudyRecord, summary: dict[str, Any]) -> None:
    earlier(study, "other", **summary)
    assert found(study) == []


def test_a_study_of_several_models_counts_for_each(study: StudyRecord) -> None:
    trials = [{"family": "resnet", "state": "complete"}, {"family": "cnn", "state": "complete"}]
    earlier(study, "several", trials=trials, plugin={"name": "auto"})
    assert found(study) == ["several (same data)"]


def test_data_of_another_order_are_not_alike(study: StudyRecord) -> None:
    earlier(study, "huge", replace(SPEC, fingerprint="g", sizes={"train": 500_000}))
    earlier(study, "classes", replace(SPEC, fingerprint="h", classes=tuple(map(str, range(100)))))
    assert found(study) == []


def test_folders_that_hold_something_else_cost_nothing_but_a_look(study: StudyRecord) -> None:
    for number in range(200):
        earlier(study, f"study {number}", replace(SPEC, fingerprint="g", sizes={"train": 500 + number}))
    for name, text in (("cut", '{"state": "fini'), ("list", "[]"), ("empty", ""), ("binary", "\x00\ud7ff")):
        (earlier(study, name) / "study.json").write_text(text, encoding="utf-8")
    (earlier(study, "none") / "study.json").unlink()
    (earlier(study, "bare") / "journal.jsonl").unlink()
    (study.folder.parent / "mlflow.db").touch()
    began = time.perf_counter()
    nearest, *others = alike(study, "cnn")
    assert time.perf_counter() - began < 1.0
    assert nearest.folder.name == "study 0"
    assert len(others) == 199


def test_traits_are_those_of_any_kind_of_data() -> None:
    image = replace(SPEC, inputs=TensorSpec((28, None, 3), "uint8"), target=None, classes=())
    assert image.traits == {"samples": 500, "inputs": 1, "texts": 0, "values": 84, "targets": 0, "classes": 0}
    mixed = replace(SPEC, inputs={"a": COLUMN, "b": TEXT}, target=TensorSpec((96, 7), "float32"))
    assert mixed.traits == {"samples": 500, "inputs": 2, "texts": 1, "values": 2, "targets": 672, "classes": 3}
