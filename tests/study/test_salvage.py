"""Trials that are ended from outside count with the best epoch of their checkpoint."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest
from by_hand import add

from automl.errors import StudyError
from automl.jobs import Job, TrainJob
from automl.plugin import CHECKPOINT, Decision, TrialFailed
from automl.records import TrialRecord, TrialState
from automl.runner.worker import attempt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from automl.records import StudyRecord
    from automl.runner.base import Message


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Ends trials from outside in their third step, as a runner does."""
    monkeypatch.setattr("automl.checkpoint.SECONDS", 0.0)

    def arrange(kind: str, message: str, spoil: Callable[[Path], Any] = lambda _: None) -> None:
        def killing(job: Job[Any], answer: Any) -> Message:
            def killed(step: int, metrics: Any) -> Decision:
                if step == 3 and isinstance(job, TrainJob) and not job.salvage:
                    spoil(job.dir / CHECKPOINT)
                    raise TrialFailed(kind, message)
                return answer(step, metrics)  # type: ignore[no-any-return]

            return attempt(job, killed if isinstance(job, TrainJob) else answer)

        monkeypatch.setattr("automl.runner.inline.attempt", killing)

    return arrange


def test_a_trial_that_runs_into_its_deadline_counts_with_its_best_epoch(make_study: Any, kill: Any) -> None:
    kill("timeout", "The trial ran longer than runner.trial_timeout, 1 s.")
    study, listener = make_study(trials=3, steps=5)
    study.run()
    assert [trial.outcome for trial in study.record.trials] == ["complete"] * 3
    assert listener.heard.count("0 complete") == 1
    trial = study.record.trials[0]
    assert trial.message == (
        "Stopped after epoch 2, its best epoch counts: The trial ran longer than runner.trial_timeout, 1 s."
    )
    assert trial.value == trial.history[1]["val_accuracy"]
    assert trial.best_step == 2
    assert study.record.evaluation is not None


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        ("timeout", lambda path: path.unlink()),
        ("timeout", lambda path: path.write_bytes(b"damaged")),
        ("error", lambda _: None),
    ],
)
def test_a_trial_with_nothing_to_salvage_keeps_its_failure(make_study: Any, kill: Any, kind: str, spoil: Any) -> None:
    kill(kind, "It was ended.", spoil)
    study, _ = make_study(trials=2, steps=5)
    with warnings.catch_warnings(action="ignore"), pytest.raises(StudyError, match="It was ended"):
        study.run()
    assert [(trial.outcome, trial.message) for trial in study.record.trials] == [
        (f"failed: {kind}", "It was ended.")
    ] * 2


def test_equal_trials_are_ranked_by_their_loss_then_the_later(tmp_path: Path, study_record: StudyRecord) -> None:
    for number, loss in enumerate((0.5, 0.3, 0.3, 0.9)):
        metrics = {"val_accuracy": 0.9, "val_loss": loss}
        add(study_record, TrialRecord(number, {}, {}, tmp_path, state=TrialState.COMPLETE, value=0.9, metrics=metrics))
    assert study_record.best is not None
    assert study_record.best.number == 2
