"""What ``benchmarks/auto.py`` makes of figures; its studies are run by hand."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.append(str(FOLDER))
import auto  # noqa: E402
from contenders import BOOSTING, LINEAR, Result, scored, sklearn  # noqa: E402
from data_sets import table, written  # noqa: E402


@pytest.fixture
def bench(tmp_path: Path) -> auto.Bench:
    order = argparse.Namespace(scale=0.5, splits=None, data=tmp_path, results=tmp_path / "results.jsonl", model="auto",
                               sets=None, autogluon=None, families=False)  # fmt: skip
    return auto.Bench(order, tmp_path)


def rows(metric: str, **scores: list[float]) -> pd.DataFrame:
    return pd.DataFrame([
        {"contender": name, "data": metric, "split": split, "metric": metric, "score": score}
        for name, several in scores.items() for split, score in enumerate(several)
    ])  # fmt: skip


def test_ranks_are_means_over_splits_and_data_whichever_way_is_better() -> None:
    both = [
        rows("accuracy", a=[0.9, 0.8], b=[0.9, 0.7], c=[0.1, float("nan")]),
        rows("rmse", a=[2, 2], b=[1, 1], c=[3, 3]),
    ]
    table = auto.ranks(pd.concat(both)).set_index("contender")
    assert table["accuracy"].to_dict() == {"a": 1.25, "b": 1.75, "c": 3.0}
    assert table["rmse"].to_dict() == {"a": 2.0, "b": 1.0, "c": 3.0}
    assert table["all"].to_dict() == {"a": 1.62, "b": 1.38, "c": 3.0}
    assert list(table.index) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("metric", "first", "outcome"),
    [("accuracy", 0.88, "lost"), ("accuracy", 0.895, "tied"), ("accuracy", 0.92, "won"), ("rmse", 0.88, "won"),
     ("rmse", 0.92, "lost"), ("accuracy", float("nan"), "lost")],
)  # fmt: skip
def test_a_tie_lies_within_a_standard_error(metric: str, first: float, outcome: str) -> None:
    told = auto.duel(rows(metric, mlp=[first], peer=[0.9]).assign(error=0.01))
    assert told["outcome"] == outcome
    assert told["peer"] == 0.9


def test_cases_are_left_out_where_their_files_are_not_there(bench: auto.Bench) -> None:
    assert bench.missing("housing") == str(bench.order.data / "housing.csv")
    assert bench.missing("small") == ""
    (bench.order.data / "housing.csv").touch()
    assert bench.missing("housing") == ""
    bench.order.sets = ["iris", "wine"]
    assert bench.sets(auto.SMALL) == ["wine", "iris"]
    bench.order.sets = ["wein"]
    with pytest.raises(SystemExit, match="expected some of breast_cancer, wine, diabetes, iris"):
        bench.sets(auto.SMALL)


def test_figures_are_kept_as_they_come(bench: auto.Bench, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [lambda: Result("a", {"rmse": 1234.5}, 2.0, note="mlp of 3 trials"), lambda: Result("b", {}, 1.0, note="no")]
    found = bench.measure("housing", "housing", 3, "rmse", runs)
    kept = [json.loads(line) for line in bench.order.results.read_text().splitlines()]
    assert [(one["contender"], one["split"], one["seconds"]) for one in kept] == [("a", 3, 2.0), ("b", 3, 1.0)]
    auto._print("Housing", auto._means(pd.concat([found, found.assign(score=[1236.5, np.nan])])))
    assert "| a | 1,236 ± 1 | 2 | mlp of 3 trials |\n| b | 2 failed | 1 | no |" in capsys.readouterr().out
    auto._print("Small", auto._by_data(rows("accuracy", b=[0.5, 0.7], a=[1.0, 1.0])))
    assert "| contender | accuracy |\n| --- | --- |\n| b | 0.6 ± 0.1 |\n| a | 1 ± 0 |" in capsys.readouterr().out


def test_every_contender_sees_the_same_rows(bench: auto.Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    real = subprocess.run

    def run(command: list[str], **how: Any) -> Any:
        if "automl" not in command:
            return real(command, **how)
        asked.append(command[3:])
        folder = Path(command[-2].removeprefix("experiments="), "study")
        folder.mkdir(parents=True)
        told = {"test": {"accuracy": 0.9}, "baseline": {"accuracy": 0.4}, "best": 1, "handed_back": "ensemble",
                "trials": [{"number": 0, "family": "mlp"}, {"number": 1, "family": "linear"}]}  # fmt: skip
        (folder / "study.json").write_text(json.dumps(told))
        return argparse.Namespace(returncode=0, stdout="")

    monkeypatch.setattr(subprocess, "run", run)
    split = bench.split("wine", 1)
    found = bench.measure("small", "wine", 1, "accuracy", bench.tabular(split, bench.budget(60), 1))
    assert asked[0][:6] == [
        "data=csv", f"data.path={split.train}", f"data.test_path={split.test}", "data.target=결과", "seed=1",
        "search.timeout=30",
    ]  # fmt: skip
    assert found["contender"].tolist() == ["auto", LINEAR, BOOSTING]
    assert found["note"][0] == "linear of 2 trials, ensemble"
    assert found["score"][1:].between(0.9, 1.0).all()
    assert not list(bench.folder.glob("experiments-*"))


def test_peers_take_texts_missing_values_and_new_categories(tmp_path: Path) -> None:
    split = written(table("many categories", 0, tmp_path).at_most(1500), tmp_path, 0)
    spread = pd.read_csv(split.test)[split.target].std()
    for name in (LINEAR, BOOSTING):
        found = sklearn(name, split)
        assert found.scores["rmse"] < 0.9 * spread
        assert 0.0 < found.error < 0.2


def test_standard_errors_are_those_of_the_scores() -> None:
    scores, error = scored(["a", "b", "a", "a"], np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]]), ["a", "b"])
    assert scores["accuracy"] == 0.75
    assert error == pytest.approx((0.75 * 0.25 / 4) ** 0.5)
    rng = np.random.default_rng(0)
    several = [scored(np.zeros(400), rng.normal(size=400), None) for _ in range(300)]
    assert np.std([one["rmse"] for one, _ in several]) == pytest.approx(
        np.mean([error for _, error in several]), rel=0.15
    )


def test_it_tells_how_it_is_run() -> None:
    command = [sys.executable, str(FOLDER / "auto.py"), "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "--autogluon" in told
