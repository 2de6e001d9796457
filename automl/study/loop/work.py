"""The jobs of trials: what a worker is handed, and what of it is let go of when it has ended."""

from __future__ import annotations

import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from automl.jobs import TrainJob
from automl.jobs.results import FOLDS
from automl.plugin import CHECKPOINT
from automl.study.loop.repeats import seeded

if TYPE_CHECKING:
    from automl.records import TrialRecord
    from automl.runner.base import Event
    from automl.study.context import Context


class Work:
    """Hands trials to workers.

    Args:
        study: The study.
    """

    def __init__(self, study: Context) -> None:
        self._study = study
        self._record = study.record

    def submit(self, trial: TrialRecord) -> None:
        """Have a worker run it, as far as it has not been run."""
        self._study.runner.submit(self.job(trial))

    def job(self, trial: TrialRecord) -> TrainJob:
        """What is left of a trial: with its next seed, or from its checkpoint where it ran before."""
        folder, config = trial.folder.relative_to(self._record.folder).as_posix(), trial.config
        if trial.runs:
            index = len(trial.runs)
            config = seeded(self._record, config, index)
            folder = self._study.kept.job_folder(*PurePosixPath(folder).parts, f"seed-{index}")
        return TrainJob(
            id=trial.number,
            config=config,
            place=self._study.place,
            folder=folder,
            paths=self._study.paths,
            objective=self._record.objective,
            direction=self._record.direction,
            further=tuple(one.metric for one in self._record.further),
            salvage=trial.cut is not None,
            until=trial.steps if trial.partial else None,
            start_from=self._folder_of(trial.start_from, len(trial.runs)),
            resume=bool(trial.resumed) and (self._record.folder / folder / CHECKPOINT).is_file(),
        )

    def _folder_of(self, number: int | None, index: int) -> str:
        """The folder of a trial's run with the seed of this index; empty where there is no trial."""
        if number is None:
            return ""
        folder = self._record.trial(number).folder.relative_to(self._record.folder)
        return (folder / f"seed-{index}" if index else folder).as_posix()


def forget_repeat(trial: TrialRecord, event: Event) -> None:
    """Let go of the model of a further seed: a trial's is that of its first."""
    if event.job.dir != trial.folder:
        shutil.rmtree(event.job.dir / "plugin", ignore_errors=True)


def forget_checkpoints(trial: TrialRecord) -> None:
    """Let go of a trial's checkpoints, unless it was interrupted and may be gone on with another day."""
    if not trial.is_interrupted:
        for folder in (trial.folder, *trial.folder.glob("seed-*")):
            (folder / CHECKPOINT).unlink(missing_ok=True)
            shutil.rmtree(folder / FOLDS, ignore_errors=True)
