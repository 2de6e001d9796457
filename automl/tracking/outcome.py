"""What a study came to, as its parent run shows it: scores, files, the model and its place in the registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from automl.tracking import limits
from automl.tracking.operations import STUDY, Model, Register
from automl.tracking.recorder import points
from automl.tracking.registered import FINGERPRINT
from automl.tracking.texts import DESCRIPTION, describe, values

if TYPE_CHECKING:
    from automl.records import Evaluation, StudyRecord
    from automl.tracking.recorder import Recorder

_FILES = ("report.html", "best.yaml", "study.json")


def record(recorder: Recorder, study: StudyRecord, ident: str) -> None:
    """Put the outcome: the report first, which tells the rest to a person.

    Args:
        recorder: Takes it.
        study: How it ended.
        ident: Its id in the store.
    """
    for name in _FILES:
        recorder.files(STUDY, study.folder / name)
    tags = {"automl.state": study.state, DESCRIPTION: describe(study, ident), "automl.message": study.message}
    if study.handed is not None:
        tags["automl.handed_back"] = study.handed.form
    recorder.log(STUDY, values(study), tags=tags)
    if study.evaluation is not None:
        _evaluation(recorder, study, study.evaluation)
    for trial in study.front if study.further else ():
        recorder.log(str(trial.number), tags={"automl.front": "true"})


def _evaluation(recorder: Recorder, study: StudyRecord, evaluation: Evaluation) -> None:
    """Figures and tables to the parent run, and the servable model as a logged model of the best trial's run."""
    for name in ("figures", "plugin"):
        recorder.files(STUDY, evaluation.folder / name, name)
    for table in sorted(evaluation.folder.glob("*.csv")):
        recorder.files(STUDY, table)
    model = evaluation.folder / "model"
    if not model.is_dir():
        return
    scores = {key: value for key, value in values(study).items() if key.startswith(("test.", "validation."))}
    path, trial = str(model.relative_to(study.folder)), str(evaluation.trial)
    recorder.put(Model(STUDY, trial, path, limits.model_name(study.name), points(scores, 0)))
    metric = study.task.metric
    if metric in evaluation.validation:
        told = limits.tags({**_about(study), f"test.{metric}": evaluation.test.get(metric, "")})
        value = evaluation.validation[metric]
        recorder.put(Register(STUDY, trial, path, _name(study), metric, value, study.task.direction, told))


def _name(study: StudyRecord) -> str:
    """``<model>-<data>``; data of one kind that lie in files are told apart by the file's name."""
    data = study.config["data"]
    path = data.get("path")
    stem = Path(path).stem if isinstance(path, str) else ""
    return limits.model_name("-".join(part for part in (study.plugin["name"], data["name"], stem) if part))


def _about(study: StudyRecord) -> dict[str, object]:
    assert study.spec is not None
    return {
        "automl.study": study.name,
        "automl.task": study.task.name,
        "automl.plugin": f"{study.plugin['distribution']} {study.plugin['version']}",
        FINGERPRINT: study.spec.fingerprint,
    }
