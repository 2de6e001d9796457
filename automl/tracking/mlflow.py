"""MLflow: a parent run a study, a child run a trial, the best model as a logged model.

A thread of its own makes every call, so that no worker waits for a database while the driver answers reports.
"""

from __future__ import annotations

import getpass
import json
import logging
import os
import queue
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl.records import Observer, StudyState, TrialState
from automl.tracking.texts import describe, flatten, values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from automl.records import StudyRecord, TrialRecord

_FLUSH_SECONDS = 10.0
_BATCH = 1000
_MODELS_PAGE = {"mlflow.experimentKind": "custom_model_development"}
"""Opens the experiment on the pages for training, not on those for language models."""

_STATUS = {
    TrialState.COMPLETE: "FINISHED",
    TrialState.PRUNED: "KILLED",
    TrialState.FAILED: "FAILED",
}
_STUDY_STATUS = {
    StudyState.FINISHED: "FINISHED",
    StudyState.INTERRUPTED: "KILLED",
    StudyState.FAILED: "FAILED",
}


@dataclass(frozen=True)
class MLflowSettings:
    """The ``tracking`` section.

    Attributes:
        uri: A tracking server or database; by default SQLite in the experiments folder.
        experiment: The MLflow experiment; by default named after the data.
    """

    uri: str | None = None
    experiment: str | None = None


def database_uri(experiments: Path) -> str:
    """The address of the SQLite database of an experiments folder."""
    return f"sqlite:///{experiments / 'mlflow.db'}"


def quiet() -> None:
    """Keep MLflow from telling others what runs here, and from chatting on the terminal."""
    os.environ.update(
        MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true", MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false"
    )
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)


