"""The search: trials are asked for, submitted, answered, told, until a budget or the user ends it."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from automl.errors import ConfigError
from automl.plugin import Decision
from automl.records import TrialRecord, TrialState
from automl.runner.base import Failed, Job, JobKind
from automl.study.context import TICK
from automl.study.failures import nothing_complete, too_many_failures
from automl.study.salvage import Salvage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.runner.base import Event, Finished, Reported
    from automl.space import Space
    from automl.study.context import Context
    from automl.study.proposals import Proposals


class Trials:
    """The trials of a study.

    Args:
        study: The study.
        space: What is searched.
        engine: Proposes.
    """

    def __init__(self, study: Context, space: Space, engine: Proposals) -> None:
        self._study = study
        self._record = study.record
        self._space = space
        self._engine = engine
        self._running: dict[int, TrialRecord] = {}
        self._retried: set[int] = set()
        self._salvage = Salvage(study)
        self._heard: dict[int, float] = {}
        self._told: dict[int, int] = {}
        self._enough = ""
        self._refused: ConfigError | None = None
        self._interrupted: float | None = None

    def run(self) -> None:
        """Run trials until there is a reason to end.

        Raises:
            AutomlError: No trial completed, or none can report the objective.
            OSError: The study's folder cannot be written.
        """
        self._study.kept.job_folder("trials")
        while self._running or self._wants_more():
            while self._wants_more() and len(self._running) < self._study.runner.capacity:
                self._start()
            for event in self._study.runner.events(TICK):
                self._ended(event)
            self._study.tick()
            self._end_what_runs()
        if self._refused is not None:
            raise self._refused
        if self._record.best is None and not self._study.interrupts.count:
            raise nothing_complete(self._record, self._study.budget.reserve)
        self._record.message = self._record.message or self._engine.note

    def on_report(self, report: Reported) -> Decision:
        """Take the metrics of a step and decide whether its trial goes on."""
        trial = self._running[report.job.id]
        trial.step = report.step
        trial.metrics = dict(report.metrics)
        trial.history.append({"step": float(report.step), **report.metrics})
        self._study.tell("trial_reported", trial)
        seconds = self._step_seconds(trial, report.metrics)
        value = report.metrics.get(self._record.objective)
        if value is None:
            self._refuse_objective(report.metrics)
        if reason := self._reason_to_stop(seconds):
            trial.message = trial.message or f"Stopped early: {reason.rstrip('.')}."
            return Decision.STOP
        assert value is not None
        if not math.isfinite(value):
            return Decision.CONTINUE  # no engine can rank it; a trial that ends so is a failed one
        if report.step <= self._told.get(trial.number, 0):
            return Decision.CONTINUE  # a trial that is run again repeats steps that the engine has seen
        self._told[trial.number] = report.step
        return Decision.PRUNE if self._engine.report(trial.number, report.step, value) else Decision.CONTINUE

    def _step_seconds(self, trial: TrialRecord, metrics: Mapping[str, float]) -> float:
        """How long the trial's latest step took: by its own account, else since the one before."""
        now, before = time.monotonic(), self._heard.get(trial.number)
        self._heard[trial.number] = now
        seconds = metrics.get("seconds", 0.0 if before is None else now - before)
        self._study.budget.step_took(seconds)
        return seconds

    def _reason_to_stop(self, seconds: float) -> str:
        """Why a trial that needs so many seconds for its next step is not to take it; empty where it is."""
        if self._enough or self._study.interrupts.count:
            return self._enough or "the study was interrupted"
        return "" if self._study.budget.left() > seconds else "the time for trials is over"

    def _wants_more(self) -> bool:
        if self._study.interrupts.count or self._enough or len(self._record.trials) >= self._record.max_trials:
            return False
        return self._study.budget.left() > 0.0

    def _start(self) -> None:
        proposal = self._engine.ask()
        if proposal is None:
            self._give_up(self._engine.fault)
            return
        number, params = proposal
        config = {**self._record.config, **self._space.configure(params)}
        folder = self._study.kept.job_folder("trials", f"{number:04d}")
        trial = TrialRecord(number, params, config, folder, steps=(config.get("training") or {}).get("epochs"))
        self._record.trials.append(trial)
        self._running[number] = trial
        self._study.tell("trial_started", trial)
        self._submit(trial)

    def _submit(self, trial: TrialRecord, **how: bool) -> None:
        about = {"objective": self._record.objective, "direction": self._record.direction, "paths": self._study.paths}
        job = Job(trial.number, JobKind.TRIAL, trial.config, trial.folder, self._study.cache, about | how)
        self._study.runner.submit(job)

    def _ended(self, event: Event) -> None:
        trial = self._running[event.job.id]
        if isinstance(event, Failed) and self._runs_again(trial, event):
            return
        event = self._salvage.cause(trial, event)
        del self._running[trial.number]
        self._heard.pop(trial.number, None)
        trial.seconds = time.time() - trial.started
        if isinstance(event, Failed):
            self._failed(trial, event)
        elif event.pruned:
            trial.state = TrialState.PRUNED
        else:
            self._complete(trial, event)
        self._engine.tell(trial.number, trial.state, trial.value)
        self._study.kept.trial_ended(trial, self._study.runner.repeat())
        self._study.tell("trial_ended", trial)
        self._give_up(too_many_failures(self._record) or self._engine.fault)

    def _give_up(self, reason: str) -> None:
        """Start no further trial where there is a reason; the first one counts."""
        self._enough = self._enough or reason
        self._record.message = self._record.message or self._enough

    def _refuse_objective(self, metrics: Mapping[str, float]) -> None:
        """End the study: no trial will report what it is to optimize."""
        received = ", ".join(sorted(metrics))
        self._refused = ConfigError(
            f"search.objective: trials do not report '{self._record.objective}'. Received: {received}."
        )
        self._enough = str(self._refused)

    def _complete(self, trial: TrialRecord, event: Finished) -> None:
        metrics = event.value["metrics"]
        if self._record.objective not in metrics:
            self._refuse_objective(metrics)
            trial.state, trial.failure, trial.message = TrialState.FAILED, "error", self._enough
            return
        if not math.isfinite(metrics[self._record.objective]):
            trial.state, trial.failure = TrialState.FAILED, "nan"
            trial.message = f"{self._record.objective} is {metrics[self._record.objective]}."
            return
        trial.state = TrialState.COMPLETE
        trial.metrics = metrics
        trial.value = metrics[self._record.objective]
        trial.parameters = event.value["parameters"]
        trial.best_step = event.value["best_step"]
        trial.message = trial.message or " ".join(event.value["notes"])
        if trial.number not in self._salvage:
            trial.startup = event.value["marks"].get("fit", trial.started) - trial.started

    def _failed(self, trial: TrialRecord, event: Failed) -> None:
        trial.state = TrialState.FAILED
        trial.failure = "error" if event.kind == "user" else event.kind
        trial.message = event.message
        self._study.kept.trace(event)

    def _runs_again(self, trial: TrialRecord, event: Failed) -> bool:
        """Whether the trial goes on in another job: to save what it has, or with smaller batches."""
        if self._salvage.is_worth(trial, event):
            self._salvage.begin(trial, event)
            self._submit(trial, salvage=True)
            return True
        return self._retry(trial, event)

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

    def _end_what_runs(self) -> None:
        """End trials that an interrupt, or the time that is over, does not leave to end by themselves."""
        if self._study.budget.left() <= 0.0:
            self._record.message = self._record.message or "search.timeout is over."
        if self._study.budget.is_overdrawn():
            for number in self._running:
                if number not in self._salvage:
                    self._study.runner.kill(number, "timeout", "search.timeout was over before the trial's next step.")
        if self._study.interrupts.count and self._running:
            self._interrupt_what_runs()
        for number in self._running:
            if number in self._salvage and self._salvage.is_to_end(number):
                self._study.runner.kill(number, "timeout", "There was no time to save its best epoch.")

    def _interrupt_what_runs(self) -> None:
        """Trials that have taken a step end with the next and keep their best epoch; the rest have nothing to keep."""
        grace = self._study.budget.grace()
        if self._interrupted is None:
            self._interrupted = time.monotonic()
            if any(trial.history for trial in self._running.values()):
                self._study.note(
                    f"interrupted; trials have {grace:.0f} s to end their epoch, another interrupt ends them"
                )
        late = self._study.interrupts.count > 1 or time.monotonic() - self._interrupted > grace
        for number, trial in self._running.items():
            if (late or not trial.history) and number not in self._salvage:
                self._study.runner.kill(number, "interrupted", "The study was interrupted.")
