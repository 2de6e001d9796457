"""A scripted study and a store of memory that fails where a test wants it to."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from by_hand import add, put

from automl.data.spec import DataSpec, TensorSpec
from automl.records import Evaluation, Observer, StudyRecord, StudyState, TrialRecord, TrialState
from automl.tasks import task_info as task
from automl.tracking.mlflow import MLflowSettings, MLflowTracker
from automl.tracking.operations import End, Operation, Start
from automl.tracking.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from automl.tracking.spool import State

CONFIG: dict[str, Any] = {
    "model": {"name": "cnn", "summary": "s", "tasks": ["image_classification"], "blocks": 2},
    "training": {"name": "supervised", "learning_rate": 0.01, "clip_norm": None},
    "data": {"name": "digits", "task": "image_classification"},
}


class MemoryStore(Store):
    """Remembers what it was told, in order; raises ``fault`` while there is one, and hangs while ``hung`` is set.

    Attributes:
        told: The operations done.
        fault: Raised by every call; or a function of the operation that raises.
        killed: Runs that were marked as killed.
    """

    def __init__(self, experiments: Path, fault: Any = None) -> None:
        super().__init__(None, experiments)
        self.told: list[Operation] = []
        self.fault = fault
        self.hung = threading.Event()
        self.calls = 0
        self.killed: list[str] = []

    def ping(self) -> None:
        self._fail(None)

    def apply(self, operation: Operation, state: State, folder: Path, *, again: bool) -> None:
        self._fail(operation)
        if isinstance(operation, Start):
            state.runs[operation.run] = f"id-{operation.run}"
        if isinstance(operation, End):
            state.runs.pop(operation.run)
        self.told.append(operation)

    def open_runs(self) -> list[Any]:
        return []

    def kill(self, run: str, ended: int) -> None:
        self._fail(None)
        self.killed.append(run)

    def _fail(self, operation: Operation | None) -> None:
        self.calls += 1
        if self.hung.is_set():
            threading.Event().wait()
        if isinstance(self.fault, Exception):
            raise self.fault
        if self.fault is not None:
            self.fault(operation)


def make_study(folder: Path, name: str = "study-1") -> StudyRecord:
    study = StudyRecord(
        name=name,
        folder=folder / name,
        config=CONFIG,
        task=task("image_classification"),
        objective="val_accuracy",
        direction="maximize",
        plugin={"name": "cnn", "distribution": "automl", "version": "0.1.0"},
        seed=7,
        slots=1,
        max_trials=3,
        git_commit="abc",
    )
    study.folder.mkdir(parents=True)
    (study.folder / "config.yaml").write_text("seed: 7\n")
    spec = DataSpec(
        "digits", "image_classification", TensorSpec((8, 8, 1), "uint8"), TensorSpec((), "int64"), ("0", "1"),
        sizes={"train": 10, "validation": 3, "test": 3}, fingerprint="f00d",
    )  # fmt: skip
    put(study, spec=spec, baseline={"accuracy": 0.1})
    return study


def begin(study: StudyRecord, store: Store | None = None, **settings: Any) -> MLflowTracker:
    """A tracker that has seen the study begin."""
    tracker = MLflowTracker(MLflowSettings(**settings), study.folder.parent, store)
    tracker.study_started(study)
    tracker.preflight_ended(study)
    return tracker


def start_trial(study: StudyRecord, tracker: Observer, number: int) -> TrialRecord:
    folder = study.folder / "trials" / str(number)
    folder.mkdir(parents=True)
    trial = TrialRecord(number, {"model.blocks": 2}, CONFIG, folder)
    add(study, trial)
    tracker.trial_started(study, trial)
    for step in (1, 2):
        put(trial, step=step, metrics={"loss": 1.0 / step, "val_accuracy": 0.4 * step})
        tracker.trial_reported(study, trial)
    return trial


def play(
    study: StudyRecord, tracker: Observer, number: int, state: TrialState, failure: str = "", **final: Any
) -> None:
    """A trial from its start to its end."""
    trial = start_trial(study, tracker, number)
    put(trial, state=state, failure=failure)
    if state is TrialState.COMPLETE:
        put(trial, **{"value": 0.8, "best_step": 2, **final})
    if failure:
        put(trial, message="The loss is not finite.")
        (trial.folder / "traceback.txt").write_text("Traceback")
    tracker.trial_ended(study, trial)


def finish(study: StudyRecord, tracker: Observer) -> None:
    """The final evaluation and the end."""
    if study.trials:
        evaluate(study)
    (study.folder / "best.yaml").write_text("seed: 7\n")
    put(study, state=StudyState.FINISHED)
    tracker.study_ended(study)


def evaluate(study: StudyRecord) -> None:
    """What the final evaluation of trial 0 leaves."""
    evaluation = study.folder / "evaluation"
    places = ("figures/learning_curves.png", "plugin/fields.json", "plugin/a/b.json", "model/MLmodel", "classes.csv")
    for place in places:
        (evaluation / place).parent.mkdir(parents=True, exist_ok=True)
        (evaluation / place).write_text("x")
    scores = {"accuracy": 0.8}, {"accuracy": 0.75}, {"accuracy": 0.1}
    put(study, evaluation=Evaluation(0, *scores, evaluation))