class MLflowTracker(Observer):
    """Records a study in MLflow.

    A fault of the tracking store never ends a study: it is told once at the end, and the study's own folder holds
    everything that could not be tracked.
    """

    def __init__(self, settings: MLflowSettings, experiments: Path) -> None:
        self._settings = settings
        self._experiments = experiments
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._error: Exception | None = None
        self._client: Any = None
        self._experiment = ""
        self._parent = ""
        self._runs: dict[int, str] = {}
        self._tags: dict[str, str] = {}
        self._opened = False
        self._dataset = ("", "", "")
        self._pending: dict[int, list[tuple[str, float, int, int]]] = {}
        self._flushed: dict[int, float] = {}
        self._thread = threading.Thread(target=self._work, name="mlflow", daemon=True)

    def study_started(self, study: StudyRecord) -> None:
        """Open the store; the parent run waits for pre-flight, which may refuse the study."""
        self._thread.start()
        self._do(self._connect)
        self._tags = {
            "automl.kind": "study",
            "automl.state": "running",
            "automl.model": study.plugin["name"],
            "automl.plugin": f"{study.plugin['distribution']} {study.plugin['version']}",
            "automl.seed": str(study.seed),
            "mlflow.user": _user(),
            "mlflow.source.name": "python -m automl",
            "mlflow.source.type": "LOCAL",
            **({"mlflow.source.git.commit": study.git_commit} if study.git_commit else {}),
        }

    def preflight_ended(self, study: StudyRecord) -> None:
        """Open the parent run, and record data and baseline."""
        assert study.spec is not None
        self._opened = True
        self._tags |= {"automl.data": study.spec.name, "automl.data.fingerprint": study.spec.fingerprint}
        params = {"data": study.spec.name, "task": study.task.name, "objective": study.objective}
        sizes = {f"samples.{part}": str(count) for part, count in study.spec.sizes.items()}
        metrics = {f"baseline.val_{name}": value for name, value in study.baseline.items()}
        experiment = str(self._settings.experiment or study.config["data"]["name"])
        self._do(self._open, study.name, experiment, int(study.started * 1000), dict(self._tags))
        self._do(self._log_file, study.folder / "config.yaml")
        # A vocabulary alone can be longer than what a store takes.
        spec = json.dumps({**study.spec.to_dict(), "statistics": {}})
        self._dataset = (study.spec.name, study.spec.fingerprint, spec)
        self._do(self._log, None, _points(metrics, 0), {**params, **sizes}, dict(self._tags))
        self._do(self._log_data, None)

    def trial_started(self, study: StudyRecord, trial: TrialRecord) -> None:
        """Open a child run with the parameters."""
        del study
        number = trial.number
        params = {name: str(value) for name, value in flatten(trial.config).items()}
        tags = {**self._tags, "automl.kind": "trial", "automl.trial": str(number), "automl.state": "running"}
        self._pending[number], self._flushed[number] = [], time.monotonic()
        self._do(self._start_child, number, int(trial.started * 1000), params, tags)
        self._do(self._log_data, number)

    def trial_reported(self, study: StudyRecord, trial: TrialRecord) -> None:
        """Keep the metrics of the step, to be sent in batches."""
        del study
        self._pending[trial.number] += _points(trial.metrics, trial.step)
        if time.monotonic() - self._flushed[trial.number] > _FLUSH_SECONDS:
            self._flush(trial.number)

    def trial_ended(self, study: StudyRecord, trial: TrialRecord) -> None:
        """Close the child run with its state."""
        tags = {"automl.state": str(trial.state), "automl.failure": trial.failure, "automl.message": trial.message}
        if trial.state is TrialState.COMPLETE:
            self._pending[trial.number] += _points({"objective": trial.value or 0.0}, trial.best_step)
        self._flush(trial.number, {name: value for name, value in tags.items() if value})
        trace = trial.folder / "traceback.txt"
        self._do(self._end_child, trial.number, _STATUS[trial.state], trace if trace.is_file() else None)
        if study.best is not None and study.best.value is not None:
            self._do(self._log, None, _points({f"best_{study.objective}": study.best.value}, len(study.trials)), {}, {})

    def study_ended(self, study: StudyRecord) -> None:
        """Record the outcome, the artifacts and the model, and close the parent run."""
        if not self._opened:
            return
        metrics = values(study)
        tags = {"automl.state": str(study.state), "mlflow.note.content": describe(study)}
        if study.message:
            tags["automl.message"] = study.message
        self._do(self._log, None, _points(metrics, 0), {}, tags)
        files = [path for name in ("best.yaml", "study.json") if (path := study.folder / name).is_file()]
        for path in files:
            self._do(self._log_file, path)
        if study.evaluation is not None:
            self._do(self._log_evaluation, study.evaluation.folder, study.name, study.evaluation.trial, dict(metrics))
        self._do(self._end_parent, _STUDY_STATUS.get(study.state, "FINISHED"))

    def close(self) -> None:
        """Wait until everything is recorded, and say so if something could not be."""
        if not self._thread.is_alive():
            return
        self._calls.put(None)
        self._thread.join()
        if self._error is not None:
            first = (str(self._error).strip().splitlines() or [""])[0]
            sys.stderr.write(
                f"automl: MLflow could not record everything ({type(self._error).__name__}: {first})."
                f" The study's folder holds what is missing.\n"
            )

    def _flush(self, number: int, tags: dict[str, str] | None = None) -> None:
        points, self._pending[number] = self._pending[number], []
        self._flushed[number] = time.monotonic()
        self._do(self._log, number, points, {}, tags or {})

    def _do(self, call: Callable[..., None], *arguments: Any) -> None:
        self._calls.put(lambda: call(*arguments))

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            if self._error is None:
                try:
                    call()
                except Exception as error:  # noqa: BLE001 - tracking must not end a study
                    self._error = error

    def _connect(self) -> None:
        quiet()
        from mlflow.tracking import MlflowClient

        quiet()  # importing MLflow sets its own levels
        self._experiments.mkdir(parents=True, exist_ok=True)
        self._client = MlflowClient(self._settings.uri or database_uri(self._experiments))
        self._client.search_experiments(max_results=1)  # makes the tables of a new database

    def _open(self, name: str, experiment: str, started: int, tags: dict[str, str]) -> None:
        found = self._client.get_experiment_by_name(experiment)
        if found is None:
            artifacts = (self._experiments / "artifacts").as_uri() if self._settings.uri is None else None
            self._experiment = self._client.create_experiment(
                experiment, artifact_location=artifacts, tags=_MODELS_PAGE
            )
        else:
            self._experiment = found.experiment_id
        run = self._client.create_run(self._experiment, start_time=started, tags=tags, run_name=name)
        self._parent = run.info.run_id

    def _start_child(self, number: int, started: int, params: dict[str, str], tags: dict[str, str]) -> None:
        tags["mlflow.parentRunId"] = self._parent
        run = self._client.create_run(self._experiment, start_time=started, tags=tags, run_name=f"trial {number}")
        self._runs[number] = run.info.run_id
        self._log(number, [], params, {})

    def _log(
        self,
        number: int | None,
        points: list[tuple[str, float, int, int]],
        params: dict[str, str],
        tags: dict[str, str],
    ) -> None:
        from mlflow.entities import Metric, Param, RunTag

        run = self._parent if number is None else self._runs[number]
        listed = [Param(name, value[:6000]) for name, value in params.items()]
        labels = [RunTag(name, value[:5000]) for name, value in tags.items()]
        for start in range(0, max(1, len(points)), _BATCH):
            batch = [Metric(name, value, at, step) for name, value, at, step in points[start : start + _BATCH]]
            self._client.log_batch(run, batch, [] if start else listed, [] if start else labels)

    def _log_data(self, number: int | None) -> None:
        from mlflow.entities import Dataset, DatasetInput

        name, fingerprint, spec = self._dataset
        about = Dataset(name, fingerprint, "local", json.dumps({"name": name}), schema=spec[:65000])
        self._client.log_inputs(self._parent if number is None else self._runs[number], [DatasetInput(about, [])])

    def _end_child(self, number: int, status: str, trace: Path | None) -> None:
        if trace is not None:
            self._client.log_artifact(self._runs[number], str(trace))
        self._client.set_terminated(self._runs[number], status)

    def _log_file(self, path: Path) -> None:
        self._client.log_artifact(self._parent, str(path))

    def _log_evaluation(self, folder: Path, name: str, trial: int, metrics: dict[str, float]) -> None:
        """Figures and tables to the parent run, and the servable model as a logged model of the best trial's run."""
        self._client.log_artifacts(self._parent, str(folder / "figures"), "figures")
        for table in sorted(folder.glob("*.csv")):
            self._log_file(table)
        self._client.log_artifacts(self._parent, str(folder / "plugin"), "plugin")
        if not (folder / "model").is_dir():
            return
        from mlflow.entities import LoggedModelOutput, Metric

        model = self._client.create_logged_model(self._experiment, name=name, source_run_id=self._parent)
        self._client.log_model_artifacts(model.model_id, str(folder / "model"))
        self._client.finalize_logged_model(model.model_id, "READY")
        for run in (self._parent, self._runs[trial]):
            self._client.log_outputs(run, [LoggedModelOutput(model.model_id, 0)])
        now = int(time.time() * 1000)
        scores = [
            Metric(key, value, now, 0, model_id=model.model_id)
            for key, value in metrics.items()
            if key.startswith(("test.", "validation."))
        ]
        self._client.log_batch(self._parent, scores)

    def _end_parent(self, status: str) -> None:
        self._client.set_terminated(self._parent, status)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _points(metrics: Any, step: int) -> list[tuple[str, float, int, int]]:
    now = int(time.time() * 1000)
    return [(name, float(value), now, step) for name, value in metrics.items()]
