"""What a search begins with, when it has enough, and what it makes of scores that depend on luck."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest
from inline_study import resume_study

from automl.api.tables import leaderboard
from automl.records import TrialState, standard_error
from automl.study.disk import size

if TYPE_CHECKING:
    from pathlib import Path


def test_the_default_comes_first_and_then_what_is_enqueued(make_study: Any, tmp_path: Path) -> None:
    saved = tmp_path / "저장 best.yaml"
    saved.write_text("model: {name: scripted, x: 0.25}\ndata: {name: digits}\n")
    asked = [{"model.x": 0.75}, str(saved), {"x": 0.75}]
    study, _ = make_study(trials=4, default={"x": 5.0, "training.unknown": 1}, search={"enqueue": asked})
    study.run()
    trials = study.record.trials
    assert [trial.params["model.x"] for trial in trials[:3]] == [1.0, 0.75, 0.25]  # the nearest to 5 in the space
    assert [trial.origin for trial in trials] == ["default", "enqueued", "enqueued", ""]
    assert "default" not in trials[0].config["model"]
    assert trials[3].asked is not None


def test_the_portfolio_follows_in_at_most_half_of_the_trials(make_study: Any) -> None:
    tried = [{"x": 0.3}, {"x": 0.3, "training.unknown": 1}, {"x": 0.75}, {"x": -9}, {"x": 0.1}, {"x": 0.2}]
    study, _ = make_study(trials=6, default={"x": 0.25}, portfolio=tried, search={"enqueue": [{"x": 0.75}]})
    study.run()
    trials = study.record.trials
    assert [trial.params["model.x"] for trial in trials[:5]] == [0.25, 0.75, 0.3, 0.0, 0.1]
    assert [trial.origin for trial in trials] == ["default", "enqueued", "portfolio", "portfolio", "portfolio", ""]
    assert "portfolio" not in trials[0].config["model"]


def test_a_target_ends_the_search_in_the_middle_of_a_trial(make_study: Any) -> None:
    study, _ = make_study(trials=9, search={"target": 0.5}, default={"x": 0.3}, steps=10)
    study.run()
    (trial,) = study.record.trials
    assert trial.state is TrialState.COMPLETE
    assert trial.step == 5
    assert study.record.message == "search.target: trial 0 reached val_accuracy 0.5000."


def test_patience_ends_the_search(make_study: Any) -> None:
    study, _ = make_study(trials=30, search={"patience": 3}, default={"x": 0.3})
    study.run()
    assert len(study.record.trials) == 4
    assert study.record.message == "search.patience: 3 trials brought nothing better."


def test_an_earlier_study_hands_its_trials_over(make_study: Any) -> None:
    first, _ = make_study(trials=4)
    first.run()
    record = first.record
    study, _ = make_study(trials=1, search={"from_study": str(record.folder)})
    study.run()
    assert study.record.earlier is not None
    assert len(study.record.earlier.trials) == 4
    assert "search.from_study: the search knows 4 of the 4 trials of study; these fit" in study.record.notes
    narrower, _ = make_study(trials=1, search={"from_study": str(record.folder)}, x={"low": 0.0, "high": 0.5})
    narrower.run()
    fitting = [trial.params for trial in record.trials if trial.params["model.x"] <= 0.5]
    assert [told["params"] for told in narrower.record.earlier.trials] == fitting


def test_of_other_data_the_best_of_an_earlier_study_are_tried_first(make_study: Any) -> None:
    first, _ = make_study(trials=5)
    first.run()
    study, _ = make_study(trials=4, seed=2, search={"from_study": str(first.record.folder)})  # another split
    study.run()
    best = [trial.params for trial in first.record.ranked[:3]]
    assert [trial.params for trial in study.record.trials[:3]] == best
    assert [trial.origin for trial in study.record.trials] == ["earlier", "earlier", "earlier", ""]


def test_a_warm_start_finds_what_to_begin_with(make_study: Any) -> None:
    first, _ = make_study(trials=5)
    first.run()
    other, _ = make_study(trials=2, seed=2)
    other.run()
    study, _ = make_study(trials=9, search={"warm_start": "auto"}, portfolio=[{"x": 0.99}])
    study.run()
    (note,) = [one for one in study.record.notes if one.startswith("search.warm_start")]
    same, near = first.record.folder.name, other.record.folder.name
    assert note.startswith(f"search.warm_start: begins with the best of {same} (same data) and {near} (alike: 1,797 sa")
    best, second = [[trial.params for trial in one.record.ranked] for one in (first, other)]
    found = [trial.params for trial in study.record.trials if trial.origin == "earlier"]
    assert found == [best[0], second[0], best[1], second[1], best[2]]
    assert [trial.params for trial in study.record.trials[:5]] == found
    assert not any(trial.origin == "portfolio" for trial in study.record.trials)  # half of the trials are taken
    again, _ = resume_study(study, trials=10)
    again.run()
    assert again.record.earlier == study.record.earlier


def test_a_warm_start_says_that_there_is_nothing(make_study: Any) -> None:
    study, _ = make_study(trials=1, search={"warm_start": "auto"})
    study.run()
    assert "search.warm_start: there is no finished study of scripted on data alike in " in study.record.notes[-1]
    assert study.record.earlier.study == ""


def test_a_configuration_is_scored_by_the_mean_over_seeds(make_study: Any) -> None:
    study, _ = make_study(trials=20, search={"seeds": 3}, noise=0.3, pruner="none")
    study.run()
    record = study.record
    complete = [trial for trial in record.trials if trial.state is TrialState.COMPLETE]
    assert len(complete) >= 4
    for trial in complete:
        assert len(trial.scores) == 3
        assert len(set(trial.scores)) == 3
        assert trial.value == pytest.approx(fmean(trial.scores))
        assert trial.metrics["val_accuracy"] == trial.value
    hopeless = [trial for trial in record.trials if trial.message.startswith("Given up after")]
    assert hopeless
    assert all(trial.state is TrialState.PRUNED and 0 < len(trial.scores) < 3 for trial in hopeless)
    assert record.best.value == max(trial.value for trial in complete)
    assert (record.best.folder / "plugin").is_dir()
    board = leaderboard(record)
    assert board["number"].tolist()[: len(complete)] == [trial.number for trial in record.ranked]
    assert board["error"].iloc[0] == pytest.approx(standard_error(record.best.scores))
    assert "confirmed" not in board
    assert not list(record.folder.glob("trials/*/seed-*/plugin"))


def test_the_best_are_confirmed_with_fresh_seeds(make_study: Any) -> None:
    study, _ = make_study(trials=8, search={"confirm": 3}, noise=0.4)
    study.run()
    confirmed = [trial for trial in study.record.trials if trial.fresh]
    by_value = sorted(confirmed, key=lambda trial: -(trial.value or 0.0))
    complete = [trial.value for trial in study.record.trials if trial.value is not None]
    assert [trial.value for trial in by_value] == sorted(complete, reverse=True)[:3]
    assert all(len(trial.fresh) == 2 for trial in confirmed)
    assert study.record.best is max(confirmed, key=lambda trial: fmean(trial.fresh))
    assert study.record.evaluation.trial == study.record.best.number
    seeds = {run.seed for trial in confirmed for run in trial.runs}
    assert len(seeds) == 2
    assert study.record.seed not in seeds


@pytest.mark.parametrize("keep", [1, 3])
def test_only_the_best_keep_their_models(make_study: Any, keep: int) -> None:
    study, _ = make_study(trials=8, search={"keep_models": keep})
    study.run()
    ranked = [trial.number for trial in study.record.ranked]
    kept = {trial.number for trial in study.record.trials if (trial.folder / "plugin").is_dir()}
    assert kept == set(ranked[:keep])


def test_a_disk_that_is_used_up_ends_the_search(make_study: Any) -> None:
    study, _ = make_study(trials=50, search={"disk_gb": 1e-9, "keep_models": 20})
    study.run()
    assert len(study.record.trials) < 3
    assert study.record.message.startswith("search.disk_gb: the study's folder takes")
    assert study.record.evaluation is not None
    assert size(study.record.folder) > 0
    assert size(study.record.folder / "missing") == 0
