"""An engine played with: trials asked for, reported and told, each call remembered so that another can repeat them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from automl.engines.base import Done, Known, Proposal, Wait
from automl.records import TrialState

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.engines.base import SearchEngine
    from automl.space import Space

Outcome = tuple[TrialState, float | None]
"""How a trial ends, and the value of a complete one."""


def score(params: dict[str, Any]) -> float:
    """An objective to maximize: 0 where every number is 0.7, less elsewhere, and less where a choice is no text."""
    numbers = [float(value) for value in params.values() if type(value) in (int, float)]
    return -sum(min(abs(number - 0.7), 10.0) for number in numbers) - 0.1 * (len(params) - len(numbers))


@dataclass
class Play:
    """A study without training.

    Every proposal is checked as it comes: of the space, of a new number, and where it goes on from another trial, from
    one that can be gone on with.

    Attributes:
        engine: It has started.
        space: What it searches.
        steps: What every trial takes that is not granted fewer.
        proposals: All, by number, in order.
        states: How those ended that have.
        reached: The last step that each has reported.
        calls: Everything that the engine was called for, in order, in vain or not.
    """

    engine: SearchEngine
    space: Space
    steps: int
    proposals: dict[int, Proposal] = field(default_factory=dict)
    states: dict[int, TrialState] = field(default_factory=dict)
    reached: dict[int, int] = field(default_factory=dict)
    calls: list[Callable[[Play], object]] = field(default_factory=list)

    @property
    def running(self) -> list[int]:
        """The numbers of those that have not ended, in order."""
        return [number for number in self.proposals if number not in self.states]

    @property
    def params(self) -> list[dict[str, Any]]:
        """What was proposed, in order, those left out that only go on."""
        return [dict(one.params) for one in self.proposals.values() if one.start_from is None]

    def ask(self) -> Proposal | Wait | Done:
        """Ask, and check the answer."""
        found = self.engine.ask()
        match found:
            case Proposal():
                self._check(found)
                self.calls.append(lambda other: other.ask())
                self.proposals[found.number] = found
            case Wait():
                assert self.running, "an engine waits for trials that run, and none does"
            case Done(reason):
                assert reason.endswith("."), f"a sentence is wanted. Received: {reason!r}"
        return found

    def report(self, number: int) -> bool:
        """Report a trial's further steps until the last, or until it is to be pruned."""
        one = self.proposals[number]
        before = 0 if one.start_from is None else self.proposals[one.start_from].steps or 0
        for step in range(self.reached.get(number, before) + 1, (one.steps or self.steps) + 1):
            if self.report_step(number, step, score(dict(one.params)) - 1.0 / step):
                return True
        return False

    def report_step(self, number: int, step: int, value: float) -> bool:
        """Report one step; whether the trial is to be pruned."""
        assert math.isfinite(value)
        self.calls.append(lambda other: other.report_step(number, step, value))
        self.reached[number] = step
        return bool(self.engine.report(number, step, value))

    def tell(self, number: int, state: TrialState = TrialState.COMPLETE) -> None:
        """Tell how a trial ended."""
        values = [score(dict(self.proposals[number].params))] if state is TrialState.COMPLETE else []
        self.calls.append(lambda other: other.tell(number, state))
        self.states[number] = state
        self.engine.tell(number, state, values)

    def learn(self, params: dict[str, Any], state: TrialState) -> None:
        """Tell of a trial that the engine did not propose."""
        self.calls.append(lambda other: other.learn(params, state))
        values = (score(params),) if state is TrialState.COMPLETE else ()
        self.engine.learn(Known(params, state, values, {1: score(params) - 1.0}))

    def finish(self, number: int) -> None:
        """Run a trial to its end: reported, and complete unless it is pruned."""
        pruned = self.report(number)
        self.tell(number, TrialState.PRUNED if pruned else TrialState.COMPLETE)

    def run(self, trials: int, at_once: int = 1) -> Done | None:
        """Propose and finish so many trials, some at once; why there are no more, if the engine ended before."""
        end = len(self.proposals) + trials
        while len(self.proposals) < end:
            found = self.ask() if len(self.running) < at_once else Wait()
            if isinstance(found, Done):
                break
            if isinstance(found, Wait):
                self.finish(self.running[0])
        for number in self.running:
            self.finish(number)
        return found if isinstance(found, Done) else None

    def repeat(self, other: Play) -> None:
        """Make the calls that ``other`` got, save those that were answered with ``Wait`` or ``Done``."""
        for call in list(other.calls):
            call(self)

    def _check(self, found: Proposal) -> None:
        assert found.number not in self.proposals, "a number is given once"
        check_params(self.space, dict(found.params))
        assert found.steps is None or 0 < found.steps < self.steps, "all steps are granted by None"
        if found.start_from is not None:
            parent = self.proposals[found.start_from]
            assert self.states.get(parent.number) is TrialState.COMPLETE, "only what is complete is gone on with"
            assert parent.params == found.params, "what is gone on with keeps its parameters"
            assert parent.steps is not None, "who is gone on with was granted some steps of all"
            assert parent.steps < (found.steps or self.steps), "who goes on takes further steps"


def check_params(space: Space, params: dict[str, Any]) -> None:
    """Every active parameter has a value that it admits, of its own type, and no other has one.

    Raises:
        AssertionError: It is not so; the text says of what.
    """
    active = {one.path: one for one in space.active(params)}
    assert set(params) == set(active), "parameters have a value where their conditions hold, and nowhere else"
    for path, value in params.items():
        one = active[path]
        assert one.admits(value), f"{path} does not admit {value!r}"
        assert type(value) is type(one.nearest(value)), f"{path} is not to be of {type(value).__name__}"
