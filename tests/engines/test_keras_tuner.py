from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import driver
import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

from automl.engines.base import Done, Known, Problem, Proposal, Wait
from automl.engines.keras_tuner import KerasTunerSearch
from automl.errors import ConfigError
from automl.records import TrialState
from automl.space import parse
from automl.testing.engine_play import Play
from automl.testing.engines import ALL, FEW, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from automl.space import Space

COMPLETE, PRUNED, FAILED = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED
LINE = parse({"model": {"x": {"low": 0.0, "high": 1.0}}})


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Play]:
    def make(oracle: str, space: Space = NUMBERS, steps: int | None = 9, seed: int = 0, **settings: Any) -> Play:
        engine = KerasTunerSearch(oracle=oracle, **settings)  # type: ignore[arg-type]
        engine.start(Problem(space, ("maximize",), seed, "study", tmp_path, steps))
        return Play(engine, space, steps or 1)

    return make


def asked(study: Play, count: int) -> list[Proposal]:
    found = [study.ask() for _ in range(count)]
    return [one for one in found if isinstance(one, Proposal)]


def told(study: Play, values: Mapping[int, float], state: TrialState = COMPLETE) -> None:
    for number, value in values.items():
        study.states[number] = state
        study.engine.tell(number, state, [value] if state is COMPLETE else [])


def granted(study: Play) -> list[tuple[int | None, bool]]:
    """Of every trial how many steps it has, and whether it goes on from another."""
    return [(one.steps, one.start_from is not None) for one in study.proposals.values()]


def test_hyperband_promotes_the_best_from_where_they_stopped(start: Callable[..., Play]) -> None:
    study = start("hyperband", hyperband_iterations=1)
    first = asked(study, 9)
    assert [(one.steps, one.start_from) for one in first] == [(1, None)] * 9
    told(study, {one.number: float(one.number % 5) for one in first})
    second = asked(study, 3)
    assert [(one.steps, one.start_from) for one in second] == [(3, 4), (3, 3), (3, 8)]
    assert [one.params for one in second] == [first[4].params, first[3].params, first[8].params]
    told(study, {one.number: float(one.start_from or 0) for one in second})
    (third,) = asked(study, 1)
    assert (third.steps, third.start_from) == (None, second[2].number)
    done = study.run(100, at_once=2)
    assert done == Done("Hyperband has run all its iterations.")
    bracket = [(1, False)] * 9 + [(3, True)] * 3 + [(None, True)]
    assert sorted(granted(study), key=str) == sorted(
        bracket + [(3, False)] * 5 + [(None, True)] * 2 + [(None, False)] * 3, key=str
    )


@pytest.mark.parametrize("state", [FAILED, PRUNED])
def test_rounds_of_hyperband_go_on_without_those_that_failed(start: Callable[..., Play], state: TrialState) -> None:
    study = start("hyperband", hyperband_iterations=1)
    first = asked(study, 9)
    for one in first[:7]:
        study.report(one.number)
    told(study, {one.number: 0.0 for one in first[:7]}, state)
    told(study, {7: -9.0, 8: -8.0})
    second = asked(study, 2)
    assert [one.start_from for one in second] == [8, 7]
    told(study, {one.number: 1.0 for one in second})
    after = asked(study, 1)
    assert (after[0].steps, after[0].start_from) == (None, second[0].number)


def test_asking_hyperband_in_vain_changes_nothing(start: Callable[..., Play]) -> None:
    patient, hasty = (start("hyperband", space=FEW, hyperband_iterations=1) for _ in range(2))
    for study, times in ((patient, 1), (hasty, 4)):
        assert len(asked(study, 6)) == 6
        for number in range(6):
            assert [study.ask() for _ in range(times)] == [Wait()] * times
            study.finish(number)
        study.run(9)
    assert patient.proposals == hasty.proposals


@pytest.mark.parametrize("at_once", [1, 3])
def test_hyperband_has_shorter_rounds_where_the_space_is_small(start: Callable[..., Play], at_once: int) -> None:
    study = start("hyperband", space=FEW)
    assert study.run(99, at_once) == Done("Every configuration of the search space was tried.")
    assert granted(study) == [(1, False)] * 6 + [(3, True)] * 3 + [(None, True)]
    two = start("hyperband", space=parse({"model": {"pool": {"choices": ["max", "average"]}}}))
    two.run(99, at_once)
    assert granted(two) == [(1, False)] * 2 + [(3, True)] * 2 + [(None, True)]


def test_hyperband_needs_to_know_the_epochs(start: Callable[..., Play]) -> None:
    with pytest.raises(ConfigError, match=r"search.oracle=hyperband needs training.epochs.*Received: hyperband"):
        start("hyperband", steps=None)


def test_the_gaussian_process_learns_of_its_own_trials_and_of_others(start: Callable[..., Play]) -> None:
    study = start("bayesian", space=LINE, num_initial_points=3)
    for x in (0.1, 0.4, 0.9):
        study.engine.learn(Known({"model.x": x}, COMPLETE, (-abs(x - 0.7),)))
    study.engine.learn(Known({"model.x": 0.2}, FAILED))
    found = []
    for _ in range(4):
        (one,) = asked(study, 1)
        found.append(abs(one.params["model.x"] - 0.7))
        study.finish(one.number)
    assert min(found[1:]) < 0.1
    assert found[-1] < 0.25  # at random 0.29 on average, and up to 0.7


