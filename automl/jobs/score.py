"""The first step of the final evaluation: the one reading of the test part."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.ensembles import Settled
from automl.jobs.common import as_settled, load_trained
from automl.jobs.held_out import scores_held_out
from automl.jobs.results import Scores
from automl.jobs.validation import read_validation, scores_of
from automl.sealed import check_seal
from automl.tasks import load_task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from automl.data import Dataset, Part
    from automl.jobs.work import SubjectJob
    from automl.plugin import ModelPlugin

PREDICTIONS = "predictions.npy"
"""In the job's folder: what was predicted for the test part, in its order."""

_MOST_BYTES = 1 << 28


def score(plugin: ModelPlugin, dataset: Dataset, job: SubjectJob[Any]) -> Scores:
    """The model's metrics on validation and test part, and the baseline's; the plugin's files go beside them.

    Where it stands in the place of the best single model, that one's are told as well. What the model predicted for the
    test part is kept, so that figures need not ask it again. A bag of folds has seen all but the test part: its metrics
    on validation are those of its members, each on the samples that it has not.
    """
    shutil.copytree(job.plugin_folder, job.dir / "plugin", dirs_exist_ok=True)
    task = load_task(dataset.spec.task)
    with remembering(plugin) as answers:
        test = task.score(plugin, dataset, dataset.test)
    _keep(answers, dataset, job.dir)
    single = _single(dataset, job)
    return Scores(
        validation=single["validation"] if job.subject.seen else _validation(plugin, dataset, job.plugin_folder),
        test={**plugin.evaluate(dataset.test), **test},
        baseline=task.baseline(dataset, dataset.test),
        single=single,
        settled=plugin.answers.plain if isinstance(plugin, Settled) else {},
    )


def _single(dataset: Dataset, job: SubjectJob[Any]) -> dict[str, dict[str, float]]:
    """The best single model's metrics by part; nothing where the model is that one itself."""
    if not job.subject.single:
        return {}
    folder = job.place.study / job.subject.single
    check_seal(folder)
    plugin = load_trained(job, folder)
    dataset = as_settled(dataset, plugin)
    return {"validation": _validation(plugin, dataset, folder), "test": _scores(plugin, dataset, dataset.test)}


def _validation(plugin: ModelPlugin, dataset: Dataset, folder: Path) -> dict[str, float]:
    """A model's metrics on what trials are compared by, as far as it can be told of samples that it has not seen."""
    if held_out := scores_held_out(folder):
        return held_out
    if dataset.folds and (found := read_validation(folder.parent, len(dataset.compared))) is not None:
        return scores_of(dataset, found)
    return _scores(plugin, dataset, dataset.validation)


def _scores(plugin: ModelPlugin, dataset: Dataset, part: Part) -> dict[str, float]:
    return {**plugin.evaluate(part), **load_task(dataset.spec.task).score(plugin, dataset, part)}


@contextmanager
def remembering(plugin: ModelPlugin) -> Iterator[list[np.ndarray]]:
    """All that ``plugin.predict`` answers meanwhile, or nothing where it is much."""
    answers: list[np.ndarray] = []
    predict, total = plugin.predict, 0

    def remember(inputs: Any) -> np.ndarray:
        nonlocal total
        answer = predict(inputs)
        total += answer.nbytes
        if total < _MOST_BYTES:
            answers.append(answer)
        else:
            answers.clear()
        return answer

    vars(plugin)["predict"] = remember  # in front of the class's own, of a frozen dataclass too
    try:
        yield answers
    finally:
        del vars(plugin)["predict"]


def _keep(answers: list[np.ndarray], dataset: Dataset, folder: Path) -> None:
    """Write the predictions of the whole test part for those who draw them, where they were remembered."""
    if sum(len(answer) for answer in answers) == len(dataset.test):
        np.save(folder / PREDICTIONS, np.concatenate(answers))
