"""Studies with several objectives, and with constraints: what is best, and what counts as neither best nor failed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from automl.api.handle import Study
from automl.errors import AutomlError, StudyError
from automl.records import TrialState
from automl.report.closing import closing

if TYPE_CHECKING:
    from automl.records import StudyRecord

SIZED = [{"metric": "val_accuracy"}, {"metric": "parameters"}]


def test_the_result_of_several_objectives_is_their_front(make_study: Any) -> None:
    measured = [*SIZED, {"metric": "latency_ms"}, {"metric": "model_mb"}, {"metric": "train_seconds"}]
    study, _ = make_study(trials=12, objective=SIZED, size=1000)
    study.run()
    record = study.record
    assert record.count(TrialState.COMPLETE) == 12  # none was pruned by an epoch's accuracy
    points = {trial.number: (-trial.value, trial.metrics["parameters"]) for trial in record.trials}
    front = {
        number for number, own in points.items()
        if not any(all(map(float.__le__, other, own)) and other != own for other in points.values())
    }  # fmt: skip
    assert {trial.number for trial in record.front} == front
    assert len(front) > 1
    values = [trial.value for trial in record.front]
    assert values == sorted(values, reverse=True)
    assert record.best is record.front[0]
    assert record.best.value == max(trial.value for trial in record.trials)
    assert record.ranked[: len(front)] == record.front
    assert sorted(trial.number for trial in record.ranked) == list(range(12))
    kept = {trial.number for trial in record.trials if (trial.folder / "plugin").is_dir()}
    assert kept == {trial.number for trial in record.ranked[: max(len(front), 3)]}
    told(record)
    other, _ = make_study(trials=1, objective=measured)
    other.run()
    metrics = other.record.best.metrics
    assert metrics["parameters"] == 1.0
    assert all(metrics[name] > 0.0 for name in ("latency_ms", "model_mb", "train_seconds"))
    assert len(other.record.values(other.record.best)) == len(measured)


def told(record: StudyRecord) -> None:
    """What is said of several objectives: at the end, in tables, in files."""
    front = [trial.number for trial in record.front]
    lines = [text for _, text in closing(record)]
    assert f"{len(front)} of 12 complete trials" in lines[1]
    assert lines[1].startswith(
        "Pareto front of val_accuracy (the more the better) and parameters (the less the better)"
    )
    rows = [line.split() for line in lines[3 : 3 + len(front)]]
    assert [int(row[1]) for row in rows] == front
    assert rows[0][3] == f"{record.front[0].parameters:,}"
    assert lines[3 + len(front)].endswith("evaluation/figures/pareto.png")
    assert f"Best: trial {front[0]}, of the front the best by val_accuracy, which was named first" in lines
    assert (record.folder / "evaluation" / "figures" / "pareto.png").stat().st_size > 10_000
    study = Study(record)
    assert study.objectives == {"val_accuracy": "maximize", "parameters": "minimize"}
    board = study.leaderboard()
    assert board["number"].tolist() == [trial.number for trial in record.ranked]
    assert board["front"].tolist() == [True] * len(front) + [False] * (12 - len(front))
    assert study.front.columns.tolist()[:6] == ["number", "state", "front", "val_accuracy", "parameters", "model.x"]
    assert study.front["parameters"].is_monotonic_decreasing
    summary = json.loads((record.folder / "study.json").read_text())
    assert (summary["best"], summary["front"]) == (front[0], front)
    assert summary["trials"][front[0]]["values"] == list(record.values(record.front[0]))
    assert "parameters</th>" in study._repr_html_()


def test_a_model_that_is_too_large_is_not_trained(make_study: Any) -> None:
    study, listener = make_study(trials=12, size=1000, search={"constraints": {"parameters": {"max": 900}}})
    reports: list[int] = []
    listener.on_report = lambda: reports.append(1)
    study.run()
    record = study.record
    broken = [trial for trial in record.trials if trial.violation]
    assert 0 < len(broken) < 12
    assert {trial.outcome for trial in broken} == {"pruned"}
    assert {trial.step for trial in broken} == {0}
    assert len(reports) == sum(trial.step for trial in record.trials)
    for trial in broken:
        told = f"parameters {trial.parameters:,} is more than search.constraints.parameters.max=900."
        assert trial.message == told
        assert not (trial.folder / "plugin").exists()
    assert record.best.parameters <= 900
    assert record.best.metrics["parameters"] == record.best.parameters
    assert "trials like it are not trained" in "".join(record.notes)  # of the middle of the space, 961


def test_a_trial_that_breaks_another_constraint_is_never_best(make_study: Any) -> None:
    study, _ = make_study(trials=8, search={"constraints": {"val_accuracy": {"max": 0.95}}})
    study.run()
    record = study.record
    broken = [trial for trial in record.trials if trial.violation]
    assert broken
    assert all(trial.metrics["val_accuracy"] > 0.95 and trial.outcome == "pruned" for trial in broken)
    assert not any((trial.folder / "plugin").exists() for trial in broken)
    assert record.best.value <= 0.95


def test_constraints_that_nothing_keeps_to_are_told_with_the_nearest_trial(make_study: Any) -> None:
    study, _ = make_study(trials=6, size=1000, search={"constraints": {"parameters": {"max": 10}}})
    with pytest.raises(
        StudyError, match=r"each of 6 broke a constraint. The nearest was trial \d: parameters [5-9]\d\d"
    ):
        study.run()


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"objective": ["val_accuracy", {"metric": "val_beauty", "mode": "max"}]},
         r"search.objective: trials do not report 'val_beauty'. Received: val_accuracy."),
        ({"search": {"constraints": {"val_beauty": {"max": 1}}}},
         r"search.constraints: trials do not report 'val_beauty'. Received: val_accuracy."),
    ],
)  # fmt: skip
def test_metrics_that_nobody_reports_are_refused_before_any_trial(
    make_study: Any, how: dict[str, Any], message: str
) -> None:
    study, _ = make_study(**how)
    with pytest.raises(AutomlError, match=message):
        study.run()
    assert study.record.trials == []
