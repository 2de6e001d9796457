"""Numbers and names as a person reads them."""

from __future__ import annotations

import os
import shlex
import time
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from automl.handover import Form
from automl.records import TrialState, standard_error
from automl.space.families import FAMILIES, parted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from automl.handover import Choice
    from automl.records import StudyRecord, TrialRecord


def duration(seconds: float) -> str:
    """A span of time: ``4.2 s``, ``3 min 05 s``, ``2 h 07 min``.

    Example:
        >>> duration(185)
        '3 min 05 s'
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def short(value: Any) -> str:
    """A value in few characters."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def score(value: float | None) -> str:
    """A metric to four digits."""
    if value is None:
        return ""
    return f"{value:.4f}" if abs(value) < 1000 else f"{value:,.1f}"


def mean_and_error(scores: Sequence[float]) -> str:
    """The mean of several scores and its standard error.

    Example:
        >>> mean_and_error([0.9, 0.92, 0.94])
        '0.9200 ± 0.0115'
    """
    return f"{score(fmean(scores))} ± {score(standard_error(scores))}"


def over_folds(study: StudyRecord) -> str:
    """The best trial's objective with the standard error over its folds: ``0.9200 ± 0.0115``; empty without both."""
    best = study.best
    if best is None or study.folds == 1 or f"{study.objective}_stderr" not in best.metrics:
        return ""
    return f"{score(best.value)} ± {score(best.metrics[f'{study.objective}_stderr'])}"


def objectives(study: StudyRecord, trial: TrialRecord) -> list[str]:
    """The objectives of a trial, the leading one first, as far as they are known."""
    known = {"parameters": float(trial.parameters)} if trial.parameters else {}
    known |= {**trial.metrics, **({} if trial.value is None else {study.objective: trial.value})}
    return [_amount(one.metric, known.get(one.metric)) for one in study.objectives]


def outcome(trial: TrialRecord, best: TrialRecord | None, front: Collection[int]) -> str:
    """How a trial stands or ended, or that it is the best, or on the Pareto front.

    Args:
        trial: It.
        best: The best one.
        front: The numbers of those on the front.
    """
    if trial is best:
        return "best"
    return "on the front" if trial.number in front else trial.outcome


def _amount(metric: str, value: float | None) -> str:
    return f"{value:,.0f}" if metric == "parameters" and value is not None else score(value)


def is_replaced(study: StudyRecord) -> bool:
    """Whether something else than the best single model is handed back."""
    return study.handed is not None and study.handed.form is not Form.TRIAL


def is_refit(study: StudyRecord) -> bool:
    """Whether what is handed back was fitted again on train and validation part."""
    return study.handed is not None and study.handed.form is Form.REFIT


def handed_back(study: StudyRecord) -> str:
    """What is handed back, in a phrase; the study has a best trial.

    Example:
        >>> handed_back(study)
        'an ensemble of trials 4 (50%), 0 (30%) and 2 (20%)'
    """
    handed = study.handed
    assert handed is not None
    if study.members:
        models = {one.model for one in study.members}
        several = len(models) > 1
        told = [f"{one.trial} ({f'{one.model}, ' if several else ''}{one.weight:.0%})" for one in study.members]
        return f"an ensemble of trials {', '.join(told[:-1])} and {told[-1]}"
    if handed.form is Form.REFIT and study.refit is not None:
        epochs = f"{study.refit.epochs} epoch{'s' * (study.refit.epochs > 1)}"
        return f"trial {handed.trial}, fitted again on train and validation part for {epochs}"
    return f"trial {handed.trial}"


def tested(study: StudyRecord) -> str:
    """What is to be tested, in few words; the study has a best trial."""
    handed = study.handed
    assert handed is not None
    other = {Form.ENSEMBLE: "the ensemble", Form.REFIT: f"trial {handed.trial}, fitted again,"}
    return other.get(handed.form, f"trial {handed.trial}")


def not_taken(study: StudyRecord) -> list[str]:
    """Why an ensemble, or a model that was fitted again, is not what is handed back, where one was tried."""
    told = []
    for what, one in (("no ensemble", study.ensemble), ("not fitted again", study.refit)):
        if one is not None and not one.taken:
            gain = "" if one.gain is None or one.error is None or not one.error else f" ({_gained(one)})"
            told.append(f"{what}: {one.reason}{gain}")
    return told


