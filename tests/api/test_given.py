"""Which loader reads what a user hands over, and how it is written where it is in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from automl.api.given import read_given
from automl.api.inputs import TableHeld
from automl.errors import ConfigError, DataError

if TYPE_CHECKING:
    from pathlib import Path

TABULAR = ("tabular_classification", "tabular_regression")
WORDS = ("text_classification", "sequence_classification", "forecasting")
IMAGES = ("image_classification",)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Data of every kind, as people keep them."""
    frame = pd.DataFrame({"나이": range(40), "income": np.linspace(0, 9, 40), "day": "2024-01-03"})
    frame.to_csv(tmp_path / "my people.csv", index=False)
    pd.DataFrame({"review": ["good film", "bad film"] * 20, "label": [1, 0] * 20}).to_csv(tmp_path / "reviews.csv.gz")
    frame.to_parquet(tmp_path / "people.parquet")
    np.savez(tmp_path / "scans.npz", x=np.zeros((9, 4, 4)), y=np.arange(9) % 3)
    for name, suffix in (("photos", "png"), ("letters", "txt"), ("parts", "csv"), ("odd", "bin")):
        place = tmp_path / name / ("" if name == "parts" else "class a")
        place.mkdir(parents=True)
        (place / f"1.{suffix}").write_text("a,b\n1,2\n")
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "photos" / "class a" / "1.png")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "tasks", "loader"),
    [
        ("my people.csv", TABULAR, "csv"),
        ("people.parquet", TABULAR, "csv"),
        ("my people.csv", WORDS, "time_series"),
        ("reviews.csv.gz", WORDS, "text_csv"),
        ("scans.npz", IMAGES, "npz"),
        ("photos", IMAGES, "image_folder"),
        ("letters", WORDS, "text_csv"),
        ("*.parquet", TABULAR, "csv"),
        ("my people.csv", (), "csv"),
    ],
)
def test_a_path_tells_its_loader(files: Path, name: str, tasks: tuple[str, ...], loader: str) -> None:
    assert read_given(str(files / name), None, tasks).section == {"loader": loader, "path": files / name}


def test_a_folder_of_tables_is_a_pattern_and_the_target_finds_its_key(files: Path) -> None:
    assert read_given(files / "parts", "b", TABULAR).section["path"] == files / "parts" / "*.csv"
    assert read_given(files / "my people.csv", "income", TABULAR).section["target"] == "income"
    assert read_given(files / "reviews.csv.gz", "label", WORDS).section["label"] == "label"
    assert read_given({"loader": "csv", "drop": ["a"]}, "b", TABULAR).section["target"] == "b"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("odd", "holds no images, texts or tables. It holds: 1 .bin."),
        ("odd/class a/1.bin", "data: a file's suffix tells how it is read: .csv, .npz|.csv, .parquet"),
        ("nowhere", "data: there is no such file or folder"),
    ],
)
def test_what_cannot_be_told_is_a_sentence(files: Path, name: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        read_given(files / name, None, IMAGES)


@pytest.mark.parametrize(
    ("data", "tasks", "section"),
    [
        ((np.zeros((4, 8, 8)), [0, 1, 0, 1]), IMAGES, {"loader": "npz", "task": "image_classification"}),
        ((np.zeros((4, 8, 2)), [0, 1, 0, 1]), WORDS, {"loader": "npz", "task": "sequence_classification"}),
        (([[1, 2], [3, 4]], [0.5, 1.5]), TABULAR, {"loader": "csv", "target": "y"}),
        ((["a b", "c"], ["x", "y"]), WORDS, {"loader": "text_csv", "text": "text", "label": "label"}),
        ((np.zeros((4, 8, 8)), None), ("generation",), {"loader": "npz", "task": "image_classification"}),
        (np.zeros((50, 2)), ("forecasting",), {"loader": "time_series"}),
    ],
)
def test_arrays_tell_their_loader_by_their_shape(
    tmp_path: Path, data: Any, tasks: tuple[str, ...], section: dict[str, str]
) -> None:
    given = read_given(data, None, tasks)
    assert given.section == {**section, "name": "arrays"}
    assert given.held is not None
    first = given.held.write(tmp_path)
    assert given.held.write(tmp_path) == first
    assert [path.parent.name for path in tmp_path.rglob("*.*")] == ["inputs"]


def test_a_table_keeps_its_types_and_takes_its_target_from_beside(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            1: pd.Categorical(["a", "b", "a"]),
            "when": pd.date_range("2024-01-01", periods=3, tz="Asia/Seoul"),
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "truth": pd.array([True, None, False], dtype="boolean"),
            "mixed": [1, "x", None],
            "period": pd.period_range("2024-01", periods=3, freq="M"),
        },
        index=[5, 6, 7],
    )
    given = read_given((frame, pd.Series([0.5, 1.5, 2.5], name="rent", index=[9, 8, 7])), None, TABULAR)
    assert given.section == {"loader": "csv", "name": "table", "target": "rent"}
    assert isinstance(given.held, TableHeld)
    read = pd.read_parquet(given.held.write(tmp_path))
    assert read.columns.tolist() == ["1", "when", "whole", "truth", "mixed", "period", "rent"]
    assert read["rent"].tolist() == [0.5, 1.5, 2.5]
    assert read["mixed"].fillna("").tolist() == ["1", "x", ""]
    assert read["whole"].isna().tolist() == [False, True, False]
    assert 1 in frame  # the user's own is as it was


def test_tables_that_cannot_be_written_are_refused() -> None:
    with pytest.raises(DataError, match="two columns are called 'a'"):
        read_given(pd.DataFrame([[1, 2]], columns=["a", "a"]), "a", TABULAR)
    with pytest.raises(DataError, match=r"the table is empty. Received: 0 rows, 1 columns."):
        read_given(pd.DataFrame({"a": []}), "a", TABULAR)
    with pytest.raises(DataError, match=r"y is to hold numbers or texts. Received: NoneType among them."):
        read_given((np.zeros((2, 2)), ["a", None]), None, TABULAR)
    with pytest.raises(ConfigError, match="target: arrays have no columns to choose"):
        read_given((np.zeros((2, 2)), [0, 1]), "y", TABULAR)
