"""What the driver knows of a running study: plain records that search, tracking and report share.

They are read by all and written by nobody: a study's journal alone makes and changes them (``automl.study.journal``).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from automl.handover import Form, Handed
from automl.objectives import Objective
from automl.ranking import Rank, front_of, rank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from automl.data.spec import DataSpec
    from automl.handover import Ensembling, Member, Refitting
    from automl.tasks import Direction, TaskInfo

UNCOUNTED = 1_000_001
"""The budget of trials of a study that its time alone ends: more than a number of trials may be."""

SESSION = "__main__"
"""Stands for the distribution of a model whose class is one of a notebook or script."""


class TrialState(StrEnum):
    """How a trial stands or ended."""

    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"


class StudyState(StrEnum):
    """How a study stands or ended."""

    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    KILLED = "killed"


@dataclass(frozen=True)
class Cut:
    """How a trial was ended from outside, before it is loaded once more to be saved with its best epoch.

    Attributes:
        kind: ``timeout`` or ``interrupted``.
        message: Why, in a sentence.
    """

    kind: str
    message: str


@dataclass(frozen=True)
class Run:
    """One training of a configuration that is trained with several seeds.

    Attributes:
        seed: That it was trained with.
        value: The objective.
        metrics: All that it reported, as of its best step.
        best_step: The step whose weights count.
        parameters: Size of the model.
        startup: Seconds from the start until training began.
        fresh: Whether it confirms what the search had found.
    """

    seed: int
    value: float
    metrics: Mapping[str, float]
    best_step: int = 0
    parameters: int = 0
    startup: float = 0.0
    fresh: bool = False


@dataclass(frozen=True)
class Family:
    """A model family of the study, once pre-flight has looked at it.

    Attributes:
        parameters: Size of the model that was built.
        pace: Seconds that an epoch is foretold to take; 0 where nothing was measured.
        left_out: In a sentence, why it is not searched; else empty.
    """

    parameters: int = 0
    pace: float = 0.0
    left_out: str = ""


@dataclass(frozen=True)
class Earlier:
    """What an earlier study hands over, or several do.

    Attributes:
        study: Its name; of several all, parted by commas; empty where none was found.
        trials: Trials that the search engine learns of: ``params``, ``state``, ``values`` and ``reports``, which are
            pairs of step and objective.
        offers: Parameters that are tried first.
    """

    study: str
    trials: Sequence[Mapping[str, Any]]
    offers: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class TrialRecord:
    """One trial.

    Attributes:
        number: Counted from 0.
        params: The value of every active parameter by its config path.
        config: The whole configuration of this trial, no space left.
        folder: The trial's own folder.
        state: How it stands.
        failure: For a failed one: error, nan, oom, timeout, crash, hang or interrupted.
        message: In a sentence, why it failed or was stopped early; else empty.
        value: The objective of a complete one, the leading one where there are several.
        metrics: Final metrics of a complete one, else the latest reported.
        step: The latest step reported (epoch), counted from 1; 0 before the first.
        steps: How many steps it may take at most, where known.
        best_step: The step whose weights a complete one kept.
        parameters: Size of the model, once known.
        started: ``time.time()`` at the start.
        startup: Seconds from the start until training began, data and model ready.
        seconds: Wall-clock, once it ended.
        history: Every report of the latest attempt: ``step`` and the metrics.
        seen: The highest step that any attempt has reported: what lies below it is a repetition.
        heard: ``time.time()`` of the latest report of the latest attempt; 0 before the first.
        retried: Whether it ran out of memory, and runs at half the batch.
        cut: How it was ended from outside, where it was loaded once more.
        asked: The search engine's own number for it; None where the engine did not propose it.
        origin: In a word, who did then: ``default``, ``enqueued``, ``earlier``, ``portfolio``; else empty.
        partial: Whether it ends after ``steps`` although more are configured, and may be gone on with.
        start_from: The trial whose last step it went on from.
        planned: Whether its length is the study's plan for the time that it has, and none that the engine proposed.
        violation: How far a pruned one is beyond the study's constraints, as shares of their bounds; else 0.
        runs: Where it is trained with several seeds, each that has ended; the model is that of the first.
        resumed: ``time.time()`` at which it was gone on with last; 0 if it never was.
        spent: Seconds that it had run before.
        stopped: Whether it was told to end since the user interrupted the study.
    """

    number: int
    params: Mapping[str, Any]
    config: Mapping[str, Any]
    folder: Path
    state: TrialState = TrialState.RUNNING
    failure: str = ""
    message: str = ""
    value: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    step: int = 0
    steps: int | None = None
    best_step: int = 0
    parameters: int = 0
    started: float = field(default_factory=time.time)
    startup: float = 0.0
    seconds: float = 0.0
    history: Sequence[Mapping[str, float]] = field(default_factory=list)
    seen: int = 0
    heard: float = 0.0
    retried: bool = False
    cut: Cut | None = None
    asked: int | None = None
    origin: str = ""
    partial: bool = False
    start_from: int | None = None
    planned: bool = False
    violation: float = 0.0
    runs: tuple[Run, ...] = ()

    @property
    def scores(self) -> list[float]:
        """The objective by seed, of the search."""
        return [run.value for run in self.runs if not run.fresh]

    @property
    def fresh(self) -> list[float]:
        """The objective by fresh seed, where it was confirmed."""
        return [run.value for run in self.runs if run.fresh]

    resumed: float = 0.0
    spent: float = 0.0
    stopped: bool = False

    @property
    def is_interrupted(self) -> bool:
        """Whether it would not have ended so, had the user not interrupted the study, or the system its process."""
        cut = self.cut is not None and self.cut.kind == "interrupted"
        return self.failure == "interrupted" or (self.state is TrialState.COMPLETE and (cut or self.stopped))

    def final(self, objective: str) -> Mapping[str, float]:
        """What a complete one is compared by: its metrics, or its value alone."""
        return self.metrics if objective in self.metrics or self.value is None else {objective: self.value}

    @property
    def family(self) -> str:
        """The name of its model."""
        return str((self.config.get("model") or {}).get("name", ""))

    @property
    def outcome(self) -> str:
        """The state, and for a failed trial of which kind: ``failed: nan``."""
        return f"{self.state}: {self.failure}" if self.failure else str(self.state)

    def ran(self, until: float) -> float:
        """Seconds that it had run at that time, of all processes that the study took; while it runs."""
        return self.spent + until - (self.resumed or self.started)


@dataclass(frozen=True)
class Evaluation:
    """The final evaluation of what the study hands back; there as soon as its scores are.

    Attributes:
        trial: The number of the best single trial.
        validation: The task's metrics on the validation part, without a prefix; of a model that was fitted again, which
            has learned from that part, those of the model before.
        test: The same on the test part.
        baseline: The same of the trivial predictor on the test part.
        folder: Where it wrote ``figures/*.png``, ``model/`` (an MLflow model, where the family can be served)
            and ``plugin/`` (what ``ModelPlugin.load`` reads).
        notes: What could not be done, one sentence each.
        done: The steps that are over, done or given up.
        unfinished: How many of the notes, the last ones, are of a step that was interrupted and may be taken yet.
        single: Where something else is handed back, the best single trial's metrics by part, ``validation`` and
            ``test``.
        settled: What was decided of the model's answers on validation: ``temperature``, ``threshold``, ``spread`` (what
            the distance of each quantile from the median is multiplied by), and ``told``, in a sentence each; empty
            where nothing was.
    """

    trial: int
    validation: Mapping[str, float]
    test: Mapping[str, float]
    baseline: Mapping[str, float]
    folder: Path
    notes: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    unfinished: int = 0
    single: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    settled: Mapping[str, Any] = field(default_factory=dict)

    def alone(self, part: str) -> Mapping[str, float]:
        """The metrics of the best single trial's own model on a part."""
        scores: Mapping[str, float] = self.single.get(part) or getattr(self, part)
        return scores


@dataclass(frozen=True)
class StudyRecord:
    """One study.

    Attributes:
        name: Unique among the studies of an experiments folder.
        folder: The study's own folder.
        config: The composed configuration as plain values, spaces included.
        task: What is being solved.
        objective: The metric that is optimized, such as ``val_accuracy``; of several the leading one, by which the
            epochs of a trial are compared.
        direction: ``"maximize"`` or ``"minimize"``.
        further: The other objectives, if any.
        plugin: Name, distribution and version of the model's plugin.
        seed: Fixes split, sampling, initial weights and shuffling.
        slots: How many trials run side by side.
        max_trials: The budget of trials.
        deadline: ``time.time()`` at which everything, the final evaluation included, has to be over, if any.
        started: ``time.time()`` at the start.
        spec: The data, once pre-flight has read them.
        baseline: The trivial predictor's metrics on the validation part, once known.
        parameters: Size of the model that pre-flight built.
        reserve: Seconds that are kept back for the final evaluation, once it was rehearsed.
        slowest: Seconds of the slowest step of any trial so far.
        trials: All trials by number.
        ensemble: The ensemble that was looked for once the search had ended, if one was.
        refit: What was fitted again then, if anything.
        evaluation: The final evaluation, once made.
        state: How the study stands.
        closed: In a sentence, why no further trial is started; empty while some may be.
        message: In a sentence, why it ended before its budget; else empty.
        git_commit: Commit of the working directory, if it is a repository.
        seconds: Wall-clock of the whole, once it ended.
        notes: What was worth a line while it ran.
        finishing: Whether trials that run go on to their end although the search is closed.
        earlier: What an earlier study handed over, if any.
        id: Unique to the study, wherever its folder is; empty for one of an earlier version.
        environment: Versions and the processor that it began with, by name; empty for one of an earlier version.
        resumed: ``time.time()`` at which it was gone on with last; 0 if it never was.
        spent: Seconds that it had run before.
        settled: What stands for ``auto``, by path: what the data were known to ask for.
        families: The model families by name, as far as pre-flight has looked at them.
    """

    name: str
    folder: Path
    config: Mapping[str, Any]
    task: TaskInfo
    objective: str
    direction: Direction
    plugin: Mapping[str, str]
    seed: int
    slots: int
    max_trials: int
    further: tuple[Objective, ...] = ()
    deadline: float | None = None
    started: float = field(default_factory=time.time)
    spec: DataSpec | None = None
    baseline: Mapping[str, float] = field(default_factory=dict)
    parameters: int = 0
    reserve: float = 0.0
    slowest: float = 0.0
    trials: Sequence[TrialRecord] = field(default_factory=list)
    ensemble: Ensembling | None = None
    refit: Refitting | None = None
    evaluation: Evaluation | None = None
    state: StudyState = StudyState.RUNNING
    closed: str = ""
    message: str = ""
    git_commit: str = ""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    finishing: bool = False
    earlier: Earlier | None = None
    id: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    resumed: float = 0.0
    spent: float = 0.0
    settled: Mapping[str, Any] = field(default_factory=dict)
    families: Mapping[str, Family] = field(default_factory=dict)

    def ran(self, until: float) -> float:
        """Seconds that it had run at that time, of all processes that it took; while it runs."""
        return self.spent + until - (self.resumed or self.started)

    @property
    def is_counted(self) -> bool:
        """Whether there is a budget of trials."""
        return self.max_trials < UNCOUNTED

    @property
    def is_of_session(self) -> bool:
        """Whether the model's class is one of a notebook or script, which no command can load."""
        return self.plugin.get("distribution") == SESSION

    def concrete(self, sections: Mapping[str, Any]) -> dict[str, Any]:
        """The study's configuration with sections of one trial, which is of one family."""
        return {key: value for key, value in {**self.config, **sections}.items() if key != "families"}

    @property
    def folds(self) -> int:
        """Over how many folds trials are cross-validated; 1 where there is a validation part, or none is known yet."""
        return self.spec.folds if self.spec is not None else 1

    @property
    def unit(self) -> str:
        """In a word, what a trial's steps are."""
        return "fold" if self.folds > 1 else "epoch"

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """All of them, the leading one first."""
        return (Objective(self.objective, self.direction), *self.further)

    @property
    def best(self) -> TrialRecord | None:
        """The best of the complete trials, as ``automl.ranking`` has it; of those that were confirmed, where any were.

        What was confirmed is compared by its fresh seeds alone: of many trials the best owes some of its score to luck.
        Of several objectives it is the front's best by the leading one.
        """
        return next(iter(self.front), None)

    @property
    def handed(self) -> Handed | None:
        """The model that is handed back, as far as the study got; None where no trial is complete."""
        best = self.best
        if best is None:
            return None
        for form, one in ((Form.ENSEMBLE, self.ensemble), (Form.REFIT, self.refit)):
            if one is not None and one.taken and one.trial == best.number:
                return Handed(form, best.number, one.folder / "plugin")
        return Handed(Form.TRIAL, best.number, best.folder / "plugin")

    @property
    def members(self) -> tuple[Member, ...]:
        """The models of the ensemble that is handed back, what counts most first; none where it is no ensemble."""
        is_ensemble = self.handed is not None and self.handed.form is Form.ENSEMBLE
        return self.ensemble.members if self.ensemble is not None and is_ensemble else ()

    @property
    def front(self) -> list[TrialRecord]:
        """The complete trials that no other one dominates (Pareto), the best first; of one objective the best alone."""
        complete = self._complete
        if self.further:
            return front_of(sorted(complete, key=self._place), self.losses)
        return [min(complete, key=self._place)] if complete else []

    @property
    def ranked(self) -> list[TrialRecord]:
        """The complete trials, the best first; where there are several objectives the front before all others."""
        complete = sorted(self._complete, key=self._place)
        leading = {one.number for one in front_of(complete, self.losses)} if self.further else set()
        return sorted(complete, key=lambda one: one.number not in leading)

    def values(self, trial: TrialRecord) -> tuple[float, ...]:
        """The objectives of a trial, the leading one first; none where it is not complete."""
        if trial.value is None:
            return ()
        return (trial.value, *(trial.metrics[one.metric] for one in self.further))

    def reports(self, trial: TrialRecord) -> list[tuple[int, float]]:
        """The objective by step, as far as a trial reported it; nothing where it is one of several."""
        rows = () if self.further else trial.history
        return [(int(row["step"]), row[self.objective]) for row in rows if self.objective in row]

    @property
    def _complete(self) -> list[TrialRecord]:
        return [trial for trial in self.trials if trial.state is TrialState.COMPLETE and trial.value is not None]

    def losses(self, trial: TrialRecord) -> tuple[float, ...]:
        """The objectives of a trial as ``values``, signed so that less of each is better."""
        if trial.value is None:
            return ()
        return tuple(one.loss(value) for one, value in zip(self.objectives, self.values(trial), strict=True))

    def is_short(self, trial: TrialRecord) -> bool:
        """Whether a complete trial lacks folds: its mean is of other samples than that of the others."""
        return self.folds > 1 and trial.best_step < self.folds

    def _place(self, trial: TrialRecord) -> tuple[int, bool, Rank, int]:
        """The better, the smaller; one that lacks folds comes after all others; of equal trials the later is better."""
        scores = {self.objective: fmean(trial.fresh)} if trial.fresh else trial.final(self.objective)
        found = rank(scores, self.objective, self.direction)
        return -len(trial.fresh), self.is_short(trial), found, -trial.number

    @property
    def is_searched(self) -> bool:
        """Whether no trial is left to run or to start, and one is complete."""
        running = self.count(TrialState.RUNNING)
        return self.best is not None and not running and len(self.trials) >= self.max_trials

    def trial(self, number: int) -> TrialRecord:
        """The trial of that number; those that run are the latest, and found at once.

        Raises:
            KeyError: There is none.
        """
        for trial in reversed(self.trials):
            if trial.number == number:
                return trial
        raise KeyError(number)

    def count(self, state: TrialState) -> int:
        """How many trials are in that state."""
        return sum(trial.state is state for trial in self.trials)


def standard_error(scores: Sequence[float]) -> float:
    """Of the mean of several scores."""
    return stdev(scores) / math.sqrt(len(scores))


class Observer:
    """Hears of everything that happens to a study; a tracker and a display are observers.

    Methods are called in the driver's thread and have to return quickly. Each does nothing by default.
    """

    def study_started(self, study: StudyRecord) -> None:
        """The configuration is accepted; nothing has run."""

    def preflight_ended(self, study: StudyRecord) -> None:
        """``study.spec``, ``study.baseline`` and ``study.parameters`` are known."""

    def trial_started(self, study: StudyRecord, trial: TrialRecord) -> None:
        """A trial was handed to a worker."""

    def trial_reported(self, study: StudyRecord, trial: TrialRecord) -> None:
        """The last entry of ``trial.history`` is new."""

    def trial_ended(self, study: StudyRecord, trial: TrialRecord) -> None:
        """A trial is complete, pruned or failed."""

    def search_ended(self, study: StudyRecord) -> None:
        """No trial runs any more; the final evaluation is next, if there is a best trial."""

    def study_ended(self, study: StudyRecord) -> None:
        """All is done; ``best.yaml`` lies in the study's folder if there is a best trial."""

    def tick(self, study: StudyRecord) -> None:
        """Called about five times a second while workers run."""

    def noted(self, study: StudyRecord, text: str) -> None:
        """Something is worth a line: an interrupt, work that is tried again, a storage that is lost."""

    def close(self) -> None:
        """The driver ends; called once, also after a fault.

        Raises:
            KeyboardInterrupt: The user does not want to wait: handed on, or taken as a wish to be brief.
        """
