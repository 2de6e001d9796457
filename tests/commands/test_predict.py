"""``predict``, ``leaderboard`` and ``studies``, as the command line runs them on one study."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import automl
from automl.__main__ import main
from automl.api.prediction import Answer, Trained
from automl.api.writing import answer_folder
from automl.data.spec import DataSpec, TensorSpec
from automl.errors import DataError, StorageError
from automl.tasks import load_task

if TYPE_CHECKING:
    from pathlib import Path

    from automl.plugin import ModelPlugin

pytestmark = pytest.mark.usefixtures("faults")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where commands are typed: a folder with photographs and an experiments folder."""
    folder = tmp_path_factory.mktemp("빈 폴더")
    (folder / "photos" / "하나").mkdir(parents=True)
    for name in ("b", "하나/a", "c"):
        Image.new("L", (8, 8), 100).save(folder / "photos" / f"{name}.png")
    return folder


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, worked in, with a study of scripted trials."""
    monkeypatch.chdir(folder)
    if not (folder / "experiments").exists():
        model = {"name": "scripted", "x": {"low": 0.0, "high": 1.0}, "fault": "error", "fault_below": 0.2}
        automl.search(model, "digits", name="첫", trials=5, runner="inline", tracking="none", verbose=False)
    return folder


def test_answers_are_written_whole_in_every_form(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("out.csv", "out.parquet", "새 out.jsonl"):
        assert main(["predict", "첫", "photos", "--out", name]) == 0
    assert capsys.readouterr().err == "3 rows in out.csv\n3 rows in out.parquet\n3 rows in 새 out.jsonl\n"
    table = pd.read_csv("out.csv")
    assert table.columns[:3].tolist() == ["file", "label", "probability"]
    assert table["file"].tolist() == ["b.png", "c.png", "하나/a.png"]
    assert len(pd.read_parquet("out.parquet")) == 3
    assert json.loads((here / "새 out.jsonl").read_text().splitlines()[2])["file"] == "하나/a.png"
    (here / "photos" / "broken.png").touch()
    before = (here / "out.csv").read_text()
    assert main(["predict", "last", "photos", "--out", "out.csv"]) == 2
    assert "broken.png cannot be read as an image (it is empty)" in capsys.readouterr().err
    assert main(["predict", "last", "photos", "data.on_bad_file=skip"]) == 2
    assert "data.on_bad_file: there is no such field" in capsys.readouterr().err
    (here / "photos" / "broken.png").unlink()
    assert (here / "out.csv").read_text() == before
    assert not list(here.glob(".*"))


def test_answers_are_csv_in_a_pipe_and_a_table_in_a_terminal(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["predict", "experiments/첫", "photos/*.png"]) == 0
    piped = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert piped["file"].tolist() == ["photos/b.png", "photos/c.png"]
    np.save("many.npy", np.zeros((30, 8, 8)))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    assert main(["predict", "첫", "many.npy"]) == 0
    shown = _plain(capsys.readouterr().out).splitlines()
    assert shown[0].split()[:3] == ["row", "label", "probability"]
    assert shown[-1] == "the first 20 rows; all rows and 9 more columns: --out answers.csv"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["ein", "photos"], "there is no study 'ein' in"),
        (["첫"], "predict: an input is expected"),
        (
            ["첫", "photos", "--out", "out.xlsx"],
            "--out: expected a file that ends in .csv, .parquet, .jsonl, or a folder",
        ),
        (["첫", "photos", "--out", "no/where.csv"], "--out: there is no folder no."),
        (["첫", "photos", "--out", "pictures"], "--out: the answers are rows, not pictures"),
        (["첫", "photos", "--keep", "id"], "--keep: these answers are not of rows of a table"),
        (["첫", "photos", "data.pth=x"], "data.pth: there is no such field"),
        (["첫", "nowhere"], "predict: there is no such file or folder. Received: nowhere"),
        (["첫", "--samples", "3", "--out", "new"], "models of the task image_classification draw no samples"),
        (["첫", "--samples", "0", "--out", "new"], "--samples: expected a number of at least 1. Received: 0."),
        (["첫", "--samples", "3"], "--out: a folder for the images is expected"),
    ],
)
def test_what_cannot_be_predicted_is_one_sentence(
    here: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(here.iterdir())
    assert main(["predict", *words]) == 2
    told = capsys.readouterr().err
    assert told.startswith("automl: ")
    assert sentence in told
    assert told.count("\n") == 1
    assert sorted(here.iterdir()) == before


def test_other_trials_are_asked_by_their_numbers(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = sorted(int(one.parent.name) for one in (here / "experiments" / "첫" / "trials").glob("*/plugin"))
    assert main(["predict", "첫", "photos", "--trial", str(kept[0])]) == 0
    assert main(["predict", "첫", "photos", "--trial", "9"]) == 1
    assert "predict: 첫 has no trial 9. It has 0 to 4." in capsys.readouterr().err
    gone = next(number for number in range(5) if number not in kept)
    assert main(["predict", "첫", "photos", "--trial", str(gone)]) == 1
    assert f"There are models of trials {', '.join(map(str, kept))}" in capsys.readouterr().err


def test_the_leaderboard_suits_pipes_programs_and_people(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["leaderboard"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert lines[0][:5] == ["rank", "number", "state", "value", "model.x"]
    assert lines[1][2] == "complete"
    assert main(["leaderboard", "첫", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [str(row["value"]) for row in rows[:2]] == [line[3] for line in lines[1:3]]
    assert main(["leaderboard", "첫", "--csv"]) == 0
    assert capsys.readouterr().out.startswith("rank,number,state,value,model.x")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["leaderboard"]) == 0
    shown = _plain(capsys.readouterr().out).splitlines()
    assert shown[0].startswith("Study '첫': scripted on digits, finished")
    assert shown[2].split()[:5] == ["rank", "number", "state", "val_accuracy", "x"]
    assert shown[2].split()[-1] == "time"


def test_studies_are_listed_damaged_ones_too(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "experiments" / "broken").mkdir()
    (here / "experiments" / "broken" / "journal.jsonl").write_text("{\n")
    assert main(["studies", "--json"]) == 0
    told = capsys.readouterr()
    assert [(row["name"], row["state"]) for row in json.loads(told.out)] == [("첫", "finished"), ("broken", "damaged")]
    assert told.err.startswith("note: broken: ")
    (here / "experiments" / "broken" / "journal.jsonl").unlink()
    (here / "experiments" / "broken").rmdir()
    monkeypatch.chdir(tmp_path)
    assert main(["studies"]) == 0
    told = capsys.readouterr()
    assert told.out.split("\t")[:2] == ["name", "state"]
    assert "There is no study in" in told.err
    assert main(["leaderboard"]) == 2
    assert "leaderboard" not in capsys.readouterr().out


def _plain(text: str) -> str:
    """Without what colours a terminal."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)


