"""MLflow: a parent run a study, a child run a trial, the best model as a logged model.

What happens is put into a file of the study's folder; a thread of its own sends it from there, so that no worker
waits for a store, and so that nothing is lost while the store is away.
"""

from __future__ import annotations

import getpass
import sys
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl.bounds import Text
from automl.errors import ConfigError
from automl.objectives import MEASURED
from automl.records import Observer, StudyState, TrialState, standard_error
from automl.tracking import limits, outcome, views
from automl.tracking.address import shown
from automl.tracking.operations import STUDY, Begin, Input
from automl.tracking.recorder import Recorder
from automl.tracking.recovery import host, recover
from automl.tracking.sender import Sender
from automl.tracking.spool import SPOOL, State, before, remove
from automl.tracking.store import Store
from automl.tracking.system import SystemMonitor
from automl.tracking.texts import fixed

if TYPE_CHECKING:
    from pathlib import Path

    from automl.records import StudyRecord, TrialRecord
    from automl.tracking.replay import Replay

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

    Raises:
        ConfigError: The experiment's name is none.
    """

    uri: Text | None = None
    experiment: Text | None = None

    def __post_init__(self) -> None:
        """Refuse a name that MLflow refuses."""
        if self.experiment is not None and not 0 < len(self.experiment.strip()) <= limits.EXPERIMENT:
            raise ConfigError(
                f"tracking.experiment: a name of 1 to {limits.EXPERIMENT} characters is needed."
                f" Received: {limits.text(repr(self.experiment), 80)}."
            )


class MLflowTracker(Observer):
    """Records a study in MLflow.

    A fault of the store never ends a study, and loses nothing: what could not be sent stays in the study's folder.

    Args:
        settings: The ``tracking`` section.
        experiments: The experiments folder, absolute.
        store: The store, where it is not the one of the settings.

    Raises:
        ConfigError: The address or the experiment's name is none.
    """

    def __init__(self, settings: MLflowSettings, experiments: Path, store: Store | None = None) -> None:
        self._settings = settings
        self._store = store or Store(settings.uri, experiments)
        self._sender = Sender(self._store, self._recover)
        self._experiments = experiments
        self._study: StudyRecord | None = None
        self._tags: dict[str, str] = {}
        self._id = ""
        self._system = SystemMonitor()
        self._described = False
        self._recorder = Recorder(self._sender, _say)
        self._noted = False
        self._repeated: dict[int, tuple[int, bool]] = {}

    def study_started(self, study: StudyRecord) -> None:
        """Open the store; the parent run waits for pre-flight, which may refuse the study."""
        self._study = study
        self._tags = {
            "automl.kind": "study",
            "automl.state": "running",
            "automl.folder": str(study.folder),
            "automl.host": host(),
            "automl.study": study.name,
            "automl.model": study.plugin["name"],
            "automl.plugin": f"{study.plugin['distribution']} {study.plugin['version']}",
            "automl.seed": str(study.seed),
            "mlflow.user": _user(),
            "mlflow.source.name": "python -m automl",
            "mlflow.source.type": "LOCAL",
            **({"mlflow.source.git.commit": study.git_commit} if study.git_commit else {}),
        }
        self._sender.start()

    def preflight_ended(self, study: StudyRecord) -> None:
        """Open the parent run, and record data and baseline."""
        assert study.spec is not None
        self._tags |= {
            "automl.data": study.spec.name,
            "automl.data.fingerprint": study.spec.fingerprint,
            "automl.task": study.task.name,
        }
        params = {
            "data": study.spec.name,
            "task": study.task.name,
            "objective": ", ".join(one.metric for one in study.objectives),
        }
        sizes = {f"samples.{part}": str(count) for part, count in study.spec.sizes.items()}
        baseline = {f"baseline.val_{name}": value for name, value in study.baseline.items()}
        resumed = bool(study.resumed)
        earlier = before(study.folder, self._store.uri) if resumed else None
        self._recorder.begin(study.folder, self._store, self._head(study), earlier)
        self._recorder.start(STUDY, study.name, study.started, self._tags, resumed=resumed)
        self._recorder.files(STUDY, study.folder / "config.yaml")
        self._recorder.log(STUDY, baseline, params={**params, **sizes}, once=resumed)
        self._recorder.put(_input(study, STUDY))
        for trial in study.trials:
            if earlier and trial.state is not TrialState.RUNNING and str(trial.number) not in earlier.ended:
                self._resume_trial(study, trial)
                self._end_trial(study, trial)

    def trial_started(self, study: StudyRecord, trial: TrialRecord) -> None:
        """Open a child run with what was searched; with the first the study's run gets what all have in common."""
        if trial.resumed:
            self._resume_trial(study, trial)
        else:
            self._recorder.start(str(trial.number), f"trial {trial.number}", trial.started, self._of_trial(trial))
            self._recorder.log(str(trial.number), params=trial.params)
        self._recorder.put(_input(study, str(trial.number)))
        if not self._described:
            self._described = True
            self._recorder.log(STUDY, params=fixed(trial), once=bool(study.resumed))
            self._views(study)

    def trial_reported(self, study: StudyRecord, trial: TrialRecord) -> None:
        """Keep the metrics of the step, to be sent in batches."""
        del study
        steps, retried = self._repeated.get(trial.number, (0, trial.retried))
        if trial.step > steps or trial.retried != retried:
            self._recorder.log(str(trial.number), trial.metrics, trial.step)

    def trial_ended(self, study: StudyRecord, trial: TrialRecord) -> None:
        """Close the child run with its state."""
        self._end_trial(study, trial)
        if study.best is not None and study.best.value is not None:
            self._recorder.log(STUDY, {f"best_{study.objective}": study.best.value}, len(study.trials))

    def _end_trial(self, study: StudyRecord, trial: TrialRecord) -> None:
        key = str(trial.number)
        tags = {"automl.state": trial.state, "automl.failure": trial.failure, "automl.message": trial.message}
        # MLflow shows what has the highest step: a trial that was gone on with has another result than the first time.
        step = trial.step if trial.resumed else 0
        self._recorder.log(key, _result(study, trial), step, tags=tags, once=trial.number in self._repeated)
        self._recorder.files(key, trial.folder / "traceback.txt")
        self._recorder.end(key, _STATUS[trial.state])

    def study_ended(self, study: StudyRecord) -> None:
        """Record the outcome, the artifacts and the model, and close the parent run."""
        if self._recorder.replay is None:
            return
        outcome.record(self._recorder, study, self._id)
        self._views(study)
        self._end_all("interrupted", _STUDY_STATUS.get(study.state, "FINISHED"))

    def tick(self, study: StudyRecord) -> None:
        """Sample the machine; say early, and once, that the store cannot be reached."""
        if self._recorder.open():
            elapsed = study.ran(time.time())
            if found := self._system.sample(elapsed):
                self._recorder.log(STUDY, found, int(elapsed))
        if self._sender.trouble and not self._noted:
            self._noted = True
            _say(
                f"note: MLflow at {shown(self._store.uri)} cannot be reached: {self._sender.trouble}."
                f" What is tracked is kept in the study's folder, and sent when it can be."
            )

    def hurry(self) -> None:
        """Wait no longer for what ``python -m automl sync`` can send."""
        self._sender.hurry()

    def close(self) -> None:
        """Wait until everything is sent, as long as there is progress, and say what could not be.

        A study that did not end is marked as failed, or as killed where the user interrupted it.
        """
        if self._study is None:
            return
        self._system.close()
        interrupted = isinstance(sys.exception(), KeyboardInterrupt)
        if self._recorder.open():
            state = StudyState.INTERRUPTED if interrupted else StudyState.FAILED
            self._recorder.log(STUDY, tags={"automl.state": state})
            self._end_all("interrupted" if interrupted else "error", _STUDY_STATUS[state])
        self._recorder.close()
        if self._recorder.replay is not None:
            self._sender.finish()
            self._sum_up(self._recorder.replay, self._study.folder)

    def _head(self, study: StudyRecord) -> Begin:
        experiment = self._settings.experiment or study.config["data"]["name"]
        known = State.load(study.folder).id if study.resumed else ""
        name = limits.text(experiment, limits.EXPERIMENT)
        self._id = study.id or known or uuid.uuid4().hex
        return Begin(STUDY, self._id, self._settings.uri, name)

    def _views(self, study: StudyRecord) -> None:
        """The pages on which it can be read at once; they know its parameters once a trial has begun."""
        if study.trials:
            self._recorder.put(views.trials(study, self._id))
            self._recorder.put(views.studies(study))

    def _of_trial(self, trial: TrialRecord) -> dict[str, str]:
        about = {"automl.kind": "trial", "automl.trial": str(trial.number), "automl.origin": trial.origin}
        return {**self._tags, **about}

    def _resume_trial(self, study: StudyRecord, trial: TrialRecord) -> None:
        """Go on with a child run of which an earlier process may have told a part; steps that it has are dropped."""
        key = str(trial.number)
        first = 0 if trial.start_from is None else study.trial(trial.start_from).step
        history = [entry for entry in trial.history if entry["step"] > first]
        self._recorder.start(key, f"trial {key}", trial.started, self._of_trial(trial), resumed=True)
        self._recorder.log_missing(key, history, trial.params)
        # Of a trial that was retried the steps of the first attempt are no measure.
        last = int(history[-1]["step"]) if history else 0
        self._repeated[trial.number] = (last if trial.retried else trial.seen, trial.retried)

    def _recover(self) -> None:
        """Put right what killed studies of this folder left."""
        assert self._study is not None
        with suppress(Exception):  # the next command tries again
            recover(self._experiments, self._store, self._study.folder)

    def _end_all(self, failure: str, status: str) -> None:
        """Close the parent run, and before it the trials that never ended."""
        for key in self._recorder.open():
            if key == STUDY:
                self._recorder.end(key, status)
            else:
                self._recorder.log(key, tags={"automl.state": TrialState.FAILED, "automl.failure": failure})
                self._recorder.end(key, "KILLED")

    def _sum_up(self, replay: Replay, folder: Path) -> None:
        try:
            missing = replay.missing()
        except OSError:
            missing = 0
        if missing:
            _say(
                f"automl: {missing} entries could not be sent to MLflow at {shown(self._store.uri)}"
                f" ({self._sender.problem or 'it does not answer'}). They are kept in {folder / SPOOL}; send them with:"
                f" python -m automl sync {folder}"
            )
        else:
            remove(folder)
        if replay.refused:
            _say(
                f"automl: MLflow refused {len(replay.refused)} entries of this study (the first: {replay.refused[0]})."
                f" The study's folder holds what they were about."
            )


def _result(study: StudyRecord, trial: TrialRecord) -> dict[str, float]:
    """What a trial came to, under names of its own: what has the name of a metric is a curve by epoch."""
    found = {name: value for name, value in trial.metrics.items() if name in MEASURED}
    if trial.state is not TrialState.COMPLETE or trial.value is None:
        return found
    found[views.OBJECTIVE] = trial.value
    if len(trial.scores) > 1:
        found[f"{views.OBJECTIVE}.error"] = standard_error(trial.scores)
    told = {one.metric for one in study.objectives} | {name for name in trial.metrics if name.startswith("val_")}
    found |= {name + views.BEST: trial.metrics[name] for name in sorted(told - set(MEASURED)) if name in trial.metrics}
    return {**found, "best_epoch": float(trial.best_step)}


def _input(study: StudyRecord, key: str) -> Input:
    assert study.spec is not None
    spec = study.spec
    schema = limits.schema({**spec.to_dict(), "statistics": {}})
    return Input(key, limits.text(spec.name, limits.DATASET_NAME), limits.digest(spec.fingerprint), schema)


def _say(sentence: str) -> None:
    with suppress(OSError, ValueError, AttributeError):  # there may be nobody to hear it
        sys.stderr.write(f"{sentence}\n")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
