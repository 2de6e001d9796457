"""A study as a piece of HTML, for notebooks: self-contained, light or dark as its surroundings are."""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING

from automl.records import StudyState, TrialState
from automl.report.wording import (
    counts,
    data_line,
    duration,
    handed_back,
    is_replaced,
    objectives,
    opening,
    outcome,
    parameters,
    score,
    steps,
    time_left,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from automl.records import StudyRecord, TrialRecord

_ROWS = 12
_COLORS = {
    TrialState.RUNNING: "#2a7ab0",
    TrialState.COMPLETE: "inherit",
    TrialState.PRUNED: "#a07000",
    TrialState.FAILED: "#c03030",
}
_CELL = "padding:1px 12px 1px 0;text-align:{align};white-space:nowrap"


def study_html(study: StudyRecord, notes: tuple[str, ...] = ()) -> str:
    """The study's name and state, its best score beside the baseline, and its trials.

    Args:
        study: The study, running or ended.
        notes: Further sentences.
    """
    lines = [f"<b>{escape(opening(study))}</b>"]
    if study.spec is not None:
        lines.append(escape(data_line(study)))
    lines += [f'<span style="color:#a07000">{escape(note)}</span>' for note in notes]
    body = "".join(f"<div>{line}</div>" for line in [*lines, _status(study), *_scores(study)])
    return f'<div style="font-family:monospace;line-height:1.5">{body}{_table(study)}</div>'


def _status(study: StudyRecord) -> str:
    if study.state is StudyState.RUNNING:
        left = time_left(study) if study.trials else ""
        elapsed = duration(study.ran(time.time()))
        done = sum(trial.state is not TrialState.RUNNING for trial in study.trials)
        rest = f" · about {left} left" if left else ""
        return f"{done}/{study.max_trials} trials ({counts(study)}) · {elapsed}{rest}"
    told = f"{study.state} after {duration(study.seconds)}: {counts(study)}."
    return escape(f"{told} {study.message}".strip())


def _scores(study: StudyRecord) -> list[str]:
    """The best trial's score, and that of the test part beside the trivial predictor's."""
    if study.best is None:
        return []
    told = [f"best: trial {study.best.number}, {study.objective} <b>{score(study.best.value)}</b>"]
    if is_replaced(study):
        told.append(f"handed back: {escape(handed_back(study))}")
    if study.evaluation is not None:
        metric = study.task.metric
        for name, scores in (("test", study.evaluation.test), ("baseline", study.evaluation.baseline)):
            if metric in scores:
                told.append(f"{name} {metric} <b>{score(scores[metric])}</b>")
    return [" · ".join(told)]


def _table(study: StudyRecord) -> str:
    if not study.trials:
        return ""
    titles = ("trial", "state", *(one.metric for one in study.objectives), study.unit, "time", "parameters")
    head = "".join(_cells("th", titles))
    best, front = study.best, [trial.number for trial in study.front]
    shown = _shown(study, best)
    rows = "".join(_row(study, trial, best, front) for trial in shown)
    hidden = len(study.trials) - len(shown)
    more = f"<div>and {hidden:,} more</div>" if hidden else ""
    return f'<table style="border-collapse:collapse"><tr>{head}</tr>{rows}</table>{more}'


def _shown(study: StudyRecord, best: TrialRecord | None) -> Sequence[TrialRecord]:
    """The best trial, and the latest."""
    latest = study.trials[-_ROWS:]
    return latest if best is None or best in latest else [best, *latest[1:]]


def _row(study: StudyRecord, trial: TrialRecord, best: TrialRecord | None, front: list[int]) -> str:
    running = trial.state is TrialState.RUNNING
    seconds = trial.ran(time.time()) if running else trial.seconds
    values = (
        str(trial.number), outcome(trial, best, front), *objectives(study, trial), steps(trial), duration(seconds),
        parameters(trial.params),
    )  # fmt: skip
    cells = "".join(_cells("td", values))
    weight = "bold" if trial is best else "normal"
    return f'<tr title="{escape(trial.message)}" style="color:{_COLORS[trial.state]};font-weight:{weight}">{cells}</tr>'


def _cells(tag: str, texts: Sequence[str]) -> Iterator[str]:
    """A row's cells: numbers to the right, the state and the searched values to the left."""
    for number, text in enumerate(texts):
        align = "left" if number in (1, len(texts) - 1) else "right"
        yield f'<{tag} style="{_CELL.format(align=align)}">{escape(text)}</{tag}>'