class _Halves:
    """Calls the left half of every image the first class, the right half the second."""

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        left = np.arange(inputs.shape[2]) < inputs.shape[2] // 2
        shares = np.stack([left, ~left], axis=-1).astype(np.float32)
        return np.broadcast_to(shares, (*inputs.shape[:3], 2))


def test_masks_are_written_in_the_size_of_their_images(tmp_path: Path) -> None:
    details = {"image_size": [8, 8], "own_size": True}
    spec = DataSpec(
        "cells", "segmentation", TensorSpec((None, None, 1), "uint8"), None, ("ground", "cell"), details=details
    )
    (tmp_path / "in" / "a").mkdir(parents=True)
    for name, size in (("x.png", (8, 8)), ("x.jpg", (6, 4)), ("a/x.png", (8, 8))):
        Image.new("L", size).save(tmp_path / "in" / name)
    plugin: ModelPlugin = _Halves()  # type: ignore[assignment]
    data = {"name": "image_masks", "loader": "image_masks", "task": "segmentation"}
    trained = Trained(plugin, load_task("segmentation"), spec, data)
    with answer_folder(tmp_path / "masks", spec.classes) as write:
        for answer in trained.stream(str(tmp_path / "in"), {}, lambda _: None):
            write(answer)
    masks = {one.relative_to(tmp_path / "masks").as_posix(): one for one in (tmp_path / "masks").rglob("*.png")}
    assert sorted(masks) == ["a/x.png", "x.jpg.png", "x.png"] or sorted(masks) == ["a/x.png", "x.png", "x.png.png"]
    assert sorted(Image.open(one).size for one in masks.values()) == [(6, 4), (8, 8), (8, 8)]
    assert np.asarray(Image.open(masks["a/x.png"]))[0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    table = pd.read_csv(tmp_path / "masks" / "predictions.csv")
    assert table["share of cell"].tolist() == [0.5, 0.5, 0.5]
    assert (tmp_path / "masks" / "classes.csv").read_text().split() == ["number,class", "0,ground", "1,cell"]
    with pytest.raises(StorageError, match="is there already, and not empty"), answer_folder(tmp_path / "masks", ()):
        pass
    with pytest.raises(DataError, match="the answers are rows"), answer_folder(tmp_path / "rows", ()) as write:
        write(Answer(pd.DataFrame({"row": [1]}), 1))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["in", "masks"]
