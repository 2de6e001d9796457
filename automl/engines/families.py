"""Several engines, one for each model family, behind the contract of one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from automl.engines.base import Diverged, Done, Known, Proposal, SearchEngine, Wait, same_proposal
from automl.inheritance import override
from automl.space.families import apart, together

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from automl.engines.base import Problem
    from automl.records import TrialState

_Made = tuple[str, int]
"""A trial as the engine of its family knows it."""


class FamilySearch(SearchEngine):
    """The search engine of ``model=auto``: each family is searched by an engine of its own, over its own space.

    Which family is next is not an engine's to tell, since it depends on the time that trials take: the study asks
    ``ask_family``. Asked without a name, the families have their turns.

    Args:
        make: Makes the engine of a family and starts it.
        names: The families.
    """

    def __init__(self, make: Callable[[str], SearchEngine], names: Sequence[str]) -> None:
        self._make = make
        self._turns = itertools.cycle(names)
        self._engines: dict[str, SearchEngine] = {}
        self._made: list[_Made] = []

    @property
    def note(self) -> str:  # type: ignore[override]
        """What the first engine has to say that has anything."""
        return next((engine.note for engine in self._engines.values() if engine.note), "")

    @override
    def start(self, problem: Problem) -> None:
        """Nothing: a family's engine starts when it is asked first."""

    @override
    def ask(self) -> Proposal | Wait | Done:
        return self.ask_family(next(self._turns))

    def ask_family(self, name: str) -> Proposal | Wait | Done:
        """The next trial of a family, its parameters those of the joint space."""
        found = self._engine(name).ask()
        if not isinstance(found, Proposal):
            return found
        self._made.append((name, found.number))
        start = None if found.start_from is None else self._made.index((name, found.start_from))
        return replace(found, number=len(self._made) - 1, params=together(name, found.params), start_from=start)

    @override
    def report(self, number: int, step: int, value: float) -> bool:
        name, own = self._made[number]
        return self._engine(name).report(own, step, value)

    @override
    def tell(self, number: int, state: TrialState, values: Sequence[float] = (), violation: float = 0.0) -> None:
        name, own = self._made[number]
        self._engine(name).tell(own, state, values, violation)

    @override
    def learn(self, trial: Known) -> None:
        name, params = apart(trial.params)
        self._engine(name).learn(replace(trial, params=params))

    @override
    def close(self) -> None:
        for engine in self._engines.values():
            engine.close()

    @override
    def _ask_again(self, before: Proposal) -> None:
        """The family that an earlier process chose is asked once more, whatever time would tell now."""
        found = self.ask_family(apart(before.params)[0])
        if not isinstance(found, Proposal) or not same_proposal(found, before):
            raise Diverged(f"Trial {before.number} was proposed otherwise. Received: {found}.")

    def _engine(self, name: str) -> SearchEngine:
        if name not in self._engines:
            self._engines[name] = self._make(name)
        return self._engines[name]
