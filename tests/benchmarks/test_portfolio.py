"""How ``benchmarks/portfolio.py`` chooses, and that what it prints is a portfolio."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.append(str(FOLDER))
from data_sets import TABLES, table, written  # noqa: E402
from portfolio import greedy, pool, regrets  # noqa: E402
from portfolio import written as face  # noqa: E402
from portfolio_data import data_for  # noqa: E402

from automl.config.offered import portfolio  # noqa: E402
from automl.space import parse  # noqa: E402

CONFIG: dict[str, Any] = {
    "model": {
        "default": {"width": 32, "rate": 0.123456},
        "width": {"low": 8, "high": 64, "step": 8},
        "rate": {"low": 1e-4, "high": 1.0, "log": True},
        "cell": {"choices": ["lstm", "gru"]},
        "segment": {"choices": [12, 24], "when": {"model.cell": "gru"}},
    }
}


def test_regrets_go_from_the_best_to_the_median() -> None:
    values = [0.9, 0.8, 0.7, 0.1, None, float("nan")]
    np.testing.assert_allclose(regrets(values, maximize=True), [0.0, 2 / 3, 1.0, 1.0, 1.0, 1.0])
    np.testing.assert_allclose(regrets([3.0, 1.0, 2.0], maximize=False), [1.0, 0.0, 1.0])
    assert not regrets([0.5, 0.5, 0.5], maximize=True).any()
    assert not regrets([None, None], maximize=True).any()


def test_what_is_chosen_complements_what_is_there() -> None:
    matrix = np.array([
        [0.0, 0.1, 1.0, 0.9, 0.6],
        [1.0, 0.9, 0.0, 0.9, 0.3],
        [1.0, 0.9, 0.0, 0.9, 0.3],
        [1.0, 1.0, 1.0, 0.0, 0.9],
    ])  # fmt: skip
    assert greedy(matrix, 0, 4) == [2, 3]  # not column 4, the best by itself, once column 2 is there
    assert greedy(matrix, 0, 1) == [2]
    assert greedy(matrix, 4, 9) == [3, 2, 0]
    assert greedy(matrix[:1], 0, 3) == []


def test_the_pool_begins_with_the_default_and_the_middle() -> None:
    space = parse(CONFIG)
    found = pool(CONFIG, space, 12, seed=0)
    assert found[0] == {"model.width": 32, "model.rate": 0.123456, "model.cell": "lstm"}
    assert found[1] == {"model.width": 32, "model.rate": 0.01, "model.cell": "lstm"}
    assert len(found) == 12
    assert all(found.count(one) == 1 for one in found)
    assert all(float(f"{one['model.rate']:.2g}") == one["model.rate"] for one in found[1:])
    assert pool(CONFIG, space, 12, seed=0) == found
    few = parse({"model": {"cell": {"choices": ["lstm", "gru"]}}})
    assert len(pool({"model": {}}, few, 12, seed=0)) == 2


def test_what_is_printed_is_a_portfolio() -> None:
    space = parse(CONFIG)
    found = pool(CONFIG, space, 8, seed=0)
    text = "\n".join(["portfolio:", *(f"  - {face(one)}" for one in found)])
    config = {"model": {**CONFIG["model"], **yaml.safe_load(text)}}
    assert portfolio(config, space) == found


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_the_same_each_time_and_part_in_two_files(name: str, tmp_path: Path) -> None:
    import pandas as pd

    first, again = (table(name, 3, tmp_path).at_most(1500) for _ in range(2))
    pd.testing.assert_frame_equal(first.frame, again.frame)
    split = written(first, tmp_path, 0)
    train, test = pd.read_csv(split.train), pd.read_csv(split.test)
    assert len(train) + len(test) == len(first.frame)
    assert split.target in train
    assert first.frame[first.target].notna().all()
    assert not first.classes or set(train[split.target]) >= set(test[split.target])


def test_there_are_data_for_every_kind_that_needs_no_file(tmp_path: Path) -> None:
    for task in ("tabular_regression", "image_classification", "sequence_classification", "forecasting"):
        found = data_for(task, 200, tmp_path, tmp_path)
        assert found
        for make in found.values():
            data, target = make()
            assert (target is None) == (task != "tabular_regression")
            assert len(data) > 0
    assert data_for("text_classification", 200, tmp_path, tmp_path) == {}


def test_it_tells_how_it_is_run() -> None:
    command = [sys.executable, str(FOLDER / "portfolio.py"), "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "--candidates" in told