def _gained(one: Choice) -> str:
    assert one.gain is not None
    assert one.error is not None
    return f"{one.finer or one.metric} better by {one.gain:.2g} ± {one.error:.2g}"


def parameters(params: Mapping[str, Any]) -> str:
    """Searched values without their sections: ``depth=8 learning_rate=0.003``."""
    return " ".join(f"{name.rpartition('.')[2]}={short(value)}" for name, value in params.items())


def steps(trial: TrialRecord) -> str:
    """How far a trial got: ``12/30``; or the seed that it is trained with, after the first."""
    if trial.state is TrialState.RUNNING and trial.scores:
        return f"seed {len(trial.scores) + 1}"
    return f"{trial.step}/{trial.steps}" if trial.steps else str(trial.step)


def opening(study: StudyRecord) -> str:
    """The study in one line, before anything ran."""
    told = [at_most(study)] if study.is_counted else []
    if study.deadline is not None:
        told.append(duration(study.deadline - (study.resumed or study.started)))
    budget = ", ".join(told)
    if study.resumed:
        budget = f"resumed with {counts(study)}; {budget}"
    slots = f"{study.slots} at a time" if study.slots > 1 else "one at a time"
    return f"{study.name}: {study.plugin['name']} on {study.config['data']['name']}, {budget}, {slots}"


def own_path(path: str) -> str:
    """A parameter as the configuration of its trial has it: that of a family without the family before it."""
    return parted(path)[1] if path.startswith(f"{FAMILIES}.") else path


def at_most(study: StudyRecord) -> str:
    """The budget of trials."""
    return f"at most {study.max_trials:,} trial{'s' if study.max_trials > 1 else ''}"


def of_budget(study: StudyRecord, done: int) -> str:
    """How many trials have ended, and of how many, where there is a number."""
    return f"{done}/{study.max_trials}" if study.is_counted else f"{done:,}"


def data_line(study: StudyRecord) -> str:
    """The data and the trivial baseline in one line, after pre-flight."""
    assert study.spec is not None
    sizes = ", ".join(f"{count:,} {part}" for part, count in study.spec.sizes.items())
    if study.folds > 1:
        *learned, last = sizes.split(", ")
        sizes = f"{study.folds} folds of {' and '.join(learned)}, {last}"
    sizes = sizes or str(study.spec.details.get("env", study.spec.name))
    classes = f"; {len(study.spec.classes)} classes" if study.spec.classes else ""
    base = study.baseline.get(study.task.metric)
    beside = f"; baseline ({study.task.baseline}): {study.task.metric} {score(base)}" if base is not None else ""
    return f"data: {sizes}{classes}{beside}"


def time_left(study: StudyRecord) -> str:
    """The time until the budget is over: until the deadline, or as the trials so far foretell, whichever is less."""
    ended = [trial for trial in study.trials if trial.state is not TrialState.RUNNING]
    guesses = []
    if ended and study.is_counted:
        pace = study.ran(time.time()) / len(ended)
        guesses.append(pace * (study.max_trials - len(ended)))
    if study.deadline is not None:
        guesses.append(study.deadline - time.time())
    return duration(max(0.0, min(guesses))) if guesses else ""


def counts(study: StudyRecord) -> str:
    """How many trials ended how."""
    named = [(state, study.count(state)) for state in TrialState if state is not TrialState.RUNNING]
    return ", ".join(f"{count} {state}" for state, count in named if count) or "none ended"


def resume_command(folder: Path) -> str:
    """What to type for a study to go on, quoted for a shell."""
    is_found = folder.parent == Path("experiments").resolve()
    return f"python -m automl resume={shlex.quote(folder.name if is_found else str(folder))}"


def evidence(folder: Path) -> Path:
    """The file of a job's folder that tells most of what went wrong: its traceback, else its log, else the folder."""
    places = (folder / name for name in ("traceback.txt", "log.txt"))
    return next((path for path in places if path.is_file()), folder)


def relative(path: Path) -> str:
    """A path as it is typed here, quoted for a shell."""
    return shlex.quote(typed(path))


def typed(path: Path) -> str:
    """A path as it is typed here: from where this process is, unless it lies elsewhere."""
    found = os.path.relpath(path)
    return str(path) if found.startswith("..") else found
