"""What is handed back: an ensemble of the study's models, its best configuration fitted again, or its best model."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from automl.files import size
from automl.handover import Form, Member
from automl.interrupts import Interrupted
from automl.jobs import Candidate, Chosen, EnsembleJob, RefitJob
from automl.objectives import ensemble_limits
from automl.plugin import Decision
from automl.runner.base import Failed
from automl.study.failures import told
from automl.study.journal.events import EnsembleSelected, HandoverBegun, Refitted
from automl.study.loop import refitting

if TYPE_CHECKING:
    from automl.jobs import Job
    from automl.records import StudyRecord, TrialRecord
    from automl.runner.base import Reported
    from automl.study.context import Context
    from automl.tasks import Direction

_ENSEMBLE_ID, _REFIT_ID = -3, -4
_ENSEMBLE, _REFIT = "ensemble", "refit"
"""Folders, in the study's."""

_START_SECONDS, _SECONDS_A_MODEL = 3.0, 0.5
"""What an ensemble takes beyond reading the data: a worker that starts, and of each member what it takes to be loaded,
asked and exported, here and in the final evaluation. Networks of a few thousand weights took half of that."""
_MOST_SHARE = 0.2
"""Of ``search.timeout``, that is kept back for an ensemble: more trials are worth more than an ensemble of few."""


def seconds(record: StudyRecord) -> float:
    """What deciding will take; kept back from the search."""
    kept = 0.0
    if _is_asked(record):
        kept += _START_SECONDS + _SECONDS_A_MODEL * int(record.config["ensemble"].get("max_models", 1))
    limit = record.config["search"].get("timeout")
    kept += refitting.reserve(record, limit)
    return kept if limit is None else min(kept, _MOST_SHARE * limit)


