"""What a tracker says of a study: flat parameters, final metrics, a description."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

from automl.files import size
from automl.handover import Form
from automl.records import TrialState
from automl.tracking.views import BASELINE, CHARTS, EXPERIMENT, OBJECTIVE, RUN, SHARED, TEST, TRAINING, key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.records import StudyRecord, TrialRecord

DESCRIPTION = "mlflow.note.content"
"""The tag that heads a run's page."""

_SECTIONS = ("model", "training", "data")
_SILENT = {"model.summary", "model.tasks", "training.name", "data.task", "data.searchable", "data.serves"}


def flatten(config: Mapping[str, Any]) -> dict[str, Any]:
    """The leaves of a trial's model, training and data sections by path; those that are null are left out."""
    flat: dict[str, Any] = {}

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                walk(child, f"{path}.{key}")
        elif node is not None and path not in _SILENT:
            flat[path] = node

    for section in _SECTIONS:
        walk(config.get(section), section)
    return flat


def fixed(trial: TrialRecord) -> dict[str, Any]:
    """What was not searched, and is the same for all trials of a study."""
    return {path: value for path, value in flatten(trial.config).items() if path not in trial.params}


def values(study: StudyRecord) -> dict[str, float]:
    """A study's final metrics: what it took, the best objective, the scores beside the baseline.

    ``objective``, ``test`` and ``baseline`` are of the same metric, whatever its name: studies are compared by them.
    """
    metrics = {f"trials.{state}": float(study.count(state)) for state in TrialState if state is not TrialState.RUNNING}
    metrics |= {"seconds": study.seconds, "disk_mb": round(size(study.folder) / 1e6, 1)}
    if study.best is not None and study.best.value is not None:
        metrics |= zip((one.metric for one in study.objectives), study.values(study.best), strict=True)
        metrics |= {OBJECTIVE: study.best.value, "best_trial": float(study.best.number)}
        metrics |= {"confirmed": fmean(study.best.fresh)} if study.best.fresh else {}
    if study.evaluation is not None:
        for part in ("validation", "test", "baseline"):
            scores = getattr(study.evaluation, part)
            metrics |= {f"{part}.{name}": value for name, value in scores.items()}
        for part, scores in study.evaluation.single.items():
            metrics |= {f"single.{part}.{name}": value for name, value in scores.items()}
        name = compared(study)
        both = ((TEST, study.evaluation.test), (BASELINE, study.evaluation.baseline))
        metrics |= {told: scores[name] for told, scores in both if name in scores}
    return metrics


def compared(study: StudyRecord) -> str:
    """The metric that a study's result is told by: the objective's, where the test part has it, else the task's."""
    name = study.objective.removeprefix("val_")
    return name if study.evaluation is not None and name in study.evaluation.test else study.task.metric


def describe(study: StudyRecord, ident: str) -> str:
    """A study in Markdown, for the head of its page, of which MLflow shows the first lines at once.

    Args:
        study: How it ended.
        ident: Its id in the store.

    Returns:
        ``EXPERIMENT`` and ``RUN`` stand in it for ids that the store gives.
    """
    head = f"**{study.plugin['name']}** on **{study.config['data']['name']}**, {study.task.name}{_scores(study)}."
    lines = [" · ".join(_links(study, ident)), head]  # what stands lower is veiled until it is unfolded
    if study.best is not None:
        best = ", ".join(f"`{name}={_short(value)}`" for name, value in study.best.params.items())
        lines.append(f"Best: trial {study.best.number} of {len(study.trials)}: {best or 'nothing was searched'}.")
        lines += _handed(study)
    if study.further:
        front = ", ".join(str(trial.number) for trial in study.front)
        named = ", ".join(f"`{one.metric}`" for one in study.objectives)
        lines.append(f"Pareto front of {named}: trials {front}, tagged `automl.front = true`.")
    lines += [_budget(study), *([study.message] if study.message else [])]
    if not study.is_of_session:
        lines.append(f"Run the best again: `python -m automl {study.folder / 'best.yaml'}`")
    return "\n\n".join(lines)


def _handed(study: StudyRecord) -> list[str]:
    """What is handed back, where that is not the best single model."""
    handed = study.handed
    if handed is None or handed.form is Form.TRIAL:
        return []
    if handed.form is Form.REFIT:
        return [f"Handed back: trial {handed.trial}, fitted again on train and validation part."]
    told = ", ".join(f"trial {one.trial} ({one.model}, {one.weight:.0%})" for one in study.members)
    return [f"Handed back: the ensemble of {told}."]


def _scores(study: StudyRecord) -> str:
    if study.evaluation is None:
        return ""
    name, found = compared(study), study.evaluation
    named = (("test", found.test), ("validation", found.validation), (study.task.baseline, found.baseline))
    told = [f"{part} {scores[name]:.4f}" for part, scores in named if name in scores]
    return f": {name} **{', '.join(told[:1])}**{''.join(f', {one}' for one in told[1:])}" if told else ""


def _links(study: StudyRecord, ident: str) -> list[str]:
    """The study's own pages; the report is opened among the artifacts."""
    run = f"#/experiments/{EXPERIMENT}/runs/{RUN}"
    view = f"#/experiments/{EXPERIMENT}/runs?{TRAINING}&{SHARED}={key(ident)}"
    report = [f"[Report]({run}/artifacts/report.html)"] if (study.folder / "report.html").is_file() else []
    return [*report, f"[Trials]({view})", f"[Charts]({view}&{CHARTS})"]


def _budget(study: StudyRecord) -> str:
    counts = ", ".join(f"{study.count(state)} {state}" for state in TrialState if study.count(state))
    disk = size(study.folder) / 1e6
    took = f"{study.seconds:,.0f} s, {disk:,.1f} MB on disk"
    most = f" of {study.max_trials}" if study.is_counted else ""
    return f"Budget: {len(study.trials)}{most} trials ({counts or 'none'}), {took}."


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
