"""What can happen to a study; a line of its journal each, and the one thing that changes its record.

Events hold plain values. Folders are named relative to the study's own, so that one that was moved still reads.
A field that is added later has a default; what an older reader would misunderstand raises ``FORMAT``.
"""

from __future__ import annotations

import time as clock
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.data.spec import DataSpec
    from automl.handover import Member
    from automl.objectives import Objective
    from automl.records import StudyState, TrialState
    from automl.tasks import Direction, TaskInfo

FORMAT = 1
"""The version of the journal that this code writes, and the newest that it reads."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened.

    Attributes:
        time: When, as ``time.time()``.
        synced: Whether it is on the disk before it is acted upon, and with it all that came before. An event that is
            not is handed to the system at once, and outlives the process, though not the machine.
    """

    time: float = field(default_factory=clock.time)
    synced: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class StudyStarted(Event):
    """The first event: the configuration is accepted. Its fields are those of ``StudyRecord``."""

    format: int = FORMAT
    name: str
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
    git_commit: str = ""
    id: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StudyResumed(Event):
    """Another process goes on with a study that had ended: trials that were interrupted run again.

    Attributes:
        config: The configuration, of which limits and the runner may have changed.
        slots: As of ``StudyStarted``.
        max_trials: Likewise.
        deadline: Likewise.
    """

    config: Mapping[str, Any]
    slots: int
    max_trials: int
    deadline: float | None = None


@dataclass(frozen=True, kw_only=True)
class EngineReplaced(Event):
    """The search engine did not come to where it had been: another one learns of all trials, and proposed none."""


@dataclass(frozen=True, kw_only=True)
class PreflightEnded(Event):
    """Data and model are sound; the data decide the task, where the user did not.

    Attributes:
        family: Whose model was built, and ``pace``, as of ``Family``.
    """

    spec: DataSpec
    baseline: Mapping[str, float]
    parameters: int
    task: TaskInfo
    objective: str
    direction: Direction
    further: tuple[Objective, ...] = ()
    family: str = ""
    pace: float = 0.0


@dataclass(frozen=True, kw_only=True)
class FamilyChecked(Event):
    """Another family was looked at. The fields are those of ``Family``, and its name."""

    name: str
    parameters: int = 0
    pace: float = 0.0
    left_out: str = ""


@dataclass(frozen=True, kw_only=True)
class Settled(Event):
    """What stands for ``auto`` is known.

    Attributes:
        values: By path; of ``model=auto`` as the parameters of families are called.
    """

    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rehearsed(Event):
    """The final evaluation was rehearsed, and so many seconds are kept back for it."""

    reserve: float


@dataclass(frozen=True, kw_only=True)
class EarlierTaken(Event):
    """Earlier studies handed over what they know. The fields are those of ``Earlier``."""

    study: str
    trials: Sequence[Mapping[str, Any]]
    offers: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Noted(Event):
    """Something was worth a line."""

    text: str
    synced: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True)
class TrialEvent(Event):
    """Something that happened to a trial.

    Attributes:
        number: The trial's.
    """

    number: int


@dataclass(frozen=True, kw_only=True)
class TrialStarted(TrialEvent):
    """A trial was proposed.

    Attributes:
        params: As ``TrialRecord.params``.
        sections: Those of the study's configuration that are the trial's own.
        folder: The trial's own.
        steps: How many it may take at most, where known.
        asked: The search engine's own number for it; None where the engine did not propose it.
        origin: In a word, who did then.
        partial: Whether it ends after ``steps`` although more are configured, and may be gone on with.
        start_from: The trial whose last step it goes on from.
        planned: Whether its length is the study's plan for the time that it has, and none that the engine proposed.
    """

    params: Mapping[str, Any]
    sections: Mapping[str, Any]
    folder: str
    steps: int | None = None
    asked: int | None = None
    origin: str = ""
    partial: bool = False
    start_from: int | None = None
    planned: bool = False


