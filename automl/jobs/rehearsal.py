"""The rehearsal: the path of a trial and of the final evaluation gone once, on a few samples, before any trial."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from automl.config.objectives import objectives
from automl.errors import AutomlError, ConfigError, PluginError
from automl.failure import named, sentence
from automl.jobs.common import as_settled, load_trained, make_plugin, open_data
from automl.jobs.draw import draw
from automl.jobs.results import Rehearsal, Subject
from automl.jobs.score import score
from automl.jobs.served import pack
from automl.jobs.settling import settle_trained, validated
from automl.objectives import MEASURED, constraints_of
from automl.plugin import Decision, Result, Trial, TrialFailed
from automl.tasks import task_info

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from automl.data import Dataset
    from automl.jobs.base import Job
    from automl.jobs.work import PreflightJob, RehearseJob

_SAMPLES = 64
"""Two batches of the usual size: enough for every layer to see a second one."""
_BATCHES = 4
"""That an epoch has whose time is taken."""
_FOLDER = "rehearsal"


def train_few(job: PreflightJob, dataset: Dataset) -> tuple[Subject | None, float]:
    """Train an epoch and save, below ``job.dir``, for ``rehearse`` to go on in a process of its own.

    Where the study has a time limit, a second epoch shows how long one takes once everything is built.

    Returns:
        What was trained, None where the epoch diverged, which a trial's may not; and the seconds that an epoch of the
        whole data is foretold to take, 0 where there is no limit.

    Raises:
        AutomlError: The objective is not among what trials report, or the plugin refuses the data.
        TrialFailed: A step raises; the message names the step and the author's line.
    """
    folder, found = job.dir / _FOLDER, task_info(dataset.spec.task)
    folder.mkdir(exist_ok=True)
    asked = objectives(job.config["search"], found)
    names = [one.metric for one in asked]
    held = [one.metric for one in constraints_of(job.config)]
    objective, direction, further = names[0], asked[0].direction, tuple(dict.fromkeys([*names[1:], *held]))
    pace = _Pace(job, dataset)
    trial = Trial(job.config, folder, job.config["seed"], objective, direction, answer=pace.answer, further=further)
    plugin = make_plugin(job)
    try:
        with _step("be trained"):
            result = plugin.fit(_few(dataset, pace.samples), trial)
    except TrialFailed as failure:
        if failure.kind == "nan":
            return None, 0.0
        raise
    if not isinstance(result, Result):
        raise PluginError(f"{named(type(plugin).fit)} is to return a Result of automl.plugin. Received: {result!r}.")
    _check_reported(names, "objective", trial.history)
    _check_reported(held, "constraints", trial.history)
    with _step("be saved"):
        plugin.save(folder / "trained")
        few = _few(dataset)
        told = str(job.config["model"]["name"]), few.spec, job.config, objective
        settle_trained(folder / "trained", *told, lambda: validated(plugin, few.validation, few.spec))
    return Subject(f"{_folder(job)}/trained", trial.history, objective, best_step=1), pace.seconds


def rehearse(job: RehearseJob) -> Rehearsal:
    """Load, score, draw and pack what ``train_few`` saved: what fails here would have failed after the search.

    It is a job of its own, since a process that trained a model knows more than one that only loads it.

    Raises:
        AutomlError: The plugin refuses what it loads.
        TrialFailed: A step raises; the message names the step and the author's line.
    """
    folder = job.dir / _FOLDER
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    try:
        return _evaluated(replace(job, folder=_folder(job)), _few(open_data(job)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _evaluated(job: RehearseJob, few: Dataset) -> Rehearsal:
    with _step("be loaded from what it saved"):
        plugin = load_trained(job, job.plugin_folder)
    few, began = as_settled(few, plugin), time.monotonic()
    with _step("be scored"):
        score(plugin, few, job)
    notes = draw(plugin, few, job)
    with _step("be served"):
        notes += pack(plugin, few, job.dir)
    return Rehearsal(notes, time.monotonic() - began)


def _folder(job: Job[Any]) -> str:
    """The rehearsal's own folder in the job's, by its path in the study's."""
    return PurePosixPath(job.folder, _FOLDER).as_posix()


def _few(dataset: Dataset, samples: int = _SAMPLES) -> Dataset:
    parts = {name: getattr(dataset, name).few(samples) for name in ("train", "validation", "test")}
    return replace(dataset, **parts, folds=(), pool=None)


def _check_reported(metrics: Sequence[str], key: str, history: list[dict[str, float]]) -> None:
    """Refuse metrics that trials neither report nor are measured by."""
    for metric in metrics:
        if history and metric not in history[-1] and metric not in MEASURED:
            received = ", ".join(sorted(set(history[-1]) - {"step"}))
            raise ConfigError(f"search.{key}: trials do not report '{metric}'. Received: {received}.")


class _Pace:
    """Ends the training of a few samples after an epoch, or after a second one that is timed: the first builds.

    Args:
        job: Its configuration tells whether time matters, and the size of a batch.
        dataset: What an epoch of a trial goes over.
    """

    def __init__(self, job: PreflightJob, dataset: Dataset) -> None:
        batch = (job.config.get("training") or {}).get("batch_size")
        batch = batch if isinstance(batch, int) else _SAMPLES
        timed = job.config["search"].get("timeout") is not None
        self.samples = max(_SAMPLES, _BATCHES * batch) if timed else _SAMPLES
        self._longer = max(1.0, dataset.train.steps(batch) / max(1, min(self.samples, len(dataset.train)) // batch))
        self._left = 2 if timed else 1
        self._heard = 0.0
        self.seconds = 0.0

    def answer(self, step: int, metrics: Mapping[str, float]) -> Decision:
        """Take a report; the time from the one before is an epoch's."""
        del step, metrics
        now = time.monotonic()
        if self._heard:
            self.seconds = (now - self._heard) * self._longer
        self._heard, self._left = now, self._left - 1
        return Decision.CONTINUE if self._left else Decision.STOP


@contextmanager
def _step(what: str) -> Iterator[None]:
    try:
        yield
    except (AutomlError, TrialFailed, MemoryError):
        raise
    except Exception as error:
        raise TrialFailed("error", f"The model cannot {what}: {sentence(error).rstrip('.')}.") from error
