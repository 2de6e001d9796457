"""What came of it: two sentences, the scores beside the baseline, the best configuration."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl.records import StudyState, TrialState
from automl.report.families import families
from automl.report.wording import (
    duration,
    handed_back,
    is_refit,
    is_replaced,
    mean_and_error,
    not_taken,
    over_folds,
    own_path,
    score,
    short,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.records import StudyRecord, TrialRecord

_ENDED = {
    StudyState.FINISHED: "The study took",
    StudyState.INTERRUPTED: "The study was interrupted after",
    StudyState.FAILED: "The study failed after",
    StudyState.KILLED: "The study's process was killed after",
    StudyState.RUNNING: "The study is running; so far it took",
}
_ARROWS = {"maximize": "↑", "minimize": "↓"}


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        sentences: In a few sentences.
        cards: The figures to remember, each with its name and what is to be known of it.
        bars: Test, validation and baseline by the metric of the task: name, value, share of the greatest.
        metric: What the bars tell.
        metrics: All metrics: name, which direction is better, and on each part.
        best: The best configuration: parameter and value.
        notes: What was worth a line, one sentence each.
        families: Side by side, where there are several: name, best objective, trials, time, why it was left out.
    """

    sentences: Sequence[str]
    cards: Sequence[tuple[str, str, str]]
    bars: Sequence[tuple[str, str, float]]
    metric: str
    metrics: Sequence[tuple[str, str, str, str, str]]
    best: Sequence[tuple[str, str]]
    notes: Sequence[str]
    families: Sequence[tuple[str, ...]]


def outcome(study: StudyRecord) -> Outcome:
    """What came of a study, as far as it got."""
    metric = told_metric(study)
    notes = [*study.notes, *(study.evaluation.notes if study.evaluation else ())]
    if study.message:
        notes.insert(0, study.message)
    best = study.best
    return Outcome(
        [
            _found(study, metric),
            *_alone(study, metric),
            _went(study),
            *_repeated(study),
            *_settled(study),
            *_kept(study),
        ],
        _cards(study, metric),
        _bars(study, metric),
        metric,
        _metrics(study),
        [(own_path(path), short(value)) for path, value in best.params.items()] if best else [],
        list(dict.fromkeys(notes)),
        [row.cells for row in families(study)],
    )


def told_metric(study: StudyRecord) -> str:
    """The metric that the outcome is told by: that of the objective where it was tested, else the task's."""
    asked = study.objective.removeprefix("val_")
    return asked if study.evaluation is None or asked in study.evaluation.test else study.task.metric


def _found(study: StudyRecord, metric: str) -> str:
    best, evaluation = study.best, study.evaluation
    if best is None:
        return "No trial was completed." if study.trials else "No trial had begun."
    which = f"Trial {best.number}, the best of {len(study.trials)}," if len(study.trials) > 1 else "The one trial"
    if is_replaced(study):
        which = f"{handed_back(study)[0].upper()}{handed_back(study)[1:]}"
    if study.further:
        which = f"Trial {best.number}, of the {len(study.front)} on the Pareto front the best by {study.objective},"
    value = evaluation.test.get(metric) if evaluation else None
    if evaluation is None or value is None:
        tested = "is not tested yet" if study.state is StudyState.RUNNING else "was not tested"
        return f"{which} reaches {study.objective} {score(best.value)}; it {tested}."
    base = evaluation.baseline.get(metric)
    told = f"{which} scores a test {metric} of {score(value)}"
    return f"{told}{_beside(study, metric, value, base)}."


def _alone(study: StudyRecord, metric: str) -> list[str]:
    """What the best single model scores, where something else was tested in its place."""
    found = study.evaluation
    value = found.single.get("test", {}).get(metric) if found is not None else None
    if found is None or value is None:
        return []
    if is_refit(study):
        before = f"Before, learned from the train part alone, it scores {score(value)} there."
        return [f"{before} Scores on the validation part are of that model: what was tested has learned from it."]
    return [f"Trial {found.trial} alone, the best single model, scores {score(value)} there."]


def _kept(study: StudyRecord) -> list[str]:
    """Why the best single model was kept, where something else was tried."""
    return [f"{told[0].upper()}{told[1:]}." for told in not_taken(study)]


def _beside(study: StudyRecord, metric: str, value: float, base: float | None) -> str:
    if base is None:
        return ""
    direction = study.task.direction_of(metric) or study.task.direction
    beats = value > base if direction == "maximize" else value < base
    verdict = f"the baseline ({study.task.baseline}) scores {score(base)}"
    return f"; {verdict}" if beats else f" and does not beat the baseline: {verdict.removeprefix('the baseline ')}"


