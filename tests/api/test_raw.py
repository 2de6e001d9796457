"""Raw inputs as people have them, in the form that a model takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from automl.api.raw import is_path, raw_inputs
from automl.data.spec import DataSpec, TensorSpec
from automl.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

GREY = DataSpec("digits", "image_classification", TensorSpec((8, 8, 1), "uint8"), None)
TEXTS = DataSpec("reviews", "text_classification", {"text": TensorSpec((), "string")}, None)
ROWS = DataSpec("arrays", "tabular_regression", {name: TensorSpec((), "float64") for name in ("x0", "x2")}, None)
SERIES = DataSpec(
    "power", "forecasting", TensorSpec((4, 2), "float32"), None, details={"channels": ["load", "heat"]}
)  # fmt: skip


def test_images_are_arrays_or_files(tmp_path: Path) -> None:
    for number, size in enumerate([(8, 8), (16, 12)]):
        Image.new("RGB", size, (200, 200, 200)).save(tmp_path / f"사진 {number}.png")
    paths = sorted(tmp_path.iterdir())
    for given, count in ((paths, 2), ([str(paths[0])], 1), (np.zeros((3, 8, 8)), 3)):
        assert raw_inputs(given, GREY).shape == (count, 8, 8, 1)
    assert raw_inputs(paths, GREY)[1, 4, 4, 0] == 200
    with pytest.raises(DataError, match=r"nowhere.png cannot be read as an image \(No such file or directory\)"):
        raw_inputs([tmp_path / "nowhere.png"], GREY)
    with pytest.raises(DataError, match="takes no images"):
        raw_inputs(paths, DataSpec("x", "t", TensorSpec((4, 2), "float32"), None))


def test_one_column_takes_its_values_alone() -> None:
    for given in ("fine", ["fine"], pd.Series(["fine"]), pd.DataFrame({"text": ["fine"]}), {"text": "fine"}):
        assert raw_inputs(given, TEXTS)["text"].tolist() == ["fine"]


def test_rows_of_arrays_are_columns_by_number() -> None:
    assert raw_inputs(np.arange(6).reshape(2, 3), ROWS)["x2"].tolist() == [2, 5]


def test_a_text_is_a_path_where_there_is_such_a_file_or_no_text_is_taken(tmp_path: Path) -> None:
    (tmp_path / "fine").touch()
    assert [is_path(one, TEXTS) for one in ("fine, really?", str(tmp_path / "fine"), "a" * 9999, tmp_path / "no")] == [
        False, True, False, True,
    ]  # fmt: skip
    assert [is_path(one, ROWS) for one in ("no.csv", ["no.csv"], 3)] == [True, False, False]


def test_the_last_rows_of_a_series_are_a_window() -> None:
    rows = pd.DataFrame({"heat": range(9), "day": "x", "load": range(10, 19)})
    assert raw_inputs(rows, SERIES)[0].tolist() == [[15, 5], [16, 6], [17, 7], [18, 8]]
    assert raw_inputs(np.zeros((3, 4, 2)), SERIES).shape == (3, 4, 2)
    with pytest.raises(DataError, match=r"looks back on 4 steps. Received: 3 rows."):
        raw_inputs(rows.head(3), SERIES)
    with pytest.raises(DataError, match="the column 'heat' is missing"):
        raw_inputs(rows.drop(columns="heat"), SERIES)


@pytest.mark.parametrize(
    ("given", "spec", "sentence"),
    [
        (
            np.zeros((2, 9, 9)),
            GREY,
            r"samples of shape \(8, 8, 1\), one a row. Received: an array of shape \(2, 9, 9\)",
        ),
        ([[1], [1, 2]], GREY, "the samples differ in shape"),
        (3, TEXTS, "a DataFrame, or columns by name, is needed: text. Received: 3."),
        (["a"], ROWS, "a DataFrame, or columns by name, is needed: x0, x2"),
        (pd.DataFrame({"a": ["b"]}), GREY, "expected numbers"),
    ],
)
def test_what_does_not_fit_is_a_sentence(given: Any, spec: DataSpec, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        raw_inputs(given, spec)
