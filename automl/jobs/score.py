"""The first step of the final evaluation: the one reading of the test part."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.ensembles import Settled
from automl.jobs.results import Scores
from automl.tasks import load_task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from automl.data import Dataset
    from automl.jobs.work import SubjectJob
    from automl.plugin import ModelPlugin

PREDICTIONS = "predictions.npy"
"""In the job's folder: what was predicted for the test part, in its order."""

_MOST_BYTES = 1 << 28


def score(plugin: ModelPlugin, dataset: Dataset, job: SubjectJob[Any]) -> Scores:
    """The model's metrics on validation and test part, and the baseline's; the plugin's files go beside them.

    What the model predicted for the test part is kept, so that figures need not ask it again.
    """
    shutil.copytree(job.plugin_folder, job.dir / "plugin", dirs_exist_ok=True)
    task = load_task(dataset.spec.task)
    with _remembering(plugin) as answers:
        test = task.score(plugin, dataset, dataset.test)
    _keep(answers, dataset, job.dir)
    return Scores(
        validation={**plugin.evaluate(dataset.validation), **task.score(plugin, dataset, dataset.validation)},
        test={**plugin.evaluate(dataset.test), **test},
        baseline=task.baseline(dataset, dataset.test),
        settled=plugin.answers.plain if isinstance(plugin, Settled) else {},
    )


@contextmanager
def _remembering(plugin: ModelPlugin) -> Iterator[list[np.ndarray]]:
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
