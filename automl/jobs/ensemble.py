"""An ensemble of a study's models: which of them, whether it is better than the best of them, and where it is kept."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from automl.data.spec import DataSpec
from automl.ensembles import member_folder, write_members
from automl.ensembles.gain import Gain, decisive, selection_gain
from automl.ensembles.greedy import Limits, blend, select
from automl.files import making
from automl.jobs.common import load_trained, open_data
from automl.jobs.results import VALIDATION, Chosen
from automl.jobs.ruler import make_ruler
from automl.jobs.settling import settle_trained
from automl.jobs.validation import is_averaged, read_validation, told_of, validation_target, write_array
from automl.objectives import constraints_of
from automl.sealed import check_seal, seal
from automl.tasks import load_task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from automl.data import Dataset
    from automl.jobs.results import Candidate
    from automl.jobs.ruler import Ruler
    from automl.jobs.work import EnsembleJob

_MOST_NUMBERS = 1 << 21
"""Numbers of a model's predictions that are looked at; of more every so many samples tell the same."""
_EXAMPLES = 16


@dataclass(frozen=True)
class _Models:
    """Models that can be averaged, and what they say of the validation part.

    Attributes:
        candidates: The models, the best single one first.
        predictions: Of each for all samples, mapped.
        rows: Samples that all of them tell of, and that are looked at.
    """

    candidates: Sequence[Candidate]
    predictions: Sequence[np.ndarray]
    rows: np.ndarray


def choose(job: EnsembleJob) -> Chosen:
    """Choose members, and write ``plugin`` into the job's folder where their mean is better than the best single model.

    Raises:
        DataError: A model has changed since it was trained.
        OSError: The ensemble cannot be written.
    """
    data = open_data(job)
    if not is_averaged(load_task(data.spec.task)):
        return Chosen(f"predictions of the task {data.spec.task} have no mean")
    models = _models(job, data)
    if min(len(models.candidates), len(models.rows)) < 2:
        return Chosen("fewer than two of the models that are kept can be averaged")
    looked_at = [np.asarray(one[models.rows]) for one in models.predictions]
    ruler = make_ruler(data, job.metric, job.direction).of(models.rows)
    every = np.arange(len(models.rows))
    limits = Limits(job.models, np.array([one.costs for one in models.candidates]), np.array(job.most))
    copies = select(looked_at, ruler.loss, limits, every)
    mean = blend(looked_at, copies, every)
    single, value = ruler.score(looked_at[0]), ruler.score(mean)
    members = _members(models.candidates, copies)
    if len(members) < 2:
        return Chosen("no mean of several models is better than one of them", single, value)
    block, seed = data.compared.overlap, int(job.config["seed"])
    rulers = [ruler, *ruler.finer()]
    gains = selection_gain(looked_at, [one.loss for one in rulers], limits, ruler.target, block, seed)
    decides = decisive(gains)
    found, finer = gains[decides], rulers[decides].metric if decides else ""
    reason = _against(job, ruler, mean, found)
    seconds = 0.0 if reason else _write(job, data, models, copies)
    return Chosen(reason, single, value, found.mean, found.error, members, seconds, finer)


def _models(job: EnsembleJob, data: Dataset) -> _Models:
    """Those of the candidates that answer the same questions, and left predictions for the same samples.

    None at all where the best single one is not among them: there would be nothing to compare with.
    """
    count = len(validation_target(data))
    read = [(one, read_validation(job.place.study / one.folder, count)) for one in job.candidates]
    known = [(one, found) for one, found in read if found is not None and _is_alike(job, one, data.spec)]
    shape = known[0][1].shape if known else ()
    known = [(one, found) for one, found in known if found.shape == shape]
    if not known or known[0][0] is not job.candidates[0]:
        return _Models((), (), np.arange(0))
    predictions = [found for _, found in known]
    step = max(1, -(-predictions[0].size // _MOST_NUMBERS))
    rows = np.arange(0, count, step)
    for one in predictions:
        rows = rows[told_of(one[rows])]
    return _Models([one for one, _ in known], predictions, rows)


def _is_alike(job: EnsembleJob, one: Candidate, spec: DataSpec) -> bool:
    """Whether a model takes what the best single one takes, and tells the same; trials may read data differently."""
    if one.data == job.config["data"]:
        return True
    path = job.place.study / one.folder / "plugin" / "spec.json"
    if not path.is_file():
        return False
    other = DataSpec.from_dict(json.loads(path.read_text(encoding="utf-8")))
    return (other.inputs, other.target, other.classes) == (spec.inputs, spec.target, spec.classes)


def _against(job: EnsembleJob, ruler: Ruler, mean: np.ndarray, found: Gain) -> str:
    """What speaks against the ensemble; empty where nothing does."""
    if not found.is_sure:
        return "it is not better beyond its standard error"
    known = {f"val_{name}": name for name in ruler.task.info.metrics}
    for constraint in constraints_of(job.config):
        if name := known.get(constraint.metric):
            told = constraint.told(ruler.scores(mean, name)[name])
            if told:
                return told
    return ""


def _members(candidates: Sequence[Candidate], copies: np.ndarray) -> list[tuple[int, float]]:
    shares = [(one.number, float(count / copies.sum())) for one, count in zip(candidates, copies, strict=True) if count]
    return sorted(shares, key=lambda one: -one[1])


def _write(job: EnsembleJob, data: Dataset, models: _Models, copies: np.ndarray) -> float:
    """Copy the members into one folder, and their mean beside it; the seconds that it takes to load and ask it."""
    chosen = [number for number in np.argsort(-copies, kind="stable") if copies[number]]
    target = job.dir / "plugin"
    with making(target) as folder:
        for place, number in enumerate(chosen):
            source = job.place.study / models.candidates[number].folder / "plugin"
            check_seal(source)
            shutil.copytree(source, member_folder(folder, place))
        write_members(
            folder, [(models.candidates[number].model, float(copies[number] / copies.sum())) for number in chosen]
        )
        mean = blend(models.predictions, copies, np.arange(len(models.predictions[0])))
        name = models.candidates[chosen[0]].model
        asked, told = f"val_{job.metric}", (validation_target(data), mean)
        settle_trained(folder, name, data.spec, job.config, asked, lambda: told)
        seal(folder)
    write_array(job.dir / VALIDATION, mean)
    return _tried(job, data, target)


def _tried(job: EnsembleJob, data: Dataset, folder: Path) -> float:
    """Load the ensemble and ask it for a few answers: what cannot be is not to be handed back."""
    began = time.monotonic()
    plugin = load_trained(job, folder)
    plugin.predict(load_task(data.spec.task).example(plugin, data.validation, _EXAMPLES))
    return time.monotonic() - began
