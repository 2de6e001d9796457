from __future__ import annotations

import importlib.util
import json
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from optuna_engine import SPACE, ask, run, started

from automl.engines.base import Done, Known
from automl.errors import ConfigError, PluginError
from automl.records import TrialState
from automl.space import parse

if TYPE_CHECKING:
    from pathlib import Path

HAS_TORCH = importlib.util.find_spec("torch") is not None
NEEDS_TORCH = pytest.mark.skipif(not HAS_TORCH, reason="torch, of the extra 'gp', is not installed")
SAMPLERS = ["tpe", pytest.param("gp", marks=[NEEDS_TORCH, pytest.mark.slow]), "cmaes", "nsga2", "qmc", "random", "grid"]


def texts(asked: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(params, sort_keys=True) for params in asked]


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_samplers_keep_to_the_space_repeat_no_point_and_follow_the_seed(
    tmp_path: Path, sampler: str, capfd: pytest.CaptureFixture[str]
) -> None:
    fields: dict[str, Any] = {"sampler": sampler, "startup_trials": 4, "population": 6}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, again, other = (
            run(started(tmp_path / name, seed, **fields), 24, at_once=4)
            for name, seed in (("a", 1), ("b", 1), ("c", 2))
        )
    assert first == again
    assert first != other
    assert len(set(texts(first))) == 24
    for params in first:
        assert all(SPACE.parameters[path].admits(value) for path, value in params.items())
        assert ("training.momentum" in params) == (params["training.optimizer"] == "sgd")
    assert {params["training.optimizer"] for params in first} == {"adam", "sgd"}
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("sampler", ["tpe", pytest.param("gp", marks=[NEEDS_TORCH, pytest.mark.slow]), "cmaes"])
def test_samplers_learn(tmp_path: Path, sampler: str) -> None:
    asked = run(started(tmp_path, sampler=sampler), 60)
    late = [abs(params["model.x"] - 0.7) for params in asked[-15:]]
    assert sum(late) / len(late) < 0.15  # uniform sampling gives 0.29


def test_nsga2_searches_for_several_objectives(tmp_path: Path) -> None:
    engine = started(tmp_path, sampler="nsga2", pruner="none", population=8, directions=("maximize", "minimize"))
    far = []
    for _ in range(120):
        found = ask(engine)
        x = found.params["model.x"]
        far.append(max(0.0, x - 0.3))
        assert not engine.report(found.number, 1, x)
        engine.tell(found.number, TrialState.COMPLETE, [-(x**2), (x - 0.3) ** 2])  # best between 0 and 0.3
    assert sum(far[-24:]) < sum(far[:24]) / 2


def test_the_sequence_of_qmc_fills_the_space(tmp_path: Path) -> None:
    asked = run(started(tmp_path, sampler="qmc"), 64)
    eighths = [int(params["model.x"] * 8) for params in asked]
    assert {eighths.count(one) for one in range(8)} == {8}


GRID = parse(
    {
        "model": {"rate": {"low": 1e-4, "high": 1e-2, "log": True}, "drop": {"low": 0.0, "high": 0.4, "step": 0.2}},
        "training": {
            "optimizer": {"choices": ["adam", "sgd"]},
            "momentum": {"choices": [0.5, 0.9], "when": {"training.optimizer": "sgd"}},
        },
    }
)


@pytest.mark.parametrize("at_once", [1, 5])
def test_a_grid_covers_what_differs_once_and_ends(tmp_path: Path, at_once: int) -> None:
    engine = started(tmp_path, space=GRID, sampler="grid", grid_points=3)
    running, asked = [], []
    engine.learn(
        Known({"model.rate": 2e-3, "model.drop": 0.2, "training.optimizer": "adam"}, TrialState.COMPLETE, (1,))
    )
    while not isinstance(found := engine.ask(), Done):
        asked.append(dict(found.params))
        running.append(found.number)
        if len(running) == at_once:
            engine.tell(running.pop(0), TrialState.FAILED)
    assert len(set(texts(asked))) == len(asked) == 3 * 3 * (1 + 2)
    assert sorted({params["model.rate"] for params in asked}) == pytest.approx([1e-4, 1e-3, 1e-2])
    assert found.reason == "All 27 combinations of the grid have been tried."


def test_brute_force_needs_steps(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"brute_force tries every value, and model.rate has no end of them. Set"):
        started(tmp_path, space=GRID, sampler="brute_force")
    space = parse({"model": {"n": {"low": 1, "high": 3}, "kind": {"choices": ["a", ["b"]]}}})
    engine = started(tmp_path, space=space, sampler="brute_force")
    assert len(set(texts([dict(ask(engine).params) for _ in range(6)]))) == 6
    assert engine.ask() == Done("All 6 combinations of values have been tried.")


def test_a_grid_of_more_than_memory_holds_is_counted_without_listing_it(tmp_path: Path) -> None:
    space = parse({"model": {f"p{index}": {"low": 0.0, "high": 1.0} for index in range(30)}})
    engine = started(tmp_path, space=space, sampler="grid", grid_points=10)
    assert len(set(texts([dict(ask(engine).params) for _ in range(20)]))) == 20


def test_cmaes_says_what_it_cannot_search(tmp_path: Path) -> None:
    choices = parse({"model": {"kind": {"choices": ["a", "b"]}}})
    with pytest.raises(ConfigError, match=r"cmaes searches numbers that every trial has, and this space has none"):
        started(tmp_path, space=choices, sampler="cmaes")
    with pytest.raises(ConfigError, match=r"cmaes searches for one objective alone. Choose nsga2 or tpe"):
        started(tmp_path, sampler="cmaes", pruner="none", directions=("maximize", "maximize"))


@pytest.mark.parametrize("sampler", ["tpe", "cmaes", "nsga2", "qmc", "random", "grid", "brute_force"])
def test_nothing_to_search_is_one_trial(tmp_path: Path, sampler: str) -> None:
    assert ask(started(tmp_path, space=parse({"model": {"x": 1.0}}), sampler=sampler)).params == {}


@pytest.mark.skipif(HAS_TORCH, reason="torch is installed")
def test_the_gaussian_process_needs_its_extra(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"search.sampler=gp needs the package 'torch'.*automl\[gp\]"):
        started(tmp_path, sampler="gp")


def test_tpe_learns_how_far_trials_are_beyond_the_constraints(tmp_path: Path) -> None:
    engine = started(tmp_path, sampler="tpe", pruner="none")
    beyond = []
    for _ in range(60):
        found = ask(engine)
        over = max(0.0, found.params["model.x"] - 0.3)  # the objective is best where nothing may be
        beyond.append(over > 0.0)
        if over:
            engine.tell(found.number, TrialState.PRUNED, (), over)
        else:
            engine.tell(found.number, TrialState.COMPLETE, [found.params["model.x"]])
    assert sum(beyond[-20:]) < 10  # uniform sampling is beyond in 14 of 20
