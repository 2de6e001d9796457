"""The search: trials are asked for, submitted, answered, told, until a budget or the user ends it."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

from automl.engines.base import Done, Proposal, Wait
from automl.records import TrialState
from automl.runner.base import Failed, Finished
from automl.space import SEARCHED
from automl.study.context import TICK
from automl.study.failures import nothing_complete, too_many_failures
from automl.study.journal.events import SearchEnded, TrialResumed, TrialRetried, TrialStarted
from automl.study.loop import confirmation, handover
from automl.study.loop.answers import Answers
from automl.study.loop.endings import ending
from automl.study.loop.enough import reached, reaches, stalled
from automl.study.loop.families import FamilyProposals, Looks
from automl.study.loop.limits import Limits
from automl.study.loop.plan import SHARED_EPOCHS, TOO_SHORT, with_epochs, with_share
from automl.study.loop.proposals import Look, Offer
from automl.study.loop.repeats import Repeats
from automl.study.loop.salvage import Salvage, cause
from automl.study.loop.work import Work, forget_checkpoints, forget_repeat

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from automl.plugin import Decision
    from automl.records import TrialRecord
    from automl.runner.base import Event, Reported
    from automl.space import Space
    from automl.study.context import Context
    from automl.study.loop.plan import Plan, Promotion
    from automl.study.loop.proposals import Proposals


class Trials:
    """The trials of a study.

    Args:
        study: The study.
        space: What is searched.
        engine: Proposes.
        plan: How long trials are to be.
        given_up: The engine's numbers of trials that run, and that it has given up.
    """

    def __init__(
        self, study: Context, space: Space, engine: Proposals, plan: Plan, given_up: Collection[int] = frozenset()
    ) -> None:
        self._study = study
        self._record = study.record
        self._space = space
        self._engine = engine
        self._plan = plan
        self._looks = Looks(study, engine) if isinstance(engine, FamilyProposals) else None
        self._given_up = given_up
        self._running: dict[int, TrialRecord] = {}
        self._interrupted = deque(trial for trial in study.record.trials if trial.state is TrialState.RUNNING)
        self._repeats = Repeats(study)
        self._work = Work(study)
        self._answers = Answers(study, engine, self._repeats)
        self._salvage = Salvage(study)
        self._limits = Limits(study, self._salvage)

    def run(self) -> None:
        """Run trials until there is a reason to end.

        Raises:
            AutomlError: No trial completed, or none can report the objective.
            OSError: The study's folder cannot be written.
        """
        self._study.kept.job_folder("trials")
        self._look_for_enough(self._record.trials)
        self._hold_back()
        while self._busy or self._goes_on() or self._wants_more():
            is_full = self._fill()
            for event in self._study.runner.events(TICK if is_full else 0.0):
                if self._looks is None or not self._looks.take(event):
                    self._job_ended(event)
            self._study.tick()
            self._limits.enforce(self._running.values())
            if self._looks and not self._wants_more():
                self._looks.end()
        if self._answers.refused is not None:
            raise self._answers.refused
        if self._record.best is None and not self._study.interrupts.count:
            raise nothing_complete(self._record, self._study.budget.reserve)
        for trial in self._record.trials:  # the engine starts nothing from them any more
            if trial.state is not TrialState.RUNNING and not self._study.interrupts.count:
                forget_checkpoints(trial)
        self._study.journal.append(SearchEnded(message=self._engine.note))

    def on_report(self, report: Reported) -> Decision:
        """Take the metrics of a step and decide whether its trial goes on."""
        return self._answers.answer(report)

    @property
    def _busy(self) -> int:
        """Slots that are taken."""
        return len(self._running) + len(self._looks or ())

    def _goes_on(self) -> bool:
        """Whether a trial is to go on that ran when the study was interrupted."""
        return bool(self._interrupted) and not self._study.interrupts.count and self._study.budget.left() > 0.0

    def _wants_more(self) -> bool:
        if self._study.interrupts.count or self._record.closed or len(self._record.trials) >= self._record.max_trials:
            return False
        return self._study.budget.left() > 0.0

    def _fill(self) -> bool:
        """Start a trial in every free slot, those that were interrupted first; whether there is no more to start now.

        Hundreds of slots take a while, in which workers wait for answers: they have their turn in between.
        """
        until = time.monotonic() + TICK
        while (self._goes_on() or self._wants_more()) and self._busy < self._study.runner.capacity:
            if time.monotonic() > until:
                return False
            if self._goes_on():
                self._go_on(self._interrupted.popleft())
            elif not self._start_another():
                return True
        return True

    def _start_another(self) -> bool:
        """Start what is to go on, or what the engine proposes, if it does not wait for a trial that runs."""
        if (promotion := self._plan.promotion()) is not None:
            self._promote(promotion)
            return True
        match self._ask():
            case Done(reason) if reason == TOO_SHORT and self._running:
                return False  # one that ends may yet go on
            case Done(reason):
                self._study.close_search(reason, finish=not self._engine.fault)
            case Wait() if self._busy:
                return False
            case Wait():
                self._study.close_search("The search engine waits, although no trial runs.")
            case Look(family):
                assert self._looks is not None
                self._looks.start(family)
            case found:
                self._start(found)
        return True

    def _ask(self) -> Offer | Proposal | Wait | Done | Look:
        if self._looks is None and self._plan.epochs(self._family) == 0:
            return Done(TOO_SHORT)
        return self._engine.ask()

    @property
    def _family(self) -> str:
        """The model of a study that has no choice of families."""
        return str(self._record.config["model"]["name"])

    def _go_on(self, trial: TrialRecord) -> None:
        """Submit a trial once more that was interrupted, unless the engine gives it up."""
        self._study.journal.append(TrialResumed(number=trial.number))
        self._study.audience.trial_started(self._record, trial)
        if trial.asked in self._given_up or self._repeats.is_done(trial):
            self._end(trial, Finished(self._work.job(trial), None, pruned=True))
            return
        self._running[trial.number] = trial
        self._work.submit(trial)

    def _start(self, found: Offer | Proposal) -> None:
        sections = self._space.configure(found.params)
        about: dict[str, Any] = {"origin": found.origin} if isinstance(found, Offer) else self._asked(found)
        family = str(self._record.concrete(sections)["model"]["name"])
        epochs = None if about.get("partial") else self._plan.epochs(family)
        share = self._plan.share(family) if epochs else 1.0
        if share < 1.0:
            sections, epochs = with_share(sections, share), SHARED_EPOCHS
            self._study.note(f"{family}: there is no time for an epoch over all samples; training.share={share:g}")
        if epochs:
            sections = with_epochs(sections, epochs)
            whole = self._plan.is_whole(family)
            about |= {} if whole else {"partial": True, "planned": True}
        steps = (self._record.concrete(sections).get("training") or {}).get("epochs")
        steps = steps if self._record.folds == 1 else self._record.folds
        self._begin(params=found.params, sections=sections, **{"steps": steps, **about})

    def _promote(self, promotion: Promotion) -> None:
        """Let a trial go on from where it ended, with more epochs."""
        before = promotion.trial
        sections = {name: before.config[name] for name in SEARCHED if name in before.config}
        self._begin(
            params=before.params,
            sections=with_epochs(sections, promotion.epochs),
            steps=promotion.epochs,
            origin="promoted",
            start_from=before.number,
        )

    def _begin(self, **about: Any) -> None:
        number = len(self._record.trials)
        folder = self._study.kept.job_folder("trials", f"{number:04d}")
        self._study.journal.append(TrialStarted(number=number, folder=folder, **about))
        trial = self._running[number] = self._record.trial(number)
        self._study.audience.trial_started(self._record, trial)
        self._work.submit(trial)

    def _asked(self, found: Proposal) -> dict[str, Any]:
        """What the journal is told of a trial that the engine proposed."""
        about: dict[str, Any] = {"asked": found.number}
        if found.steps is not None:
            about |= {"steps": found.steps, "partial": True}
        if found.start_from is not None:
            about["start_from"] = next(one.number for one in self._record.trials if one.asked == found.start_from)
        return about

    def _job_ended(self, event: Event) -> None:
        trial = self._running[event.job.id]
        if isinstance(event, Failed) and self._runs_again(trial, event):
            self._work.submit(trial)
            return
        if self._repeats.goes_on(trial, event):
            forget_repeat(trial, event)
            _forget_unless_partial(trial)
            self._work.submit(trial)
            return
        forget_repeat(trial, event)
        del self._running[trial.number]
        self._end(trial, cause(trial, event))

    def _end(self, trial: TrialRecord, event: Event) -> None:
        if isinstance(event, Failed):
            self._study.kept.trace(event)
        elif not event.pruned and not _is_broken(event) and self._record.objective not in event.value.metrics:
            self._answers.refuse(event.value.metrics)
        several = bool(trial.runs) and not _is_broken(event)
        ended = self._repeats.ending(trial, event) if several else ending(trial, event, self._record)
        self._study.journal.append(ended)
        _forget_unless_partial(trial)  # until now it would have been gone on from
        self._engine.tell(trial)
        self._forget_hopeless()
        self._study.selection.trial_ended(trial, self._study.runner.repeat())
        self._study.kept.changed()
        self._study.audience.trial_ended(self._record, trial)
        self._study.close_search(too_many_failures(self._record) or self._engine.fault)
        self._look_for_enough([trial])

    def _forget_hopeless(self) -> None:
        """Let go of the checkpoints of trials that were to go on if they led, and do not."""
        kept = self._plan.kept()
        for trial in self._record.trials:
            if trial.planned and trial.state is not TrialState.RUNNING and trial.number not in kept:
                forget_checkpoints(trial)

    def _look_for_enough(self, ended: Iterable[TrialRecord]) -> None:
        """Close the search where one of the trials that ended reached the target, or all of late brought nothing."""
        for trial in ended:
            if trial.value is not None and reaches(self._record, trial.value):
                self._study.close_search(reached(self._record, trial.number))
        self._study.close_search(stalled(self._record), finish=True)
        self._hold_back()

    def _hold_back(self) -> None:
        """Keep back what follows on the search, as the trials so far foretell it."""
        confirming = confirmation.seconds(self._record, self._study.runner.capacity)
        self._study.held_back = confirming + handover.seconds(self._record)

    def _runs_again(self, trial: TrialRecord, event: Failed) -> bool:
        """Whether the trial goes on in another job: to save what it has, or with smaller batches."""
        if self._salvage.is_worth(trial, event):
            self._salvage.begin(trial, event)
            return True
        return self._retry(trial, event)

    def _retry(self, trial: TrialRecord, event: Failed) -> bool:
        """Run a trial that ran out of memory once more, at half the batch."""
        training = trial.config.get("training") or {}
        batch = training.get("batch_size")
        if event.kind != "oom" or trial.retried or trial.runs or not isinstance(batch, int) or batch < 2:
            return False
        sections = {"training": {**training, "batch_size": batch // 2}}
        message = f"Ran out of memory at batch size {batch}; run again at {batch // 2}."
        self._study.journal.append(TrialRetried(number=trial.number, sections=sections, message=message))
        return True


def _forget_unless_partial(trial: TrialRecord) -> None:
    if not trial.partial:
        forget_checkpoints(trial)


def _is_broken(event: Event) -> bool:
    """Whether a trial broke a constraint."""
    return not isinstance(event, Failed) and not event.pruned and event.value.breach is not None
