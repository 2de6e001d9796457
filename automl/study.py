"""The driver's loop: ask, submit, answer reports, tell."""

from __future__ import annotations

import math
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from automl.data.spec import DataSpec
from automl.errors import AutomlError, ConfigError, StorageError, StudyError
from automl.plugin import Decision
from automl.records import Evaluation, StudyRecord, StudyState, TrialRecord, TrialState
from automl.report.summary import write_best, write_summary
from automl.runner.base import Failed, Finished, Job, JobKind, Reported
from automl.tasks import task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from automl.records import Observer
    from automl.runner.base import Event, Runner
    from automl.search.base import SearchEngine
    from automl.space import Space
    from automl.tasks import Task

_PREFLIGHT, _EVALUATION = -1, -2
_TICK = 0.2
_EVALUATION_SECONDS = 10.0
_FAILURES_IN_A_ROW = 10
_FAILURES_AT_START = 5


@dataclass
class Study:
    """One study, from pre-flight to the final evaluation.

    Attributes:
        record: What is known of it; this class alone changes it.
        space: What is searched.
        runner: Where jobs run; started.
        make_engine: Starts the search engine, once the task is known.
        observers: Hear of everything.
        cache: The folder of the data cache.
        paths: Local folders of what the ``model`` section names by ``runs:/<MLflow run>``.
        interrupts: How often the user asked to end: once ends the search, once more the final evaluation too.
    """

    record: StudyRecord
    space: Space
    runner: Runner
    make_engine: Callable[[], SearchEngine]
    observers: Iterable[Observer]
    cache: Path
    paths: Mapping[str, str] = field(default_factory=dict)
    interrupts: int = 0
    _running: dict[int, TrialRecord] = field(default_factory=dict)
    _retried: set[int] = field(default_factory=set)
    _reserve: float = 0.0
    _slowest: float = 0.0
    _enough: str = ""
    _refused: ConfigError | None = None
    _told: dict[int, int] = field(default_factory=dict)

    def run(self) -> None:
        """Run the study to its end; the record tells how it ended.

        Raises:
            AutomlError: Pre-flight found something wrong, no trial completed, or the disk is full.
        """
        self._tell("study_started")
        try:
            self._preflight()
            self._tell("preflight_ended")
            self._search()
            self._tell("search_ended")
            self._evaluate()
            self._close(StudyState.INTERRUPTED if self.interrupts else StudyState.FINISHED)
        except AutomlError as error:
            self._close(StudyState.FAILED, str(error))
            if not self.record.trials and not isinstance(error, StudyError):
                shutil.rmtree(self.record.folder, ignore_errors=True)  # there is nothing in it to keep
            raise
        except KeyboardInterrupt:
            self._close(StudyState.INTERRUPTED, "Interrupted before the final evaluation.")
        except OSError as error:
            with suppress(OSError):  # what cannot be written cannot be summed up in a file either
                self._close(StudyState.FAILED, str(error))
            raise StorageError(
                f"The study ended because {error.filename or self.record.folder} cannot be"
                f" written: {error.strerror or error}. What was finished is kept there."
            ) from error

    def on_report(self, report: Reported) -> Decision:
        """Answer a worker: take the metrics of a step, decide whether its trial goes on."""
        trial = self._running[report.job.id]
        trial.step = report.step
        trial.metrics = dict(report.metrics)
        trial.history.append({"step": float(report.step), **report.metrics})
        self._tell("trial_reported", trial)
        self._slowest = max(self._slowest, report.metrics.get("seconds", 0.0))
        value = report.metrics.get(self.record.objective)
        if value is None:
            self._refuse_objective(report.metrics)
        if self._enough or self.interrupts or self._seconds_left() <= 0.0:
            reason = self._enough or ("interrupted" if self.interrupts else "the time for trials is over")
            trial.message = trial.message or f"Stopped early: {reason.rstrip('.')}."
            return Decision.STOP
        assert value is not None
        if not math.isfinite(value):
            return Decision.CONTINUE  # no engine can rank it; a trial that ends so is a failed one
        if report.step <= self._told.get(trial.number, 0):
            return Decision.CONTINUE  # a trial that is run again repeats steps that the engine has seen
        self._told[trial.number] = report.step
        return Decision.PRUNE if self._engine.report(trial.number, report.step, value) else Decision.CONTINUE

    def _preflight(self) -> None:
        config = {**self.record.config, **self.space.configure(self.space.middle())}
        folder = self.record.folder / "preflight"
        folder.mkdir(parents=True, exist_ok=True)
        extra = {"paths": self.paths}
        found = self._single(Job(_PREFLIGHT, JobKind.PREFLIGHT, config, folder, self.cache, extra))
        self.record.spec = DataSpec.from_dict(found.value["spec"])
        self._set_task(task(self.record.spec.task))
        self.record.baseline = found.value["baseline"]
        self.record.parameters = found.value["parameters"]
        # The final evaluation reads the data and builds the model as pre-flight did, and logs the model besides.
        self._reserve = _EVALUATION_SECONDS + 2.0 * found.seconds

    def _set_task(self, found: Task) -> None:
        """Take the task that the data turned out to have, and its objective where the user gave none."""
        asked = self.record.config["search"]
        self.record.task = found
        self.record.objective = asked.get("objective") or found.objective
        told = found.direction_of(self.record.objective)
        self.record.direction = asked.get("direction") or told or self.record.direction

    def _single(self, job: Job) -> Finished:
        """Run a job that is not a trial.

        Raises:
            AutomlError: It failed.
        """
        self.runner.submit(job)
        interrupts = self.interrupts
        while True:
            for event in self.runner.events(_TICK):
                if isinstance(event, Finished):
                    return event
                hint = "" if event.kind == "user" else f" See {job.dir / 'log.txt'}."
                if event.trace:
                    (job.dir / "traceback.txt").write_text(event.trace)
                raise StudyError(f"{event.message}{hint}") if event.kind != "user" else AutomlError(event.message)
            self._tell("tick")
            if self.interrupts > interrupts:
                self.runner.kill(job.id, "interrupted", "Interrupted.")
                raise KeyboardInterrupt
            if self.record.deadline is not None and time.time() > self.record.deadline:
                self.runner.kill(job.id, "timeout", f"search.timeout ended the study during its {job.kind}.")

    def _search(self) -> None:
        self._engine = self.make_engine()
        while self._running or self._wants_more():
            while self._wants_more() and len(self._running) < self.runner.capacity:
                self._start()
            for event in self.runner.events(_TICK):
                self._ended(event)
            self._tell("tick")
            self._keep_time()
        if self._refused is not None:
            raise self._refused
        if self.record.best is not None:
            write_best(self.record, self.runner.repeat())
        elif not self.interrupts:
            raise StudyError(_nothing_complete(self.record))

    def _wants_more(self) -> bool:
        if self.interrupts or self._enough or len(self.record.trials) >= self.record.max_trials:
            return False
        return self._seconds_left() > 0.0

    def _seconds_left(self) -> float:
        """Seconds that are left for trials: the final evaluation's own are kept back."""
        if self.record.deadline is None:
            return float("inf")
        # It reads validation and test part, which takes about as long as the slowest epoch.
        return self.record.deadline - self._reserve - self._slowest - time.time()

    def _start(self) -> None:
        number, params = self._engine.ask()
        config = {**self.record.config, **self.space.configure(params)}
        folder = self.record.folder / "trials" / f"{number:04d}"
        folder.mkdir(parents=True, exist_ok=True)
        steps = (config.get("training") or {}).get("epochs")
        trial = TrialRecord(number, params, config, folder, steps=steps)
        self.record.trials.append(trial)
        self._running[number] = trial
        self._tell("trial_started", trial)
        self._submit(trial)

    def _submit(self, trial: TrialRecord) -> None:
        goal = {"objective": self.record.objective, "direction": self.record.direction, "paths": self.paths}
        self.runner.submit(Job(trial.number, JobKind.TRIAL, trial.config, trial.folder, self.cache, goal))

    def _ended(self, event: Event) -> None:
        trial = self._running[event.job.id]
        if isinstance(event, Failed) and self._retry(trial, event):
            return
        del self._running[trial.number]
        trial.seconds = time.time() - trial.started
        if isinstance(event, Failed):
            self._failed(trial, event)
        elif event.pruned:
            trial.state = TrialState.PRUNED
        else:
            self._complete(trial, event)
        self._engine.tell(trial.number, trial.state, trial.value)
        self._keep_best_only(trial)
        self._tell("trial_ended", trial)
        self._give_up_on_failures()

    def _refuse_objective(self, metrics: Mapping[str, float]) -> None:
        """End the study: no trial will report what it is to optimize."""
        received = ", ".join(sorted(metrics))
        self._refused = ConfigError(
            f"search.objective: trials do not report '{self.record.objective}'. Received: {received}."
        )
        self._enough = str(self._refused)

    def _complete(self, trial: TrialRecord, event: Finished) -> None:
        metrics = event.value["metrics"]
        if self.record.objective not in metrics:
            self._refuse_objective(metrics)
            trial.state, trial.failure, trial.message = TrialState.FAILED, "error", self._enough
            return
        if not math.isfinite(metrics[self.record.objective]):
            trial.state, trial.failure = TrialState.FAILED, "nan"
            trial.message = f"{self.record.objective} is {metrics[self.record.objective]}."
            return
        trial.state = TrialState.COMPLETE
        trial.metrics = metrics
        trial.value = metrics[self.record.objective]
        trial.parameters = event.value["parameters"]
        trial.best_step = event.value["best_step"]
        trial.startup = event.value["marks"].get("fit", trial.started) - trial.started

    def _failed(self, trial: TrialRecord, event: Failed) -> None:
        trial.state = TrialState.FAILED
        trial.failure = "error" if event.kind == "user" else event.kind
        trial.message = event.message
        if event.trace:
            (trial.folder / "traceback.txt").write_text(event.trace)

    def _retry(self, trial: TrialRecord, event: Failed) -> bool:
        """Run a trial that ran out of memory once more, at half the batch."""
        training = trial.config.get("training") or {}
        batch = training.get("batch_size")
        if event.kind != "oom" or trial.number in self._retried or not isinstance(batch, int) or batch < 2:
            return False
        self._retried.add(trial.number)
        trial.config = {**trial.config, "training": {**training, "batch_size": batch // 2}}
        trial.message = f"Ran out of memory at batch size {batch}; run again at {batch // 2}."
        trial.history.clear()
        self._submit(trial)
        return True

    def _keep_best_only(self, trial: TrialRecord) -> None:
        """Models of trials that are not the best are not kept: disks are small."""
        best = self.record.best
        for other in self.record.trials:
            if other is not best and (other is trial or other.state is TrialState.COMPLETE):
                shutil.rmtree(other.folder / "plugin", ignore_errors=True)

    def _give_up_on_failures(self) -> None:
        ended = [trial for trial in self.record.trials if trial.state is not TrialState.RUNNING]
        failed = [trial.state is TrialState.FAILED for trial in ended]
        if len(failed) >= _FAILURES_AT_START and all(failed[:_FAILURES_AT_START]):
            self._enough = self._enough or f"Each of the first {_FAILURES_AT_START} trials failed."
        if len(failed) >= _FAILURES_IN_A_ROW and all(failed[-_FAILURES_IN_A_ROW:]):
            self._enough = self._enough or f"{_FAILURES_IN_A_ROW} trials in a row failed."
        self.record.message = self.record.message or self._enough

    def _keep_time(self) -> None:
        """End what runs when the study is interrupted, or when a trial outlasts the time that is left for it."""
        left = self._seconds_left()
        for number in list(self._running):
            if self.interrupts:
                self.runner.kill(number, "interrupted", "The study was interrupted.")
            elif left < -0.3 * self._reserve:
                self.runner.kill(number, "timeout", "search.timeout was over before the trial's next step.")
        if left <= 0.0:
            self.record.message = self.record.message or "search.timeout is over."

    def _evaluate(self) -> None:
        best = self.record.best
        if best is None:
            return
        folder = self.record.folder / "evaluation"
        folder.mkdir(parents=True, exist_ok=True)
        extra = {
            "plugin_folder": str(best.folder / "plugin"),
            "history": best.history,
            "objective": self.record.objective,
            "best_step": best.best_step,
            "name": self.record.name,
        }
        value = self._single(Job(_EVALUATION, JobKind.EVALUATE, best.config, folder, self.cache, extra)).value
        self.record.evaluation = Evaluation(
            trial=best.number,
            validation=value["validation"],
            test=value["test"],
            baseline=value["baseline"],
            folder=folder,
            notes=tuple(value.get("notes", ())),
        )

    def _close(self, state: StudyState, message: str = "") -> None:
        self.record.state = state
        self.record.message = message or self.record.message
        self.record.seconds = time.time() - self.record.started
        write_summary(self.record)
        self._tell("study_ended")

    def _tell(self, what: str, *about: Any) -> None:
        for observer in self.observers:
            getattr(observer, what)(self.record, *about)


def _nothing_complete(record: StudyRecord) -> str:
    failed = [trial for trial in record.trials if trial.state is TrialState.FAILED]
    if not failed:
        return f"No trial completed within search.timeout. {record.count(TrialState.PRUNED)} were pruned."
    last = failed[-1]
    return (
        f"No trial completed. {record.message} The last one, {last.number}, {last.outcome}: {last.message}"
        f" See {last.folder}."
    )
