"""A trial that is cross-validated: a model for each fold, one after the other, and the bag of them."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from automl.alive import beat
from automl.ensembles.ensemble import member_folder, write_members
from automl.jobs.common import make_plugin
from automl.jobs.fitting import fitted
from automl.jobs.fold_trial import FoldTrial
from automl.jobs.held_out import HeldOut, mean_of, save_scores
from automl.jobs.results import FOLDS, VALIDATION, Underway
from automl.jobs.score import remembering
from automl.plugin import Decision, Result, TrialFailed
from automl.records import standard_error
from automl.tasks import load_task

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset
    from automl.jobs.work import TrainJob
    from automl.plugin import ModelPlugin, Trial

_STRIDE = 7919
"""Between the seeds of two folds: models that begin differently differ more, and their mean gains."""
_SECONDS = 0.25
"""Between two questions to the driver whether to go on."""


def cross_validate(job: TrainJob, trial: Trial, data: Dataset, target: Path) -> Result:
    """Train a model on each fold, as far as the driver lets the trial go, and save the bag of them.

    The steps of the trial are its folds: after each the means over those so far are reported, and kept in a checkpoint
    with its model. One that is cut counts with the folds that are done; the first, with its best epoch so far.

    Args:
        job: What to train.
        trial: As the driver sees it.
        data: In folds.
        target: The folder of the bag.

    Raises:
        Pruned: The driver gave the trial up.
        TrialFailed: A fold cannot go on, or there is nothing to salvage.
    """
    return _Folded(job, trial, data).run(target)


class _Folded:
    """One trial's folds, and where it stands among them."""

    def __init__(self, job: TrainJob, trial: Trial, data: Dataset) -> None:
        self._job = job
        self._trial = trial
        self._data = data
        self._bag = job.dir / FOLDS
        self._done: list[dict[str, Any]] = []
        self._held_out = HeldOut(len(data.compared))
        self._underway: Mapping[str, Any] | None = None
        self._before: ModelPlugin | None = None
        self._is_cut, self._asked = False, 0.0

    def run(self, target: Path) -> Result:
        """Train to the end, or until stopped."""
        self._restore()
        is_salvaged = self._trial.should_stop
        while len(self._done) < len(self._data.folds) and not (self._trial.should_stop and self._done):
            self._train(is_salvaged=is_salvaged)
        self._save(target)
        steps = len(self._done)
        return Result(self._means(), steps, steps, sum(one["parameters"] for one in self._done))

    def _train(self, *, is_salvaged: bool) -> None:
        """One fold, from training to the checkpoint."""
        began, number = time.monotonic(), len(self._done)
        fold = self._data.folds[number]
        cache = self._data.cache / f"fold-{number}" if self._data.cache else None
        parts = replace(self._data, train=fold.train, validation=fold.validation, folds=(), pool=None, cache=cache)
        plugin, result = fitted(self._make, self._inner(number), parts)
        self._underway = None
        if self._is_cut and self._done:
            self._trial.should_stop = True  # what is half trained would only spoil the mean
            return
        self._take(plugin, result, parts)
        metrics = {**self._means(), "seconds": time.monotonic() - began}
        if is_salvaged:
            self._trial.history.append({"step": number + 1.0, **metrics})
        else:
            self._trial.report(number + 1, **metrics)
        self._trial.should_stop |= self._is_cut
        self._trial.checkpoint(self._state, now=True)

    def _make(self) -> ModelPlugin:
        plugin = make_plugin(self._job)
        if self._before is not None:
            plugin.follow(self._before)
        return plugin

    def _inner(self, number: int) -> FoldTrial:
        """The fold as its plugin sees it."""
        whole = self._trial
        return FoldTrial(
            config=whole.config,
            dir=whole.dir,
            seed=(whole.seed + number * _STRIDE) % 2**32,
            objective=whole.objective,
            direction=whole.direction,
            number=whole.number,
            answer=self._answer,
            should_stop=whole.should_stop,
            marks=whole.marks,
            notes=whole.notes,
            further=whole.further,
            underway=self._underway,
            keep=lambda state: whole.checkpoint(lambda: {**self._state(), "underway": state()}),
        )

    def _answer(self, epoch: int, metrics: Mapping[str, float]) -> Decision:
        """Whether a fold takes another epoch; the driver is asked from time to time."""
        del epoch
        beat()
        took = time.monotonic() - self._asked
        if took < _SECONDS:
            return Decision.CONTINUE
        decision = self._trial.answer(len(self._done), Underway(max(_SECONDS, metrics.get("seconds", 0.0))))  # type: ignore[arg-type]
        self._asked = time.monotonic()
        self._is_cut |= decision is Decision.STOP
        return decision

    def _take(self, plugin: ModelPlugin, result: Result, data: Dataset) -> None:
        """Keep a fold's model, and what it says of the samples that it has not seen."""
        number, task = len(self._done), load_task(data.spec.task)
        folder = member_folder(self._bag, number)
        shutil.rmtree(folder, ignore_errors=True)
        plugin.save(folder)
        with remembering(plugin) as answers:
            scores = task.score(plugin, data, data.validation)
        self._held_out.take(self._data.folds[number].rows, answers)
        self._done.append(
            {
                "metrics": dict(result.metrics),
                "scores": {**plugin.evaluate(data.validation), **scores},
                "best_epoch": result.best_step,
                "epochs": result.steps,
                "parameters": result.parameters,
            }
        )
        self._before = plugin

    def _means(self) -> dict[str, float]:
        """The means over folds, and the standard error of the objective's."""
        rows = [one["metrics"] for one in self._done]
        means, objective = mean_of(rows), self._trial.objective
        if objective in means and len(rows) > 1:
            means[f"{objective}_stderr"] = standard_error([row[objective] for row in rows])
        return means

    def _state(self) -> dict[str, Any]:
        return {"done": self._done, "held_out": self._held_out.get_state(), "underway": None}

    def _restore(self) -> None:
        """Go on where an earlier process was, if there was one."""
        state = self._trial.restore()
        if state is not None and not all(
            member_folder(self._bag, number).is_dir() for number in range(len(state["done"]))
        ):
            lost = "The models of its folds are not there any more."
            if self._trial.should_stop:
                raise TrialFailed("error", lost)
            self._trial.begin_anew(lost)
            state = None
        if state is None:
            shutil.rmtree(self._bag, ignore_errors=True)
            return
        self._done, self._underway = [*state["done"]], state["underway"]
        self._held_out.set_state(state["held_out"])

    def _save(self, target: Path) -> None:
        """The bag, and the predictions of all samples held out."""
        shutil.rmtree(target, ignore_errors=True)
        if len(self._done) == len(self._data.folds) and self._trial.until is None:
            self._bag.replace(target)
        else:  # it may be gone on with
            for number in range(len(self._done)):
                shutil.copytree(member_folder(self._bag, number), member_folder(target, number))
        write_members(target, [(self._job.config["model"]["name"], 1.0)] * len(self._done))
        save_scores(target, self._done)
        self._held_out.save(self._job.dir / VALIDATION)
