from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl.data.series.time_series import TimeSeries
from automl.errors import ConfigError
from automl.plugin import Trial
from automl.tasks import load_task
from automl_classical.linear.model import Linear
from automl_classical.linear.settings import Path as PathSettings
from automl_classical.linear.windows import Windows

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset

TIME = np.arange(800)


def series(folder: Path, rows: np.ndarray, **options: Any) -> Dataset:
    names = [f"전력 {place}" for place in range(rows.shape[1])]
    lines = [",".join(names), *(",".join(f"{one:.6f}" for one in row) for row in rows)]
    (folder / "series.csv").write_text("\n".join(lines), encoding="utf-8")
    options = {"lookback": 24, "horizon": 4, **options}
    return TimeSeries("series", str(folder / "series.csv"), **options).open(folder / "cache", 0)


def fitted(plugin: Linear, data: Dataset, folder: Path) -> tuple[Linear, Trial]:
    trial = Trial({"training": {"patience": None}}, folder, objective="val_mse", direction="minimize")
    plugin.fit(data, trial)
    return plugin, trial


def waves(seed: int, *periods: float) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 0.05, (len(TIME), len(periods)))
    found: np.ndarray = np.stack([np.sin(2 * np.pi * TIME / period) for period in periods], axis=1) + noise
    return found


@pytest.mark.parametrize("level", ["last", "mean"])
@pytest.mark.parametrize("individual", [False, True])
def test_a_wave_goes_on_whatever_its_unit(tmp_path: Path, level: Any, individual: bool) -> None:
    rows = waves(0, 12, 12) * [1.0, 1e-3] + [5.0, -7.0]
    data = series(tmp_path, rows)
    plugin, _ = fitted(Linear(level=level, individual=individual), data, tmp_path)
    assert load_task("forecasting").score(plugin, data, data.test)["mse"] < 0.05


def test_channels_of_their_own_kind_want_maps_of_their_own(tmp_path: Path) -> None:
    data = series(tmp_path, np.hstack([waves(0, 12), -np.cumsum(waves(1, 7), axis=0)]))
    errors = [
        load_task("forecasting").score(fitted(Linear(individual=one), data, tmp_path)[0], data, data.test)["mse"]
        for one in (False, True)
    ]
    assert errors[1] < errors[0]


def test_what_is_served_is_what_was_scored_and_target_channels_alone(tmp_path: Path) -> None:
    data = series(tmp_path, waves(0, 12, 9, 7), target="전력 2")
    plugin, trial = fitted(Linear(individual=True), data, tmp_path)
    windows, target = data.validation.arrays()
    assert plugin.predict(windows).shape == target.shape == (len(windows), 4, 1)
    best = min(trial.history, key=lambda row: row["val_mse"])
    found = load_task("forecasting").score(plugin, data, data.validation)
    assert best["val_mse"] == pytest.approx(found["mse"], rel=1e-4)


@pytest.mark.parametrize("individual", [False, True])
def test_the_sums_give_the_ridge_and_its_loss(tmp_path: Path, individual: bool) -> None:
    data = series(tmp_path, waves(0, 12, 9))
    problem = Windows(data.spec, "last", individual=individual)
    solution = problem.solve(0.01, problem.learn(data, PathSettings()))
    errors = []
    for place, (x, y) in enumerate(zip(*_rows(data, individual), strict=True)):
        centred = x - x.mean(axis=0)
        inner = centred.T @ centred / len(x) + 0.01 * np.eye(24)
        expected = np.linalg.solve(inner, centred.T @ (y - y.mean(axis=0)) / len(x))
        np.testing.assert_allclose(solution.kernel[place], expected, atol=1e-4)
        errors.append(np.square(centred @ expected + y.mean(axis=0) - y).mean())
    assert problem.loss(solution) == pytest.approx(np.mean(errors), rel=1e-3)


def _rows(data: Dataset, individual: bool) -> tuple[np.ndarray, np.ndarray]:
    windows, target = (np.asarray(one, np.float64) for one in data.train.arrays())
    deviation = np.sqrt(data.spec.statistics["target_variance"])
    both = [(one - windows[:, -1:]) / deviation for one in (windows, target)]
    x, y = (one.transpose(2, 0, 1) for one in both)
    return (x, y) if individual else (x.reshape(1, -1, 24), y.reshape(1, -1, 4))


def test_a_series_has_squares_of_weights_alone(tmp_path: Path) -> None:
    data = series(tmp_path, waves(0, 12))
    with pytest.raises(ConfigError, match=r"model\.penalty: expected l2 for a series"):
        Linear("elasticnet").prepare(data.spec, {})


def test_windows_too_long_are_refused_with_what_to_do(tmp_path: Path) -> None:
    data = series(tmp_path, np.tile(waves(0, 12), (14, 1)), lookback=5000)
    with pytest.raises(ConfigError, match=r"at most 4096 steps\. Received: data\.lookback=5000"):
        Linear().prepare(data.spec, {})
