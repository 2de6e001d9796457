from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from optuna_engine import ask, started

from automl.errors import ConfigError
from automl.records import TrialState

if TYPE_CHECKING:
    from pathlib import Path

    from automl.engines.optuna import OptunaSearch


def complete(engine: OptunaSearch, values: list[float], steps: int = 9) -> None:
    """Trials that report one value in every step."""
    for value in values:
        number = ask(engine).number
        assert not any(engine.report(number, step, value) for step in range(1, steps + 1))
        engine.tell(number, TrialState.COMPLETE, [value])


def pruned_at(engine: OptunaSearch, values: list[float]) -> int | None:
    """The step that a trial is pruned in."""
    number = ask(engine).number
    for step, value in enumerate(values, start=1):
        if engine.report(number, step, value):
            engine.tell(number, TrialState.PRUNED)
            return step
    engine.tell(number, TrialState.COMPLETE, values[-1:])
    return None


@pytest.mark.parametrize("pruner", ["median", "percentile"])
def test_the_median_waits_for_its_start_up_and_warm_up(tmp_path: Path, pruner: str) -> None:
    engine = started(tmp_path, pruner=pruner, startup_trials=2, warmup_steps=2)
    complete(engine, [0.9])
    assert pruned_at(engine, [0.1] * 5) is None
    assert pruned_at(engine, [0.1] * 5) == 3


@pytest.mark.parametrize("pruner", ["auto", "median", "asha", "hyperband"])
def test_a_fold_is_no_warm_up(tmp_path: Path, pruner: str) -> None:
    engine = started(tmp_path, pruner=pruner, startup_trials=2, steps=5, folds=True)
    for value in (0.9, 0.8, 0.85, 0.7):
        pruned_at(engine, [value] * 5)
    assert pruned_at(engine, [0.1] * 5) == 1


def test_percentile_lets_a_share_live(tmp_path: Path) -> None:
    strict, mild = (
        started(tmp_path / name, pruner="percentile", percentile=percentile, startup_trials=4, warmup_steps=0)
        for name, percentile in (("strict", 25.0), ("mild", 75.0))
    )
    for engine in (strict, mild):
        complete(engine, [0.1, 0.3, 0.5, 0.7])
    assert pruned_at(strict, [0.5] * 3) == 1
    assert pruned_at(mild, [0.4] * 3) is None


def test_patient_waits_while_a_trial_improves(tmp_path: Path) -> None:
    engine = started(tmp_path, pruner="patient", startup_trials=1, warmup_steps=0, patience_steps=2)
    complete(engine, [0.9])
    assert pruned_at(engine, [0.1, 0.2, 0.3, 0.4, 0.5]) is None
    assert pruned_at(engine, [0.5, 0.4, 0.3, 0.2, 0.1]) == 4  # three steps below the first


def test_asha_prunes_at_rungs(tmp_path: Path) -> None:
    engine = started(tmp_path, pruner="asha", warmup_steps=2, reduction_factor=2)
    assert pruned_at(engine, [0.5] * 9) is None  # the first is promoted
    assert pruned_at(engine, [0.4] * 9) == 2
    assert pruned_at(engine, [0.9, 0.9, 0.9, 0.1, 0.9, 0.9, 0.9, 0.9]) == 4  # the best at 2, not at 4


@pytest.mark.parametrize("fields", [{"warmup_steps": 1}, {"warmup_steps": 50}, {"warmup_steps": 0, "steps": None}])
def test_hyperband_prunes_some_of_many(tmp_path: Path, fields: dict[str, Any]) -> None:
    engine = started(tmp_path, pruner="hyperband", **fields)
    ends = [pruned_at(engine, [float(trial % 5)] * 9) for trial in range(20)]
    assert (0 < sum(end is not None for end in ends) < 20) == (fields["warmup_steps"] < 9)


def test_no_pruner_never_prunes_and_samplers_learn_how_far_a_trial_came(tmp_path: Path) -> None:
    engine = started(tmp_path, pruner="none")
    number = ask(engine).number
    assert not any(engine.report(number, step, -1e9) for step in range(1, 50))
    engine.tell(number, TrialState.PRUNED)
    assert [trial.intermediate_values for trial in engine._study.trials] == [{49: -1e9}]


def test_a_step_that_is_taken_again_is_not_judged_again(tmp_path: Path) -> None:
    engine = started(tmp_path, startup_trials=1, warmup_steps=1)
    complete(engine, [0.5])
    number = ask(engine).number
    assert not engine.report(number, 1, 0.9)
    assert not engine.report(number, 2, 0.9)
    assert not engine.report(number, 1, 0.1)  # at half the batch, after it ran out of memory
    assert not engine.report(number, 2, 0.1)


def test_several_objectives_are_not_pruned_by(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"search.pruner: trials are not pruned by several.*Set search.pruner=none"):
        started(tmp_path, pruner="median", directions=("maximize", "minimize"))
    engine = started(tmp_path, directions=("maximize", "minimize"))
    assert not engine.report(ask(engine).number, 1, 0.5)
