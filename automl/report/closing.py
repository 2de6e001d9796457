"""What a study says last: the best configuration, its scores beside the baseline, what failed, what to do next."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from automl.failure import closed
from automl.records import StudyState, TrialState
from automl.report.families import HEAD, families
from automl.report.wording import (
    counts,
    duration,
    evidence,
    handed_back,
    is_refit,
    mean_and_error,
    not_taken,
    objectives,
    over_folds,
    own_path,
    resume_command,
    score,
    short,
)
from automl.report.wording import relative as _relative

if TYPE_CHECKING:
    from automl.records import Evaluation, StudyRecord, TrialRecord

Lines = list[tuple[str, str]]
"""Lines with the role of each: heading, text, warning, command."""

_EXTREMES = {"maximize": "the more the better", "minimize": "the less the better"}
_FRONT_ROWS = 12
_NOTE = 72
"""Characters of why a family was left out: the study has said it in full."""


def closing(study: StudyRecord) -> Lines:
    """The lines that close a study; none where it did not get as far as a trial, which the error tells."""
    if study.state is StudyState.FAILED and not study.trials:
        return []
    lines: Lines = [("heading", f"{study.name} {_ended(study)} after {duration(study.seconds)}: {counts(study)}.")]
    if study.message and study.state is not StudyState.FAILED:
        lines.append(("warning", study.message))
    lines += _failures(study)
    if study.best is None:
        return lines + _going_on(study)
    lines += _front(study) + _scores(study) + _configuration(study) + _families(study)
    if study.evaluation is not None:
        lines += [("warning", note) for note in study.evaluation.notes]
    return lines + _next(study)


def _ended(study: StudyRecord) -> str:
    return {StudyState.INTERRUPTED: "was interrupted", StudyState.FAILED: "failed"}.get(study.state, "ended")


def _failures(study: StudyRecord) -> Lines:
    failed = [trial for trial in study.trials if trial.state is TrialState.FAILED and trial.failure != "interrupted"]
    if not failed:
        return []
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(trial.failure for trial in failed).items())
    last = failed[-1]
    text = f"Failed trials: {kinds}. Trial {last.number}: {closed(last.message)} See {_relative(evidence(last.folder))}"
    return [("warning", text)]


def _front(study: StudyRecord) -> Lines:
    """The trials that no other one dominates, by all objectives, where there are several."""
    if not study.further:
        return []
    named = " and ".join(f"{one.metric} ({_EXTREMES[one.direction]})" for one in study.objectives)
    front, complete = study.front, study.count(TrialState.COMPLETE)
    rows = [(f"trial {one.number}", *objectives(study, one)) for one in front[:_FRONT_ROWS]]
    titles = ("", *(one.metric for one in study.objectives))
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    table = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in (titles, *rows)]
    more = [f"and {len(front) - _FRONT_ROWS} more, in {_relative(study.folder / 'study.json')}"]
    figure = study.evaluation.folder / "figures" / "pareto.png" if study.evaluation else None
    drawn = [f"drawn in {_relative(figure)}"] if figure is not None and figure.is_file() else []
    lines = [*table, *(more if len(front) > _FRONT_ROWS else []), *drawn]
    heading = f"Pareto front of {named}: {len(front)} of {complete} complete trials"
    return [("heading", heading), *(("text", f"  {line}") for line in lines)]


def _scores(study: StudyRecord) -> Lines:
    assert study.best is not None
    why = f", of the front the best by {study.objective}, which was named first" if study.further else ""
    if study.evaluation is None:
        told = f"Best: trial {study.best.number}, {study.objective} {score(study.best.value)}; not tested{why}."
        return [("text", told)]
    metrics = dict.fromkeys([study.objective.removeprefix("val_"), study.task.metric])
    lines = [line for metric in metrics for line in _of_metric(study, study.evaluation, metric)]
    settled: Lines = [("text", f"  {one}") for one in study.evaluation.settled.get("told", ())]
    kept = [("text", f"  {line}") for line in not_taken(study)]
    return [
        ("heading", f"Best: {handed_back(study)}{why}"),
        *lines,
        *_by_fold(study),
        *_by_seed(study.best, study.objective),
        *settled,
        *kept,
    ]


def _by_fold(study: StudyRecord) -> Lines:
    """Mean and standard error over folds, where there were several."""
    assert study.best is not None
    told = over_folds(study)
    return [("text", f"  {study.objective} over {study.best.step} folds: {told}")] if told else []


def _by_seed(best: TrialRecord, objective: str) -> Lines:
    """Mean and standard error over seeds, where there were several."""
    told = ((best.scores, "seeds"), (best.fresh, "fresh seeds"))
    return [
        ("text", f"  {objective} over {len(scores)} {what}: {mean_and_error(scores)}")
        for scores, what in told
        if len(scores) > 1
    ]


def _of_metric(study: StudyRecord, found: Evaluation, metric: str) -> Lines:
    """A metric of the final evaluation, on both parts and of the baseline, as far as it was told."""
    alone = f"trial {found.trial} as it was" if is_refit(study) else f"trial {found.trial} alone"
    seen = "  (before it was fitted again)" if is_refit(study) else ""
    rows = [
        ("validation", found.validation.get(metric), seen),
        ("test", found.test.get(metric), ""),
        ("single", found.single.get("test", {}).get(metric), f"  ({alone}, test)"),
        ("baseline", found.baseline.get(metric), f"  ({study.task.baseline}, test)"),
    ]
    width = max(24, len("validation") + len(metric) + 3)
    shown = [(f"{name} {metric}", value, note) for name, value, note in rows if value is not None]
    return [("text", f"  {name:<{width}}{score(value)}{note}") for name, value, note in shown]


def _configuration(study: StudyRecord) -> Lines:
    assert study.best is not None
    params = {own_path(path): value for path, value in study.best.params.items()}
    width = max(24, *(len(name) + 1 for name in params), 0)
    return [("text", f"  {name:<{width}}{short(value)}") for name, value in params.items()]


def _families(study: StudyRecord) -> Lines:
    """The families side by side, where there are several."""
    rows = [(*row.cells[:-1], shorten(row.note, _NOTE, placeholder=" ...")) for row in families(study)]
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
    aligned = (str.ljust, str.rjust, str.rjust, str.rjust, str.ljust)
    lines = [
        "  ".join(align(cell, width) for cell, width, align in zip(row, widths, aligned, strict=True)).rstrip()
        for row in (HEAD, *rows)
    ]
    return [("heading", f"Families, by {study.objective}"), *(("text", f"  {line}") for line in lines)]


def _next(study: StudyRecord) -> Lines:
    report = study.folder / "report.html"
    again = f"python -m automl {_relative(study.folder / 'best.yaml')}"
    steps = {
        **({"read the report": _relative(report)} if report.is_file() else {}),
        **_browse(study),
        **({} if study.is_of_session else {"run the best again": again}),
    }
    model = study.evaluation.folder / "model" if study.evaluation else None
    if study.state is not StudyState.FINISHED and not study.is_of_session:
        steps = {"go on with the search": resume_command(study.folder), **steps}
    if study.is_of_session:
        steps["open it in a later session"] = f"automl.load({str(_relative(study.folder))!r}, model=<its class>)"
    if model is not None and model.is_dir():
        if not study.is_of_session:
            steps["ask it about new data"] = f"python -m automl predict {_relative(study.folder)} <input>"
        steps["serve it"] = f"mlflow models serve --env-manager local -m {_relative(model)}"
    return [("heading", "Next"), *(("command", f"  {what + ':':<35}{command}") for what, command in steps.items())]


def _browse(study: StudyRecord) -> dict[str, str]:
    """How to see the study in MLflow, and at what address, as far as anything of it is there."""
    from automl.tracking.pages import LOCAL, place

    title, found = "browse trials, charts and models", place(study.folder)
    if found is not None and found.server is not None:
        return {title: found.trials(found.server)}
    if study.config.get("tracking", {}).get("name") == "none":
        return {}
    experiments = study.folder.parent
    chosen = "" if experiments == Path("experiments").resolve() else f" --experiments {_relative(experiments)}"
    steps = {title: f"python -m automl ui --open{chosen}"}
    return steps if found is None else {**steps, "which shows them at": found.trials(LOCAL)}


def _going_on(study: StudyRecord) -> Lines:
    """How to go on with a study in which no trial is complete."""
    if study.state is StudyState.FINISHED or not study.trials or study.is_of_session:
        return []
    return [("heading", "Next"), ("command", f"  {'go on with the search:':<35}{resume_command(study.folder)}")]
