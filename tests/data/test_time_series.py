"""Series: windows, their split in time, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl.data.series.steps import settled
from automl.data.series.time_series import TimeSeries
from automl.errors import AutomlError
from automl.tasks import load_task

ETT = Path(__file__).parents[2].parent / "shared" / "data" / "ETTh1.csv"
ROWS = 100


def frame(**columns: Any) -> pd.DataFrame:
    dates = pd.date_range("2024-01-01", periods=ROWS, freq="h").strftime("%Y-%m-%d %H:%M:%S")
    return pd.DataFrame({"date": dates, "a": np.arange(ROWS), "b": 1000.0 - np.arange(ROWS), **columns})


def opened(folder: Path, table: pd.DataFrame, **fields: Any) -> Any:
    table.to_csv(folder / "series.csv", index=False)
    fields = {"lookback": 8, "horizon": 4, "path": str(folder / "series.csv"), **fields}
    return TimeSeries("s", **fields).open(folder / "cache", 0)


def test_windows_are_followed_by_what_they_forecast(tmp_path: Path) -> None:
    data = opened(tmp_path, frame())
    for part in (data.train, data.validation, data.test):
        inputs, target = part.arrays()
        assert inputs.shape[1:] == (8, 2)
        assert (inputs[:, -1, 0] + 1 == target[:, 0, 0]).all()
        (batch,) = part.batches(1000)
        assert (batch[0].numpy() == inputs).all()
        assert (batch[1].numpy() == target).all()


def test_the_naive_error_is_that_of_the_train_part_for_each_channel_and_season(tmp_path: Path) -> None:
    wave = frame(c=np.tile([0.0, 3.0, 0.0, 1.0], ROWS // 4))
    last = opened(tmp_path, wave, target=["a", "c"]).spec.statistics["naive_error"]
    season = opened(tmp_path, wave, target=["a", "c"], season=4).spec.statistics["naive_error"]
    assert last == pytest.approx([1.0, np.abs(np.diff(wave["c"][:70])).mean()])
    assert season == pytest.approx([4.0, 0.0])


def test_the_split_follows_time_and_no_target_is_in_two_parts(tmp_path: Path) -> None:
    data = opened(tmp_path, frame(), validation=0.2, test=0.3)
    spans = [part.arrays()[1][:, :, 0] for part in (data.train, data.validation, data.test)]
    assert [(span.min(), span.max()) for span in spans] == [(8, 49), (50, 69), (70, 99)]
    assert data.spec.statistics["mean"][0] == pytest.approx(np.arange(50).mean())


def test_parts_are_joined_with_the_windows_across_their_border(tmp_path: Path) -> None:
    data = opened(tmp_path, frame(), lookback=5, horizon=3, target="a")
    whole = data.joined()
    assert whole is not None
    target, held = whole.train.target()[:, 0, 0], data.validation.target()[:, 0, 0]
    first, last = target[0], target[-1]
    assert (first, last) == (data.train.target()[0, 0, 0], held[-1])
    assert (target == np.arange(first, last + 1)).all()
    assert last + 2 < data.test.target()[0, 0, 0]
    assert data.validation.overlap == 3


def test_a_part_of_the_channels_can_be_forecast(tmp_path: Path) -> None:
    data = opened(tmp_path, frame(), target="b")
    assert data.spec.target.shape == (4, 1)
    (inputs, target), *_ = data.train.epochs(16, seed=1).take(1)
    assert (inputs[:, -1, 1].numpy() - 1 == target[:, 0, 0].numpy()).all()


def test_the_order_of_an_epoch_is_fixed_by_seed_and_number(tmp_path: Path) -> None:
    part = opened(tmp_path, frame()).train
    first = [batch[0].numpy() for batch in part.epochs(16, seed=3).take(8)]
    later = [batch[0].numpy() for batch in part.epochs(16, seed=3, first=1).take(4)]
    assert all((one == other).all() for one, other in zip(first[part.steps(16) :], later, strict=False))


@pytest.mark.skipif(not ETT.is_file(), reason="the shared data are not here")
def test_the_standard_split_of_etth1(tmp_path: Path) -> None:
    loader = TimeSeries("ett", str(ETT), lookback=336, horizon=96, lengths=[8640, 2880, 2880])
    data = loader.open(tmp_path, 0)
    assert data.spec.sizes == {"train": 8209, "validation": 2785, "test": 2785}
    # Zeng et al. 2023, table 2: repeating the last value gives 1.295 on the test part, standardised by the train part.
    assert load_task("forecasting").baseline(data, data.test)["mse"] == pytest.approx(1.295, abs=0.002)


@pytest.mark.parametrize(
    ("lookback", "horizon", "lengths", "season", "steps"),
    [
        ("auto", "auto", (8640, 2880, 2880), 1, (96, 24)),
        ("auto", 96, (8640, 2880, 2880), 1, (336, 96)),
        ("auto", 24, (8640, 2880, 2880), 168, (336, 24)),
        ("auto", 12, (101, 14, 29), 12, (29, 12)),
        (5, "auto", (101, 14, 29), 1, (5, 7)),
        ("auto", "auto", (101, 14, 29), 1, (28, 7)),
        (500, 90, (101, 14, 29), 1, (500, 90)),
        ("auto", "auto", (3, 1, 1), 1, (1, 1)),
    ],
)
def test_what_a_window_has_follows_from_the_length_of_the_series(
    lookback: Any, horizon: Any, lengths: tuple[int, int, int], season: int, steps: tuple[int, int]
) -> None:
    found = settled(lookback, horizon, lengths, season)
    assert found[:2] == steps
    assert len(found.told) == (horizon == "auto" and steps[1] < 24)


def test_twelve_years_of_months_can_be_forecast_as_they_are(tmp_path: Path) -> None:
    data = opened(tmp_path, pd.DataFrame({"passengers": np.arange(144)}), lookback="auto", horizon="auto")
    assert (data.spec.details["lookback"], data.spec.details["horizon"]) == (28, 7)
    assert data.spec.warnings == (
        "data.horizon=auto: 7 steps are forecast, as the parts are short (101, 14, 29 rows).",
    )
    assert data.spec.sizes["train"] > 28


@pytest.mark.parametrize(
    ("dates", "found"),
    [
        (pd.date_range("1949-01-01", periods=ROWS, freq="MS").strftime("%Y-%m"), "때"),
        (pd.date_range("2024-01-01", periods=ROWS).strftime("%d.%m.%Y"), "때"),
        (pd.date_range("2024-01-01", periods=ROWS).strftime("%Y/%m/%d")[::-1], None),
        ([f"{number}-1" for number in range(ROWS)], None),
        ([f"v{number}" for number in range(ROWS)], None),
    ],
)
def test_a_column_of_rising_dates_needs_no_name(tmp_path: Path, dates: Any, found: str | None) -> None:
    data = opened(tmp_path, pd.DataFrame({"값": np.arange(ROWS), "때": dates}))
    assert data.spec.details["date"] == found
    assert data.spec.details["channels"] == ["값"]
    assert not [told for told in data.spec.warnings if "steps in" in told]  # months are regular


def test_missing_values_can_be_filled_in(tmp_path: Path) -> None:
    values = np.arange(ROWS, dtype=float)
    values[[0, 10]] = np.nan
    data = opened(tmp_path, frame(a=values), missing="forward_fill")
    assert data.train.arrays()[0][0, :, 0].tolist() == [1, 1, 2, 3, 4, 5, 6, 7]


def test_irregular_steps_are_told(tmp_path: Path) -> None:
    data = opened(tmp_path, frame().drop(index=50))
    assert data.spec.warnings == ("1 of 98 steps in 'date' are not 0 days 01:00:00; windows count rows.",)


DATES = frame()["date"].tolist()


@pytest.mark.parametrize(
    ("columns", "fields", "message"),
    [
        ({}, {"target": "c"}, "data.target: there is no channel 'c'"),
        ({}, {"date": "day"}, "data.date: there is no column 'day'"),
        ({}, {"lookback": 90}, "data.lookback + data.horizon: 90 + 4 steps do not fit into the train part of 70 rows."),
        (
            {},
            {"horizon": 11},
            "data.horizon: 11 steps do not fit into the validation part of 10 rows.",
        ),
        ({}, {"lengths": [90, 20, 20]}, "data.lengths: the parts need 130 rows. Received: 100 rows"),
        ({}, {"lengths": [90]}, "data.lengths: expected the rows of train, validation and test."),
        ({"date": [*DATES[:5], "soon", *DATES[6:]]}, {}, "'date' cannot be read as a date in row 6. Received: 'soon'."),
        (
            {"date": [*DATES[:5], DATES[2], *DATES[6:]]},
            {},
            "'date' must rise from row to row. Received in rows 5 and 6",
        ),
        ({"a": [None, *range(ROWS - 1)]}, {}, "'a' has 1 missing value, the first in row 1. Fill them in, or set"),
        ({"a": "x", "b": "y"}, {}, "has no column of numbers."),
        ({"a": [*range(ROWS - 1), "x"]}, {}, "data.channels: 'a' is to hold numbers. Received in row 100: 'x'."),
    ],
)
def test_series_that_are_unfit_are_refused(
    tmp_path: Path, columns: dict[str, Any], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(AutomlError) as error:
        opened(tmp_path, frame(**columns), **fields)
    assert message in str(error.value)