def test_the_gaussian_process_keeps_to_the_space_and_repeats_nothing(start: Callable[..., Play]) -> None:
    study = start("bayesian", space=ALL, num_initial_points=2)
    study.run(2)
    assert len(asked(study, 2)) == 2
    few = start("bayesian", space=FEW, num_initial_points=2)
    assert few.run(7) == Done("Every configuration of the search space was tried.")
    assert len({str(params) for params in few.params}) == 6


def test_the_quick_process_predicts_as_the_one_of_scikit_learn() -> None:
    from automl.engines.oracles import QuickProcess

    rng = np.random.default_rng(0)
    quick = QuickProcess(Matern(nu=2.5, length_scale_bounds="fixed"), normalize_y=True, alpha=1e-4)
    points, other = rng.uniform(size=(9, 3)), rng.uniform(size=(4, 3))
    for _ in range(2):  # before it has seen anything, and after
        np.testing.assert_allclose(
            quick.predict(other, return_std=True), GaussianProcessRegressor.predict(quick, other, return_std=True)
        )
        quick.fit(points, 3.0 + rng.normal(size=9))


def test_a_grid_is_searched_in_order_on_all_slots_and_skips_what_others_tried(start: Callable[..., Play]) -> None:
    study = start("grid", space=FEW)
    study.engine.learn(Known({"model.blocks": 2, "model.pool": "max"}, COMPLETE, (1.0,)))
    assert len(asked(study, 5)) == 5
    assert study.params == [
        {"model.blocks": blocks, "model.pool": pool}
        for blocks in (1, 2, 3)
        for pool in ("max", "average")
        if (blocks, pool) != (2, "max")
    ]
    for number in study.running:
        study.finish(number)
    assert study.ask() == Done("The whole grid was searched.")


def test_a_grid_has_points_on_every_range(start: Callable[..., Play]) -> None:
    study = start("grid", space=parse({"model": {"x": {"low": 0.0, "high": 0.3, "step": 0.1}}}))
    assert study.run(9) is not None
    assert [params["model.x"] for params in study.params] == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert start("grid", space=LINE).run(20) is not None


def test_failed_pruned_and_complete_trials_are_told_apart(start: Callable[..., Play]) -> None:
    study = start("bayesian", space=LINE, num_initial_points=9)
    asked(study, 4)
    study.engine.report(1, 1, 0.25)
    told(study, {0: 1.0})
    told(study, {1: 0.0, 2: 0.0}, PRUNED)
    told(study, {3: 0.0}, FAILED)
    trials = study.engine._oracle.trials.values()  # type: ignore[attr-defined]
    assert [(one.status, one.score) for one in trials] == [
        ("COMPLETED", 1.0), ("COMPLETED", 0.25), ("FAILED", None), ("FAILED", None),
    ]  # fmt: skip


def test_an_oracle_that_raises_is_told_and_hangs_nobody(
    start: Callable[..., Play], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = start("random")
    oracle = study.engine._oracle  # type: ignore[attr-defined]
    asked(study, 1)
    monkeypatch.setattr(oracle, "populate_space", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        study.ask()
    for call in (study.ask, lambda: study.tell(0)):
        with pytest.raises(RuntimeError, match="cannot go on after ZeroDivisionError: division by zero"):
            call()
    from keras_tuner.src.engine import oracle as locks

    assert oracle not in locks.LOCKS
    study.engine.close()


def test_nothing_is_written_and_nothing_printed(
    start: Callable[..., Play], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    start("hyperband").run(12)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_several_objectives_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"one objective.*Received: 2 objectives"):
        KerasTunerSearch().start(Problem(LINE, ("maximize", "minimize"), 0, "study", tmp_path))


def test_the_engine_is_listed_and_checked_without_its_package() -> None:
    code = (
        "import sys\n"
        "from automl.registry import Group, entry\n"
        "from automl.fields import construct\n"
        "construct(entry(Group.SEARCH_ENGINES, 'keras_tuner').load(), {'oracle': 'grid'}, 'search')\n"
        "print([name for name in sys.modules if name in ('keras_tuner', 'keras', 'tensorflow')])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_a_study_of_hyperband_repeats_no_epoch_and_survives_failures(tmp_path: Path) -> None:
    words = ("search=keras_tuner", "search.oracle=hyperband", "search.trials=14", "training.epochs=9", "model.steps=9")
    faults = ("model.fault=error", "model.fault_below=0.25", "runner.slots=1")
    process = driver.start(tmp_path, *driver.scripted(*words, *faults))
    out, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, ""), out + err
    study = driver.summary(tmp_path)
    trials = {trial["number"]: trial for trial in study["trials"]}
    reached: dict[int, list[int]] = {number: [] for number in trials}
    started = {}
    for line in (tmp_path / "experiments" / "study" / "journal.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["event"] == "trial_reported":
            reached[event["number"]].append(event["step"])
        if event["event"] == "trial_started":
            started[event["number"]] = event
    assert {trial["state"] for trial in study["trials"]} == {"complete", "failed: error"}
    whole = [number for number, event in started.items() if not event["partial"]]
    assert whole
    for number, event in started.items():
        parent, last = event["start_from"], event["steps"]
        first = 1 if parent is None else started[parent]["steps"] + 1
        if trials[number]["state"] == "complete":
            assert reached[number] == list(range(first, last + 1))
        if parent is not None:
            assert trials[parent]["state"] == "complete"
            assert event["params"] == started[parent]["params"]
    assert study["best"] == whole[0]
    assert trials[whole[0]]["best_step"] == 9
