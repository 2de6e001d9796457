"""What trained models say of the samples that trials are compared by, for all that compares or combines them later."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from automl.files import replacing
from automl.jobs.results import VALIDATION
from automl.tasks import SupervisedTask, TalliedTask, load_task

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset
    from automl.plugin import ModelPlugin
    from automl.tasks import Task

_MOST_BYTES = 64_000_000


def is_averaged(task: Task) -> bool:
    """Whether a task's scores are taken of predictions alone, so that a mean of predictions has some, too."""
    return isinstance(task, SupervisedTask) and not isinstance(task, TalliedTask)


def keep_validation(plugin: ModelPlugin, data: Dataset, folder: Path) -> None:
    """Write ``validation.npy``, unless that is large, or says nothing of how good the model is.

    Nothing that a trial came to depends on it: a disk that is full of it is not worth the trial.
    """
    if not is_averaged(load_task(data.spec.task)):
        return
    answers: list[np.ndarray] = []
    for inputs, _ in data.validation.chunks(data.spec.chunk):
        answers.append(plugin.predict(inputs))
        if sum(one.nbytes for one in answers) > _MOST_BYTES:
            return
    with suppress(OSError):
        write_array(folder / VALIDATION, np.concatenate(answers))


def validation_target(data: Dataset) -> np.ndarray:
    """What ``validation.npy`` is compared with, sample by sample."""
    return data.compared.target()


def write_array(path: Path, values: np.ndarray) -> None:
    """Write an array, or nothing where it cannot be.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    with replacing(path) as file:
        np.save(file, values, allow_pickle=False)


def read_validation(folder: Path, samples: int) -> np.ndarray | None:
    """What ``keep_validation`` wrote, mapped; None where there is nothing, or what is there is no such array.

    Args:
        folder: The trial's.
        samples: How many there are to be predictions for.
    """
    try:
        found = np.load(folder / VALIDATION, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return found if len(found) == samples and found.dtype.kind == "f" else None


def told_of(predictions: np.ndarray) -> np.ndarray:
    """The numbers of the samples that there are predictions for: no fold may have held one out."""
    return np.flatnonzero(np.isfinite(predictions.reshape(len(predictions), -1)).all(axis=1))


def scores_of(data: Dataset, predictions: np.ndarray) -> dict[str, float]:
    """The metrics of predictions for the samples that trials are compared by, as far as there are such."""
    task, rows = load_task(data.spec.task), told_of(predictions)
    assert isinstance(task, SupervisedTask)
    return task.scores(data.spec, validation_target(data)[rows], np.asarray(predictions[rows]))
