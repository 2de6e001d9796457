"""Operations turned into calls of MLflow's client."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from automl.tracking import views
from automl.tracking.faults import RefusedError
from automl.tracking.limits import METRICS, PARAMS, batches
from automl.tracking.operations import (
    STUDY,
    Artifact,
    Begin,
    End,
    Input,
    Log,
    Model,
    Operation,
    Register,
    Resume,
    Start,
    View,
    run_id,
)
from automl.tracking.registered import register
from automl.tracking.texts import DESCRIPTION

if TYPE_CHECKING:
    from pathlib import Path

    from automl.tracking.spool import State

_MODELS_PAGE = {"mlflow.experimentKind": "custom_model_development"}
"""Opens the experiment on the pages for training, not on those for language models."""


_OF_THE_PROCESS = {"automl.state", "automl.folder", "automl.host"}
_OF_THE_END = {"automl.failure", "automl.message"}
_TRIAL = "automl.trial"


@dataclass(frozen=True)
class Calls:
    """The calls for the operations of one study.

    Attributes:
        client: MLflow's client.
        state: The ids that the store gave; new ones are added.
        folder: The study's folder.
        artifacts: Where a new experiment keeps its artifacts; ``None`` leaves it to the store.
        again: Whether what is asked for may have been done before, by a process that could not keep note of it.
    """

    client: Any
    state: State
    folder: Path
    artifacts: str | None
    again: bool

    def apply(self, operation: Operation) -> None:
        """Do one operation.

        Raises:
            RefusedError: It can never be done.
            Exception: Of MLflow.
        """
        match operation:
            case Begin():
                self.state.id = operation.id
                self.state.experiment = self._experiment(operation.experiment)
            case View():
                tag = views.encode(operation, self._run(operation.run))
                self.client.set_experiment_tag(self.state.experiment, views.TAG + operation.key, tag)
            case Model():
                self._model(operation)
            case Register():
                self._register(operation)
            case _:
                self._about_run(operation)

    def _about_run(self, operation: Operation) -> None:
        match operation:
            case Resume():
                self._resume(operation)
            case Start():
                self._start(operation)
            case Log():
                self._log(operation)
            case Input():
                self._input(operation)
            case Artifact():
                path = str(self._path(operation.path))
                self.client.log_artifact(self._run(operation.run), path, operation.into or None)
            case End():
                self.client.set_terminated(self._run(operation.run), operation.status, operation.time)
                self.state.runs.pop(operation.run, None)

    def _experiment(self, name: str) -> str:
        """The experiment of a name, made where it is not there; its next namesake where it was deleted."""
        for number in itertools.count(1):
            wanted = name if number == 1 else f"{name} {number}"
            found = self.client.get_experiment_by_name(wanted) or self._create_experiment(wanted)
            if found.lifecycle_stage == "active":
                return str(found.experiment_id)
        raise AssertionError

    def _create_experiment(self, name: str) -> Any:
        from mlflow.exceptions import MlflowException

        try:
            made = self.client.create_experiment(name, artifact_location=self.artifacts, tags=_MODELS_PAGE)
        except MlflowException:
            found = self.client.get_experiment_by_name(name)
            if found is None:
                raise
            return found  # another study made it meanwhile
        return self.client.get_experiment(made)

    def _start(self, operation: Start) -> None:
        name = run_id(self.state.id, operation.run)
        found = self._find(name) if self.again else None
        if found is None:
            tags = {**operation.tags, "automl.id": name}
            if operation.run != STUDY:
                tags["mlflow.parentRunId"] = self._run(STUDY)
            run = self.client.create_run(self.state.experiment, operation.time, tags, operation.name)
            found = str(run.info.run_id)
        self.state.runs[operation.run] = found

    def _resume(self, operation: Resume) -> None:
        """Have a run that ended, or was marked as killed, running again; what was said of its end is taken back."""
        found = self._find(run_id(self.state.id, operation.run))
        if found is None:
            self._start(operation)
            return
        self.state.runs[operation.run] = found
        tags = self.client.get_run(found).data.tags
        for name in _OF_THE_END & set(tags):
            self.client.delete_tag(found, name)
        for name in _OF_THE_PROCESS & set(operation.tags):
            self.client.set_tag(found, name, operation.tags[name])
        self.client.update_run(found, status="RUNNING")

    def _run(self, key: str) -> str:
        """The id of a run; looked up where it ended, or where nobody kept note of it."""
        found = self.state.runs.get(key) or self._find(run_id(self.state.id, key))
        if found is None:
            raise RefusedError(f"the run '{key}' is not in the store")
        return found

    def _find(self, name: str) -> str | None:
        found = self.client.search_runs([self.state.experiment], f"tags.`automl.id` = '{name}'", max_results=1)
        return str(found[0].info.run_id) if found else None

    def _log(self, operation: Log) -> None:
        from mlflow.entities import Metric, Param, RunTag

        run = self._run(operation.run)
        if operation.once:
            operation = self._missing(run, operation)
        parts = (
            batches(operation.points, METRICS),
            batches(list(operation.params.items()), PARAMS),
            batches(list(operation.tags.items()), PARAMS),
        )
        for points, params, tags in zip_longest(*parts, fillvalue=()):
            self.client.log_batch(
                run,
                [Metric(*point) for point in points],
                [Param(*pair) for pair in params],
                [RunTag(name, self._filled(name, value, run)) for name, value in tags],
            )

    def _filled(self, name: str, text: str, run: str) -> str:
        """The value of a tag; a description with the ids that it leaves out."""
        if name != DESCRIPTION:
            return text
        return text.replace(views.RUN, run).replace(views.EXPERIMENT, self.state.experiment)

    def _missing(self, run: str, operation: Log) -> Log:
        """What of it the run does not have."""
        known = self.client.get_run(run).data
        names = {name for name, *_ in operation.points} & set(known.metrics)
        there = {(name, one.step) for name in names for one in self.client.get_metric_history(run, name)}
        points = [point for point in operation.points if (point[0], point[3]) not in there]
        params = {name: value for name, value in operation.params.items() if name not in known.params}
        return replace(operation, points=points, params=params)

    def _input(self, operation: Input) -> None:
        from mlflow.entities import Dataset, DatasetInput

        source = json.dumps({"name": operation.name})
        about = Dataset(operation.name, operation.digest, "local", source, schema=operation.schema)
        self.client.log_inputs(self._run(operation.run), [DatasetInput(about, [])])

    def _path(self, path: str) -> Path:
        found = self.folder / path
        if not found.exists():
            raise RefusedError(f"{found} is not there any more")
        return found

    def _model(self, operation: Model) -> None:
        from mlflow.entities import LoggedModelOutput, Metric

        path, run = self._path(operation.path), self._run(operation.run)
        model = self._find_model(run, operation.trial) if self.again else None
        if model is None:
            tags = {_TRIAL: operation.trial}
            model = self.client.create_logged_model(
                self.state.experiment, name=operation.name, source_run_id=run, tags=tags
            )
        self.client.log_model_artifacts(model.model_id, str(path))
        self.client.finalize_logged_model(model.model_id, "READY")
        for one in (run, self._run(operation.trial)):
            self.client.log_outputs(one, [LoggedModelOutput(model.model_id, 0)])
        self.client.log_batch(run, [Metric(*point, model_id=model.model_id) for point in operation.points])

    def _register(self, operation: Register) -> None:
        self._path(operation.path)
        run = self._run(operation.run)
        model = self._find_model(run, operation.trial)
        if model is None:
            raise FileNotFoundError("the model that is to be registered has not been sent")
        register(self.client, operation, model, run, run_id(self.state.id, operation.trial))

    def _find_model(self, run: str, trial: str) -> Any:
        """The model of a trial, where it was logged; a study that was resumed may have come to another."""
        found = self.client.search_logged_models([self.state.experiment], f"source_run_id = '{run}'")
        return next((one for one in found if one.tags.get(_TRIAL) == trial), None)