def _went(study: StudyRecord) -> str:
    kinds = Counter(trial.failure for trial in study.trials if trial.state is TrialState.FAILED)
    named = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    words = {
        TrialState.COMPLETE: "completed",
        TrialState.PRUNED: "pruned",
        TrialState.FAILED: f"failed ({named})",
        TrialState.RUNNING: "running",
    }
    counts = [(study.count(state), word) for state, word in words.items()]
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    seconds = study.seconds or max((one.started + one.seconds - study.started for one in study.trials), default=0.0)
    trials = f"{len(study.trials)} trial{'s' if len(study.trials) != 1 else ''}"
    return f"{_ENDED[study.state]} {duration(seconds)}, for {trials}{f': {told}' if told else ''}."


def _repeated(study: StudyRecord) -> list[str]:
    """Mean and error over folds and seeds, where there were several."""
    best = study.best
    told = ((best.scores, "seeds"), (best.fresh, "fresh seeds")) if best else ()
    means = [(f"{len(scores)} {what}", mean_and_error(scores)) for scores, what in told if len(scores) > 1]
    if best is not None and over_folds(study):
        means.insert(0, (f"{best.step} folds", over_folds(study)))
    return [f"Over {what} its {study.objective} is {mean} (mean and standard error)." for what, mean in means]


def _step(study: StudyRecord, best: TrialRecord) -> str:
    return f"epoch {best.best_step}" if study.folds == 1 else f"mean of {best.best_step} folds"


def _settled(study: StudyRecord) -> list[str]:
    """What was decided of the model's answers."""
    return list(study.evaluation.settled.get("told", ())) if study.evaluation else []


def _cards(study: StudyRecord, metric: str) -> list[tuple[str, str, str]]:
    evaluation, best = study.evaluation, study.best
    cards: list[tuple[str, str, str]] = []
    if evaluation is not None and metric in evaluation.test:
        held = study.spec.sizes.get("test") if study.spec else None
        about = f"{held:,} samples that nothing had read" if held else "what nothing had read before"
        cards.append((f"test {metric}", score(evaluation.test[metric]), about))
        if metric in evaluation.baseline:
            cards.append(("baseline", score(evaluation.baseline[metric]), study.task.baseline))
    if best is not None:
        cards.append((study.objective, score(best.value), f"trial {best.number}, {_step(study, best)}"))
    elif study.task.metric in study.baseline:
        cards.append(("baseline", score(study.baseline[study.task.metric]), study.task.baseline))
    cards.append(
        (
            "trials",
            f"{len(study.trials):,}",
            f"of at most {study.max_trials:,}" if study.is_counted else "as many as there was time for",
        )
    )
    if study.seconds:
        cards.append(("time", duration(study.seconds), f"{study.slots} at a time" if study.slots > 1 else "in all"))
    if best is not None and best.parameters and not (is_replaced(study) and not is_refit(study)):
        cards.append(("parameters", f"{best.parameters:,}", "size of the best model"))
    return cards


def _bars(study: StudyRecord, metric: str) -> list[tuple[str, str, float]]:
    if study.evaluation is None:
        return []
    parts = [("test", study.evaluation.test)]
    if single := study.evaluation.single.get("test"):
        how = "as it was" if is_refit(study) else "alone"
        parts.append((f"trial {study.evaluation.trial} {how}, test", single))
    parts.append(("validation", study.evaluation.validation))
    parts.append((f"baseline: {study.task.baseline}", study.evaluation.baseline))
    rows = [(name, scores[metric]) for name, scores in parts if metric in scores]
    if len(rows) < 2 or not all(math.isfinite(value) and value >= 0.0 for _, value in rows):
        return []
    most = max(value for _, value in rows) or 1.0
    return [(name, score(value), value / most) for name, value in rows]


def _metrics(study: StudyRecord) -> list[tuple[str, str, str, str, str]]:
    found = study.evaluation
    if found is None:
        return []
    names = dict.fromkeys([*study.task.metrics, *found.test, *found.validation])
    validation, test, baseline = found.validation, found.test, found.baseline
    return [
        (
            name,
            _ARROWS.get(study.task.direction_of(name) or "", ""),
            score(validation.get(name)),
            score(test.get(name)),
            score(baseline.get(name)),
        )
        for name in names
        if name in validation or name in test or name in baseline
    ]
