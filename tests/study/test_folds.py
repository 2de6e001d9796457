"""A study whose trials are cross-validated, as its driver sees it."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest

from automl.config.saved import completed
from automl.ensembles import Ensemble, open_plugin
from automl.jobs import Job, TrainJob, Underway
from automl.jobs.results import FOLDS
from automl.plugin import CHECKPOINT, Decision, TrialFailed
from automl.records import TrialState
from automl.report.closing import closing
from automl.report.wording import data_line, steps
from automl.runner.worker import attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.runner.base import Message


@pytest.fixture
def hear(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets the test see what trials report, before it is answered."""
    monkeypatch.setattr("automl.jobs.folded._SECONDS", 0.0)

    def arrange(listen: Callable[[TrainJob, int, Any], None]) -> None:
        def listening(job: Job[Any], answer: Any) -> Message:
            def heard(step: int, content: Any) -> Decision:
                if isinstance(job, TrainJob):
                    listen(job, step, content)
                return answer(step, content)  # type: ignore[no-any-return]

            return attempt(job, heard)

        monkeypatch.setattr("automl.runner.inline.attempt", listening)

    return arrange


def test_folds_are_steps_and_the_second_of_a_hopeless_trial_is_never_run(make_study: Any) -> None:
    enqueue = [{"model.x": value} for value in (0.3, 0.35, 0.9)]
    study, _ = make_study(trials=6, folds=3, noise=0.01, search={"seeds": 1, "enqueue": enqueue})
    study.run()
    record = study.record
    assert (record.folds, record.unit, record.spec.folds) == (3, "fold", 3)
    assert {trial.steps for trial in record.trials} == {3}
    complete = [trial for trial in record.trials if trial.state is TrialState.COMPLETE]
    pruned = [trial for trial in record.trials if trial.state is TrialState.PRUNED]
    assert {trial.step for trial in complete} == {3}
    assert pruned
    assert {trial.step for trial in pruned} <= {1, 2}
    assert min(trial.step for trial in pruned) == 1
    best = record.best
    assert best.value == best.history[-1]["val_accuracy"] == best.metrics["val_accuracy"]
    assert 0 < best.metrics["val_accuracy_stderr"] < 0.01
    bag = open_plugin("scripted", best.folder / "plugin")
    assert isinstance(bag, Ensemble)
    assert len(bag.members) == 3
    assert not list(record.folder.glob(f"trials/*/{FOLDS}"))
    assert not list(record.folder.glob(f"trials/*/{CHECKPOINT}"))
    assert record.evaluation.validation["accuracy"] == pytest.approx(0.1, abs=0.01)  # the ruler's, of constant answers


def test_it_is_told_in_folds(make_study: Any) -> None:
    study, _ = make_study(trials=2, folds=3, noise=0.01)
    study.run()
    record = study.record
    assert data_line(record).startswith("data: 3 folds of 958 train and 480 validation, 359 test; 10 classes")
    assert steps(record.best) == "3/3"
    told = [text for _, text in closing(record)]
    assert any(text.startswith("  val_accuracy over 3 folds: ") and " ± 0.0" in text for text in told)


def test_several_seeds_are_several_runs_over_the_folds(make_study: Any) -> None:
    study, _ = make_study(trials=1, folds=2, noise=0.01, search={"seeds": 2})
    study.run()
    (trial,) = study.record.trials
    assert (len(trial.runs), trial.step) == (2, 2)
    assert trial.value == pytest.approx(fmean(trial.scores))
    assert trial.runs[0].value != trial.runs[1].value


def test_within_a_fold_the_driver_is_asked_and_keeps_nothing_of_it(make_study: Any, hear: Any) -> None:
    asked: list[int] = []
    study, _ = make_study(trials=1, folds=2)

    def listen(job: TrainJob, step: int, content: Any) -> None:
        if isinstance(content, Underway):
            asked.append(step)
            if len(asked) == 4:
                study.interrupts.count += 1

    hear(listen)
    study.run()
    (trial,) = study.record.trials
    assert asked == [0, 0, 0, 1]
    assert [row["step"] for row in trial.history] == [1.0]
    assert (trial.state, trial.stopped, trial.message) == (
        TrialState.COMPLETE, True, "Stopped early: the study was interrupted.",
    )  # fmt: skip
    assert len(open_plugin("scripted", trial.folder / "plugin").members) == 1  # type: ignore[attr-defined]
    assert (trial.folder / FOLDS).is_dir()  # another day it goes on from there


def test_a_trial_that_is_cut_counts_with_its_folds(make_study: Any, hear: Any) -> None:
    def listen(job: TrainJob, step: int, content: Any) -> None:
        if step == 2 and not job.salvage:
            raise TrialFailed("timeout", "It took too long.")

    hear(listen)
    study, _ = make_study(trials=1, folds=3)
    study.run()
    (trial,) = study.record.trials
    assert trial.outcome == "complete"
    assert trial.message == "Stopped after fold 1, what it has counts: It took too long."
    assert trial.value == pytest.approx(1.0 - (trial.params["model.x"] - 0.3) ** 2)


def test_a_configuration_of_before_there_were_folds_has_none() -> None:
    sections = {"data": {"name": "iris", "loader": "sklearn_table"}, "search": {"name": "optuna"}}
    assert completed(sections)["data"]["folds"] == 1
    assert completed({**sections, "data": {**sections["data"], "folds": "auto"}})["data"]["folds"] == "auto"