@dataclass(frozen=True, kw_only=True)
class TrialResumed(TrialEvent):
    """A trial that was interrupted runs again."""


@dataclass(frozen=True, kw_only=True)
class TrialReported(TrialEvent):
    """A trial told the metrics of a step.

    It is not synced: that takes milliseconds, and there may be hundreds a second. What a failing machine takes with
    it is the tail of a running trial's history, no further back than the last trial that began or ended.
    """

    step: int
    metrics: Mapping[str, float]
    synced: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True)
class TrialStopped(TrialEvent):
    """A trial was told to end with its best epoch so far, for the reason that the message tells.

    Attributes:
        interrupted: Whether the user interrupted the study, and the trial is to go on once that is resumed.
    """

    message: str
    interrupted: bool = False


@dataclass(frozen=True, kw_only=True)
class RunEnded(TrialEvent):
    """One training of several of a trial is done. The fields are those of ``Run``."""

    seed: int
    value: float
    metrics: Mapping[str, float]
    best_step: int = 0
    parameters: int = 0
    startup: float = 0.0
    fresh: bool = False


@dataclass(frozen=True, kw_only=True)
class TrialRetried(TrialEvent):
    """A trial that ran out of memory begins anew, with other sections of its configuration."""

    sections: Mapping[str, Any]
    message: str


@dataclass(frozen=True, kw_only=True)
class TrialCut(TrialEvent):
    """A trial was ended from outside, and is loaded once more to be saved with its best epoch."""

    kind: str
    message: str


@dataclass(frozen=True, kw_only=True)
class TrialEnded(TrialEvent):
    """A trial is over. The fields are those of ``TrialRecord``; None, 0 and what is empty leave what is known."""

    state: TrialState
    failure: str = ""
    message: str = ""
    value: float | None = None
    metrics: Mapping[str, float] | None = None
    best_step: int = 0
    parameters: int = 0
    startup: float = 0.0
    violation: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SearchClosed(Event):
    """No further trial is started, for the reason that the message tells; the first one counts.

    Attributes:
        finish: Whether trials that run go on to their end.
    """

    message: str
    finish: bool = False


@dataclass(frozen=True, kw_only=True)
class SearchEnded(Event):
    """No trial runs any more.

    Attributes:
        message: What the search engine has to say, if anything.
    """

    message: str = ""


@dataclass(frozen=True, kw_only=True)
class HandoverBegun(Event):
    """What is handed back is decided anew: what was before is deleted."""


@dataclass(frozen=True, kw_only=True)
class ChoiceEvent(Event):
    """Whether something is handed back in the place of the best single trial. The fields are those of ``Choice``."""

    trial: int
    metric: str = ""
    single: float | None = None
    value: float | None = None
    gain: float | None = None
    error: float | None = None
    taken: bool = False
    reason: str = ""
    finer: str = ""
    folder: str = ""


@dataclass(frozen=True, kw_only=True)
class EnsembleSelected(ChoiceEvent):
    """An ensemble was looked for. The fields are those of ``Ensembling``."""

    members: tuple[Member, ...] = ()
    candidates: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refitted(ChoiceEvent):
    """The best configuration was fitted again. The fields are those of ``Refitting``."""

    epochs: int


@dataclass(frozen=True, kw_only=True)
class Scored(Event):
    """What is handed back was scored on the test part. The fields are those of ``Evaluation``."""

    trial: int
    validation: Mapping[str, float]
    test: Mapping[str, float]
    baseline: Mapping[str, float]
    folder: str
    single: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    settled: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EvaluationStepEnded(Event):
    """A step of the final evaluation after its score is done or given up.

    Attributes:
        step: Its name; empty where it was interrupted, and may be taken yet.
        notes: What could not be done, one sentence each.
    """

    step: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StudyEnded(Event):
    """The last event, unless the study is resumed: what still ran then did not end."""

    state: StudyState
    message: str = ""
