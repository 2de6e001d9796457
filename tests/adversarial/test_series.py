"""What a person feeds as a series: it works, or one sentence says what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from automl.data.series.time_series import TimeSeries
from automl.errors import AutomlError
from automl.fields import construct

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset

ROWS = 80
DAYS = pd.date_range("2024-01-05", periods=ROWS)
WAVE = np.sin(np.arange(ROWS))


def opened(folder: Path, columns: dict[str, Any], **fields: Any) -> Dataset:
    path = folder / "시계열 1.csv"
    if not path.exists():
        pd.DataFrame(columns).to_csv(path, index=False)
    fields = {"lookback": 4, "horizon": 2, "path": str(path), **fields}
    return construct(TimeSeries, {"name": "시계열", **fields}, "data").open(folder / "cache", 0)


@pytest.mark.parametrize(
    ("columns", "fields", "channels", "told"),
    [
        ({"소득 (만)": WAVE, "PM2.5": WAVE}, {}, ["소득 (만)", "PM2.5"], ""),
        ({"a": WAVE, "b": WAVE}, {"target": "b", "channels": ["b", "a"]}, ["b", "a"], ""),
        ({"a": WAVE * 1e15}, {}, ["a"], ""),
        ({"a": WAVE, "b": WAVE * 1e30}, {}, ["a"], "b (values up to 1e+30, and 32-bit floats have no squares above"),
        ({"a": WAVE, "b": 5}, {}, ["a"], "columns were left out: b (one value only)."),
        ({"a": WAVE, "b": "x", "c": "y"}, {}, ["a"], "columns were left out: b, c (no numbers)."),
        (
            {"a": WAVE, "id": 1_700_000_000_000 + np.arange(ROWS)},
            {},
            ["a"],
            "id (values about 1.7e+12 that differ by 79 at most, which 32-bit floats cannot tell apart).",
        ),
        ({"date": DAYS.strftime("%d/%m/%Y"), "a": WAVE}, {}, ["a"], ""),
        ({"date": DAYS.strftime("%m/%d/%Y"), "a": WAVE}, {}, ["a"], ""),
        ({"date": DAYS.strftime("%d.%m.%y"), "a": WAVE}, {}, ["a"], ""),
        ({"date": DAYS.strftime("%y.%m.%d"), "a": WAVE}, {}, ["a"], ""),
        (
            {"date": pd.date_range("2024-01-01", periods=ROWS, freq="YS").strftime("%d/%m/%Y"), "a": WAVE},
            {},
            ["a"],
            "'date' does not tell days from months; 01/01/2024 was read as 2024-01-01.",
        ),
        ({"time": np.arange(ROWS) + 1_700_000_000, "a": WAVE}, {}, ["a"], ""),
        (
            {"time": 2 * np.arange(ROWS) ** 2, "a": WAVE},
            {},
            ["a"],
            "78 of 79 steps in 'time' are not 2.0",
        ),
        ({f"c{number}": WAVE + number for number in range(500)}, {}, [f"c{number}" for number in range(500)], ""),
    ],
)
def test_series_that_work(
    tmp_path: Path, columns: dict[str, Any], fields: dict[str, Any], channels: list[str], told: str
) -> None:
    spec = opened(tmp_path, columns, **fields).spec
    assert spec.details["channels"] == channels
    assert told in " ".join(spec.warnings)
    assert np.isfinite(np.float32(spec.statistics["variance"])).all()


SWAPPED = ["05/02/2024", "13/02/2024", "02/14/2024", *["15/02/2024"] * (ROWS - 3)]


@pytest.mark.parametrize(
    ("columns", "fields", "message"),
    [
        ({"a": WAVE * 1e30}, {"channels": ["a"]}, "data.channels: 'a' in {path} holds values up to 1e+30"),
        ({"a": WAVE * 1e30, "b": WAVE}, {"target": "a"}, "data.target: 'a' in {path} holds values up to 1e+30"),
        ({"a": [3.0] * ROWS}, {}, "has no column of numbers. Of no use: a (one value only)."),
        ({"a": "x", "b": WAVE}, {"target": "a"}, "data.target: 'a' in {path} holds no numbers; choose another."),
        ({"a": WAVE, "b": WAVE}, {"target": "b", "channels": ["a"]}, "'b' is not among data.channels; add it there."),
        ({"a": WAVE}, {"channels": ["a", "a"]}, "data.channels: 'a' is given twice; give it once."),
        ({"a": WAVE, "b": WAVE}, {"target": ["b", "b"]}, "data.target: 'b' is given twice; give it once."),
        ({"a": np.where(np.arange(ROWS) == 7, np.inf, WAVE)}, {}, "'a' is to hold numbers. Received in row 8: 'inf'."),
        ({"a": np.where(np.arange(ROWS) == 7, np.nan, WAVE)}, {}, "'a' has 1 missing value, the first in row 8."),
        ({"date": DAYS[::-1].strftime("%Y-%m-%d"), "a": WAVE}, {}, "'date' must rise from row to row."),
        ({"date": ["2024-01-01"] * ROWS, "a": WAVE}, {}, "Sort the file and drop repeated dates."),
        ({"date": SWAPPED, "a": WAVE}, {}, "'date' has the day before the month in row 2 and after it in row 3."),
        ({"date": ["soon"] * ROWS, "a": WAVE}, {}, "'date' cannot be read as a date in row 1. Received: 'soon'. Mend"),
        ({"date": ["99/99/2024"] * ROWS, "a": WAVE}, {}, "Received: 99/99/2024 and 99/99/2024. Write all dates alike"),
        ({"a": WAVE[:1]}, {"channels": ["a"]}, "holds one value only"),
        ({"a": WAVE[:2]}, {}, "4 + 2 steps do not fit into the train part of 2 rows."),
        ({"a": WAVE}, {"lookback": 10**6}, "1000000 + 2 steps do not fit into the train part"),
        ({"a": WAVE}, {"lengths": [70, 9, 2]}, "data.lengths: the parts need 81 rows. Received: 80 rows"),
        ({"a": WAVE}, {"lengths": [0, 40, 40]}, "data.lengths"),
    ],
)
def test_series_that_are_refused(tmp_path: Path, columns: dict[str, Any], fields: dict[str, Any], message: str) -> None:
    with pytest.raises(AutomlError) as error:
        opened(tmp_path, columns, **fields)
    assert message.format(path=tmp_path / "시계열 1.csv") in str(error.value)
    assert "\n" not in str(error.value)


def test_a_target_that_is_unfit_does_not_spoil_the_others(tmp_path: Path) -> None:
    columns = {"a": WAVE, "b": WAVE * 1e30}
    with pytest.raises(AutomlError, match=r"data.target: 'b'"):
        opened(tmp_path, columns, target="b")
    assert opened(tmp_path, columns, target="a").spec.details["target_channels"] == [0]