class Handover:
    """Decides what is handed back, each of its steps a job in a worker.

    Whatever fails in it costs itself alone: the best single model is there, and is handed back then.

    Args:
        study: The study; its search has ended, and its best trial is known.
    """

    def __init__(self, study: Context) -> None:
        self._study = study
        self._record = study.record

    def run(self) -> None:
        """Take the steps that are still to be taken; an interrupt ends them, and nothing is decided then."""
        self._study.held_back = 0.0
        if self._study.interrupts.count or self._record.best is None:
            return
        candidates = self._study.selection.candidates() if _is_asked(self._record) else []
        self._forget_what_was_of_others(self._record.best, candidates)
        try:
            if len(candidates) > 1 and self._record.ensemble is None:
                self._ensemble(self._record.best, candidates)
            if self._wants_refit():
                self._refit(self._record.best)
        except Interrupted:
            self._study.note("interrupted; the best single model is handed back")
        self._study.selection.handed_over(self._study.runner.repeat())

    def on_report(self, report: Reported) -> Decision:
        """Let the job go on: its steps are nobody else's, and cut short it is worth nothing."""
        del report
        return Decision.CONTINUE

    def give_up(self, reason: str) -> None:
        """Hand back the best single model after all.

        Args:
            reason: In a few words, why.
        """
        for before, kind in ((self._record.ensemble, EnsembleSelected), (self._record.refit, Refitted)):
            if before is not None and before.taken:
                told = {name: value for name, value in vars(before).items() if name != "folder"}
                self._study.journal.append(kind(**{**told, "taken": False, "reason": reason}))
                shutil.rmtree(before.folder, ignore_errors=True)
        self._study.selection.handed_over(self._study.runner.repeat())

    def _forget_what_was_of_others(self, best: TrialRecord, candidates: list[TrialRecord]) -> None:
        """An earlier process decided among fewer trials."""
        ensemble, refit = self._record.ensemble, self._record.refit
        others = ensemble is not None and ensemble.candidates != tuple(one.number for one in candidates)
        if others or (refit is not None and refit.trial != best.number):
            self._study.journal.append(HandoverBegun())

    def _ensemble(self, best: TrialRecord, candidates: list[TrialRecord]) -> None:
        if self._study.budget.left() <= 0.0:
            self._study.note("no ensemble was looked for: search.timeout leaves no time for it")
            return
        self._study.note(f"looking for an ensemble among the models of {len(candidates)} trials")
        found = self._result(self._ensemble_job(best, candidates), "an ensemble")
        if not found.reason and found.seconds > self._study.budget.left():
            found = Chosen("search.timeout leaves no time to test it", **_scores(found), members=found.members)
        models = {one.number: str(one.config["model"]["name"]) for one in candidates}
        event = EnsembleSelected(
            members=tuple(Member(number, models[number], share) for number, share in found.members),
            candidates=tuple(models),
            **self._decided(best, found, _ENSEMBLE),
        )
        self._study.journal.append(event)
        self._clear(_ENSEMBLE, found)

    def _wants_refit(self) -> bool:
        handed = self._record.handed
        if self._record.refit is not None or handed is None or handed.form is not Form.TRIAL:
            return False
        reason = refitting.against(self._record, self._study.budget.left(), self._study.paths)
        if reason and self._record.config.get("refit") is True:
            self._study.note(f"the best configuration was not fitted again: {reason}")
        return reason == ""

    def _refit(self, best: TrialRecord) -> None:
        metric, direction = self._metric()
        epochs = best.best_step
        self._study.note(f"fitting trial {best.number} again on train and validation part, {epochs} epochs")
        job = RefitJob(
            id=_REFIT_ID,
            config=refitting.configured(best),
            place=self._study.place,
            folder=self._fresh(_REFIT),
            paths=self._study.paths,
            trial=best.folder.relative_to(self._record.folder).as_posix(),
            epochs=epochs,
            objective=self._record.objective,
            metric=metric,
            direction=direction,
        )
        found = self._result(job, "a model that was fitted again")
        self._study.journal.append(Refitted(epochs=epochs, **self._decided(best, found, _REFIT)))
        self._clear(_REFIT, found)

    def _ensemble_job(self, best: TrialRecord, candidates: list[TrialRecord]) -> EnsembleJob:
        record, limits = self._record, ensemble_limits(self._record.config)
        metric, direction = self._metric()
        room = self._room()
        taken = [
            Candidate(
                number=one.number,
                model=str(one.config["model"]["name"]),
                folder=one.folder.relative_to(record.folder).as_posix(),
                data=one.config["data"],
                costs=(*(one.metrics.get(name, float("inf")) for name in limits), float(size(one.folder / "plugin"))),
            )
            for one in candidates
        ]
        return EnsembleJob(
            id=_ENSEMBLE_ID,
            config=best.config,
            place=self._study.place,
            folder=self._fresh(_ENSEMBLE),
            candidates=taken,
            metric=metric,
            direction=direction,
            models=int(record.config["ensemble"].get("max_models", 1)),
            most=(*limits.values(), room),
        )

    def _metric(self) -> tuple[str, Direction]:
        """What models are compared by: the objective's metric where the task has it, else the task's own."""
        record, asked = self._record, self._record.objective.removeprefix("val_")
        if asked in record.task.metrics and record.objective.startswith("val_"):
            return asked, record.direction
        return record.task.metric, record.task.direction

    def _room(self) -> float:
        """Bytes that an ensemble may take: it is copied once more by the final evaluation."""
        limit = self._record.config["search"].get("disk_gb")
        return float("inf") if limit is None else max(0.0, limit * 1e9 - size(self._record.folder)) / 2.0

    def _fresh(self, name: str) -> str:
        """A folder for a job, without what a process left there that was killed."""
        shutil.rmtree(self._record.folder / name, ignore_errors=True)
        return self._study.kept.job_folder(name)

    def _result(self, job: Job[Chosen], what: str) -> Chosen:
        """What comes of a job; where it fails, that nothing is taken."""
        event = self._study.run(job, within=True)
        if not isinstance(event, Failed):
            return event.value
        self._study.kept.trace(event)
        return Chosen(f"{what} could not be made. {told(event)}".rstrip("."))

    def _decided(self, best: TrialRecord, found: Chosen, folder: str) -> dict[str, Any]:
        taken = not found.reason
        about = {"trial": best.number, "metric": self._metric()[0], "taken": taken, "reason": found.reason}
        return {**about, **_scores(found), "folder": folder}

    def _clear(self, name: str, found: Chosen) -> None:
        """Let go of what is not taken; a log that tells why stays."""
        if found.reason:
            shutil.rmtree(self._record.folder / name / "plugin", ignore_errors=True)


def _scores(found: Chosen) -> dict[str, Any]:
    return {
        "single": found.single,
        "value": found.value,
        "gain": found.gain,
        "error": found.error,
        "finer": found.finer,
    }


def _is_asked(record: StudyRecord) -> bool:
    return bool((record.config.get("ensemble") or {}).get("name", "none") != "none")
