from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from by_hand import add, put

from automl.data.spec import DataSpec, TensorSpec
from automl.records import Evaluation, StudyRecord, StudyState, TrialRecord, TrialState
from automl.report.closing import closing
from automl.report.console import make_display
from automl.report.live import LiveDisplay
from automl.report.notebook import NotebookDisplay
from automl.report.plain import PlainDisplay
from automl.report.wording import duration, time_left
from automl.tasks import task_info as task

if TYPE_CHECKING:
    from pathlib import Path

    from automl.records import Observer


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StudyRecord:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    record = StudyRecord(
        name="cnn-digits", folder=tmp_path / "experiments" / "cnn-digits", config={"data": {"name": "digits"}},
        task=task("image_classification"), objective="val_accuracy", direction="maximize", plugin={"name": "cnn"},
        seed=1, slots=2, max_trials=30,
    )  # fmt: skip
    spec = DataSpec(
        "digits", "image_classification", TensorSpec((8, 8, 1), "uint8"), None, ("0", "1"),
        sizes={"train": 1079, "validation": 359}, warnings=("3 unreadable files were left out.",),
    )  # fmt: skip
    put(record, spec=spec, baseline={"accuracy": 0.1})
    return record


def play(study: StudyRecord, display: Observer) -> None:
    display.study_started(study)
    display.preflight_ended(study)
    for number in range(20):
        trial = TrialRecord(number, {"model.blocks": 2, "training.learning_rate": 0.00123}, {}, study.folder, steps=9)
        add(study, trial)
        display.trial_started(study, trial)
        put(trial, step=4, metrics={"val_accuracy": 0.5})
        display.trial_reported(study, trial)
        display.tick(study)
        if number == 18:
            put(trial, state=TrialState.FAILED, failure="nan", message="The loss became nan in epoch 4.")
        elif number % 3:
            put(trial, state=TrialState.PRUNED)
        else:
            put(trial, state=TrialState.COMPLETE, value=0.9 + number / 1000)
        display.trial_ended(study, trial)
    display.search_ended(study)
    scores = {"accuracy": 0.915}, {"accuracy": 0.91}, {"accuracy": 0.1}
    put(study, evaluation=Evaluation(15, *scores, study.folder))
    (study.folder / "model").mkdir(parents=True)
    put(study, state=StudyState.FINISHED, seconds=75.0)
    display.study_ended(study)
    display.close()


def test_plain_lines_tell_the_whole_story_without_control_characters(study: StudyRecord) -> None:
    stream = io.StringIO()
    display = make_display(stream)
    assert isinstance(display, PlainDisplay)
    play(study, display)
    text = stream.getvalue()
    assert "\x1b" not in text
    assert "\r" not in text
    assert "data: 1,079 train, 359 validation; 2 classes; baseline (majority class): accuracy 0.1000" in text
    assert "note: 3 unreadable files were left out." in text
    assert "trial 18   failed: nan    val_accuracy 0.5000   epoch 4/9" in text
    assert "cnn-digits ended after 1 min 15 s: 6 complete, 13 pruned, 1 failed." in text
    assert "Failed trials: 1 nan. Trial 18: The loss became nan in epoch 4." in text
    assert "test accuracy           0.9100" in text
    assert "baseline accuracy       0.1000  (majority class, test)" in text
    assert "python -m automl experiments/cnn-digits/best.yaml" in text
    assert "mlflow models serve --env-manager local -m experiments/cnn-digits/model" in text


def test_the_objective_is_told_beside_the_metric_of_the_task(study: StudyRecord) -> None:
    add(study, TrialRecord(0, {}, {}, study.folder, state=TrialState.COMPLETE, value=0.7))
    scores = {"accuracy": 0.9, "balanced_accuracy": 0.7}
    evaluation = Evaluation(0, scores, scores, {"accuracy": 0.1}, study.folder)
    put(study, objective="val_balanced_accuracy", state=StudyState.FINISHED, evaluation=evaluation)
    told = [text for _, text in closing(study)]
    assert told[2:6] == [
        "  validation balanced_accuracy  0.7000",
        "  test balanced_accuracy        0.7000",
        "  validation accuracy     0.9000",
        "  test accuracy           0.9000",
    ]


def test_the_live_table_shows_best_latest_and_running_rows_only(study: StudyRecord) -> None:
    stream = Terminal()
    display = make_display(stream)
    assert isinstance(display, LiveDisplay)
    play(study, display)
    text = stream.getvalue()
    final = text[text.rindex("parameters") :]
    assert "best" in final
    assert "failed: nan" in final
    assert len([line for line in final.splitlines() if "/9" in line]) <= 10
    assert "blocks=2" in final
    assert "\x1b[?25h" in text  # the cursor is given back


def test_a_notebook_gets_one_piece_of_html_that_is_drawn_anew(
    study: StudyRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    handle = SimpleNamespace(update=shown.append)
    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=True))

    def show(html: str, *, display_id: bool) -> SimpleNamespace:
        assert display_id
        shown.append(html)
        return handle

    display = SimpleNamespace(HTML=str, display=show)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    notebook = make_display(io.StringIO())
    assert isinstance(notebook, NotebookDisplay)
    put(study, name="<cnn>")
    play(study, notebook)
    assert "0/30 trials (none ended)" in shown[0]
    last = ET.fromstring(shown[-1])
    rows = [[cell.text for cell in row] for row in last.iter("tr")]
    assert rows[0] == ["trial", "state", "val_accuracy", "epoch", "time", "parameters"]
    assert rows[-5][:4] == ["15", "best", "0.9150", "4/9"]
    assert rows[-2][:3] == ["18", "failed: nan", "0.5000"]
    text = " ".join(" ".join(last.itertext()).split())
    assert "<cnn>: cnn on digits, at most 30 trials, 2 at a time" in text
    assert "3 unreadable files were left out." in text
    assert "finished after 1 min 15 s: 6 complete, 13 pruned, 1 failed." in text
    assert "test accuracy 0.9100" in text
    assert text.endswith("and 8 more")


def test_an_interrupted_study_says_so_and_is_not_scored(study: StudyRecord) -> None:
    stream = io.StringIO()
    put(study, state=StudyState.INTERRUPTED, message="Interrupted before the final evaluation.")
    trial = TrialRecord(0, {}, {}, study.folder, state=TrialState.COMPLETE, value=0.9)
    add(study, trial)
    PlainDisplay(stream).study_ended(study)
    assert "cnn-digits was interrupted" in stream.getvalue()
    assert "Best: trial 0, val_accuracy 0.9000; not tested." in stream.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"), [(4.21, "4.2 s"), (59.96, "1 min 00 s"), (185, "3 min 05 s"), (7640, "2 h 07 min")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_the_time_left_is_the_nearer_of_deadline_and_pace(study: StudyRecord) -> None:
    assert time_left(study) == ""
    put(study, deadline=study.started + 100)
    assert time_left(study).startswith(("1 min 3", "1 min 40"))
