from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl.data.series.time_series import TimeSeries
from automl.plugin import Trial
from automl.tasks import load_task
from automl_classical.naive.methods import METHODS, Method, Seasonal, Smoothing
from automl_classical.naive.model import Naive
from automl_classical.naive.season import likely_seasons

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset

TIME = np.arange(600)


def series(folder: Path, rows: np.ndarray, **options: Any) -> Dataset:
    names = [f"c{place}" for place in range(rows.shape[1])]
    lines = [",".join(names), *(",".join(f"{one:.5f}" for one in row) for row in rows)]
    (folder / "series.csv").write_text("\n".join(lines))
    options = {"lookback": 48, "horizon": 6, **options}
    return TimeSeries("series", str(folder / "series.csv"), **options).open(folder / "cache", 0)


def scores(plugin: Naive, data: Dataset, folder: Path) -> tuple[float, float, Trial]:
    task = load_task("forecasting")
    trial = Trial({"training": {}}, folder, objective="val_mse", direction="minimize")
    plugin.fit(data, trial)
    return task.score(plugin, data, data.test)["mse"], task.baseline(data, data.test)["mse"], trial


def constants(method: type[Method], **values: float) -> dict[str, np.ndarray]:
    return {name: np.array([values[name]]) for name in method.starts}


@pytest.mark.parametrize("method", METHODS.values())
@pytest.mark.parametrize("season", [1, 7, 24, 40])
def test_a_constant_is_forecast_as_it_is(method: type[Method], season: int) -> None:
    maps = method(40, 5, season).maps({name: np.array([0.3, 0.9]) for name in method.starts})
    assert maps.shape == (2, 40, 5)
    np.testing.assert_allclose(maps.sum(axis=1), 1.0)


def test_the_last_season_is_repeated_on_the_level() -> None:
    window = np.tile([3.0, 1.0, 2.0], 4)
    values = constants(Seasonal, recent=0.2, lasting=1.0, shape=1.0, older=0.0)
    np.testing.assert_allclose(window @ Seasonal(12, 4, 3).maps(values)[0], [3.0, 1.0, 2.0, 3.0])


def test_without_seasons_the_level_falls_back_to_the_mean() -> None:
    window, values = np.array([0.0, 0.0, 0.0, 8.0]), constants(Seasonal, recent=1.0, lasting=0.5, shape=1.0, older=0.5)
    np.testing.assert_allclose(window @ Seasonal(4, 3, 1).maps(values)[0], [5.0, 3.5, 2.75])


def test_smoothing_follows_its_equations() -> None:
    window = np.array([2.0, 4.0, 3.0, 6.0, 5.0])
    alpha, beta, phi = 0.4, 0.3, 0.8
    level, trend = window[0], 0.0
    for value in window[1:]:
        before = level
        level = alpha * value + (1 - alpha) * (level + phi * trend)
        trend = beta * (level - before) + (1 - beta) * phi * trend
    expected = [level + phi * trend, level + (phi + phi**2) * trend]
    values = constants(Smoothing, level=alpha, trend=beta, seasons=0.5, damping=phi)
    np.testing.assert_allclose(window @ Smoothing(5, 2, 1).maps(values)[0], expected)


def test_smoothing_with_seasons_goes_on_with_them() -> None:
    window = np.tile([3.0, 1.0, 2.0], 4)
    values = constants(Smoothing, level=0.3, trend=0.1, seasons=0.2, damping=0.9)
    np.testing.assert_allclose(window @ Smoothing(12, 4, 3).maps(values)[0], [3.0, 1.0, 2.0, 3.0])


def test_seasons_are_found_under_trend_and_noise() -> None:
    rng = np.random.default_rng(0)
    waves = np.stack([np.sin(TIME * 2 * np.pi / 12), np.full(600, 5.0)], axis=1)
    rows = waves + np.array([0.1, 0.0]) * TIME[:, np.newaxis] + rng.normal(0, 0.2, (600, 2)) * [1.0, 0.0]
    windows = np.lib.stride_tricks.sliding_window_view(rows, 60, axis=0).transpose(0, 2, 1)
    assert 12 in likely_seasons(windows)
    assert likely_seasons(rng.normal(size=(20, 60, 2))) == [1]
    assert likely_seasons(np.ones((4, 8, 1))) == likely_seasons(np.ones((4, 1, 1))) == [1]


@pytest.mark.parametrize("method", METHODS)
def test_seasons_are_forecast_where_the_last_value_fails(tmp_path: Path, method: Any) -> None:
    rng = np.random.default_rng(0)
    waves = np.stack([np.sin(TIME * np.pi / 6), 5 + 2 * np.cos(TIME * np.pi / 6), np.full(600, 3.0)], axis=1)
    rows = waves + rng.normal(0, 0.1, waves.shape) * [1.0, 1.0, 0.0]
    mine, naive, trial = scores(Naive(method), series(tmp_path, rows), tmp_path)
    assert mine < 0.05 * naive
    losses = [row["loss"] for row in trial.history]
    assert losses == sorted(losses, reverse=True)


def test_one_channel_of_several_is_forecast(tmp_path: Path) -> None:
    rows = np.stack([TIME % 7, np.sin(TIME * np.pi / 6)], axis=1) + 1e4
    data = series(tmp_path, rows, target="c1")
    mine, naive, _ = scores(Naive(season=12), data, tmp_path)
    assert mine < 0.1 * naive


@pytest.mark.parametrize("method", METHODS)
def test_a_walk_is_forecast_as_well_as_by_its_last_value(tmp_path: Path, method: Any) -> None:
    rows = np.random.default_rng(0).normal(size=(600, 2)).cumsum(axis=0)
    mine, naive, _ = scores(Naive(method), series(tmp_path, rows), tmp_path)
    assert mine < 1.15 * naive


@pytest.mark.parametrize("lookback", [1, 2, 5])
@pytest.mark.parametrize("method", METHODS)
def test_a_season_longer_than_the_window_is_none_and_told(tmp_path: Path, lookback: int, method: Any) -> None:
    data = series(tmp_path, np.sin(TIME)[:, np.newaxis], lookback=lookback)
    with pytest.warns(UserWarning, match=f"season of 24 steps does not fit into data.lookback={lookback}"):
        mine, _, trial = scores(Naive(method, season=24), data, tmp_path)
    assert np.isfinite(mine)
    assert len(trial.notes) == 1
    assert np.isfinite(scores(Naive(method), data, tmp_path)[0])
