"""What a tracker says of a study: flat parameters, final metrics, a description."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

from automl.records import TrialState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.records import StudyRecord

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


def values(study: StudyRecord) -> dict[str, float]:
    """A study's final metrics: counts of trials, the best objective, the scores beside the baseline."""
    metrics = {f"trials.{state}": float(study.count(state)) for state in TrialState if state is not TrialState.RUNNING}
    metrics["seconds"] = study.seconds
    if study.best is not None and study.best.value is not None:
        metrics |= zip((one.metric for one in study.objectives), study.values(study.best), strict=True)
        metrics["best_trial"] = float(study.best.number)
        metrics |= {"confirmed": fmean(study.best.fresh)} if study.best.fresh else {}
    if study.evaluation is not None:
        for part in ("validation", "test", "baseline"):
            scores = getattr(study.evaluation, part)
            metrics |= {f"{part}.{name}": value for name, value in scores.items()}
    return metrics


def describe(study: StudyRecord) -> str:
    """A study in Markdown, for the head of its page."""
    lines = [f"**{study.plugin['name']}** on **{study.config['data']['name']}**, {study.task.name}."]
    if study.evaluation is not None:
        metric = study.task.metric
        lines += ["", "| | " + metric + " |", "| --- | --- |"]
        for part in ("validation", "test", "baseline"):
            value = getattr(study.evaluation, part).get(metric)
            if value is not None:
                name = f"{study.task.baseline} (test)" if part == "baseline" else part
                lines.append(f"| {name} | {value:.4f} |")
    if study.best is not None:
        best = ", ".join(f"`{name}={_short(value)}`" for name, value in study.best.params.items())
        lines += ["", f"Best: trial {study.best.number} of {len(study.trials)}: {best or 'nothing was searched'}."]
    if study.further:
        front = ", ".join(str(trial.number) for trial in study.front)
        named = ", ".join(f"`{one.metric}`" for one in study.objectives)
        lines += ["", f"Pareto front of {named}: trials {front}, tagged `automl.front = true`."]
    if study.message:
        lines += ["", study.message]
    return "\n".join([*lines, "", f"Run the best again: `python -m automl {study.folder / 'best.yaml'}`"])


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
