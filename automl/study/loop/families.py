"""The search over several families: whose turn it is, what each tries first, and what a look at it finds."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from automl.engines.base import Done, Wait
from automl.inheritance import override
from automl.runner.base import Failed
from automl.space.families import together
from automl.study.failures import told
from automl.study.journal.events import FamilyChecked
from automl.study.loop.allocation import Allocation
from automl.study.loop.offers import first_offers
from automl.study.loop.plan import TOO_SHORT
from automl.study.loop.preflight import family_job
from automl.study.loop.proposals import Look, Offer, Proposals

if TYPE_CHECKING:
    from automl.engines.base import Proposal
    from automl.engines.families import FamilySearch
    from automl.jobs import Preflight
    from automl.jobs.work import PreflightJob
    from automl.records import StudyRecord
    from automl.runner.base import Event
    from automl.space import FamilySpace
    from automl.study.context import Context
    from automl.study.loop.plan import Plan

_ID = -1000
"""Of the job that looks at the first family; the others count down."""


class FamilyProposals(Proposals):
    """Asks for a trial of the family whose turn it is.

    Args:
        engine: It has started.
        record: The study.
        space: The joint space.
        plan: Tells which families there is time for.
    """

    def __init__(self, engine: FamilySearch, record: StudyRecord, space: FamilySpace, plan: Plan) -> None:
        super().__init__(engine, record)
        self.space = space
        self._search = engine
        self._plan = plan
        self._allocation = Allocation(record)
        self._open = list(space.spaces)
        self._first = {
            name: deque(replace(one, params=together(name, one.params)) for one in first_offers(record, inner, name))
            for name, inner in space.spaces.items()
        }
        self._looking: set[str] = set()

    @override
    def ask(self) -> Offer | Proposal | Wait | Done | Look:
        while not self.fault:
            found = self._asked()
            if found is not None:
                return found
        return Done(self.fault)

    def looked(self, family: str) -> None:
        """A family was looked at; the record tells what was found."""
        self._looking.discard(family)

    def _asked(self) -> Offer | Proposal | Wait | Done | Look | None:
        """What the family whose turn it is proposes; None where it has nothing left, and is closed."""
        looked = self._record.families
        self._open = [name for name in self._open if name not in looked or not looked[name].left_out]
        able = [name for name in self._open if name not in self._looking and self._plan.epochs(name) != 0]
        if not able:
            return Wait() if self._looking else Done(TOO_SHORT if self._open else "No family has anything left to try.")
        name = self._allocation.next(able)
        if name not in looked:
            self._looking.add(name)
            return Look(name)
        if self._first[name]:
            return self._first[name].popleft()
        found = self._guard(lambda: self._search.ask_family(name))
        if isinstance(found, Done):
            self._open.remove(name)
            return None
        return found


class Looks:
    """The jobs that look at families, beside the trials of others.

    Args:
        study: The study.
        proposals: Hear of what was found.
    """

    def __init__(self, study: Context, proposals: FamilyProposals) -> None:
        self._study = study
        self._space = proposals.space
        self._proposals = proposals
        self._running: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._running)

    def start(self, family: str) -> None:
        """Look at a family in a worker."""
        job = self._job(family)
        self._running[job.id] = family
        self._study.runner.submit(job)

    def take(self, event: Event) -> bool:
        """Whether an event is one of these jobs; what was found is put into the record then."""
        family = self._running.pop(event.job.id, None)
        if family is None:
            return False
        if isinstance(event, Failed):
            self._study.kept.trace(event)
            if event.kind != "interrupted":
                self._leave_out(family, told(event) if event.trace else event.message)
        else:
            found: Preflight = event.value
            self._study.journal.append(FamilyChecked(name=family, parameters=found.parameters, pace=found.pace))
        self._proposals.looked(family)
        return True

    def end(self) -> None:
        """End those that run: the search is over."""
        for number in self._running:
            self._study.runner.kill(number, "interrupted", "The search is over.")

    def _leave_out(self, family: str, why: str) -> None:
        self._study.journal.append(FamilyChecked(name=family, left_out=why))
        self._study.note(f"{family} is left out: {why}")

    def _job(self, family: str) -> PreflightJob:
        folder = self._study.kept.job_folder("preflight", family)
        number = _ID - list(self._space.spaces).index(family)
        return family_job(self._study, self._space, family, number, folder)
