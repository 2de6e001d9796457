"""The contract of a search engine: ask, report, tell.

An engine lives in the driver, in one thread, and needs to keep nothing: asked, reported to and told the same things in
the same order, it proposes the same, which is how a study that was killed is gone on with.

Example:
    Random search, of the group ``automl.search_engines``:

    >>> @dataclass
    ... class Uniform(SearchEngine):
    ...     def start(self, problem):
    ...         self._space, self._rng = problem.space, random.Random(problem.seed)
    ...         self._numbers = itertools.count()
    ...
    ...     def ask(self):
    ...         return Proposal(next(self._numbers), self._space.sample(self._rng))
    ...
    ...     def report(self, number, step, value):
    ...         return False
    ...
    ...     def tell(self, number, state, values=()):
    ...         pass
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from automl.runner.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from automl.records import TrialState
    from automl.space import Space
    from automl.tasks import Direction

Params = Mapping[str, Any]
"""A value for every active parameter, by path."""


@dataclass(frozen=True)
class Problem:
    """What is to be searched.

    Attributes:
        space: The parameters.
        directions: Of the objectives, ``"maximize"`` or ``"minimize"``, the leading one first.
        seed: Fixes what is sampled.
        name: The study's.
        folder: The study's own.
        steps: The most steps that a trial can take, where known.
        folds: Whether steps are folds, each a whole training: already the first tells what a trial is worth.
    """

    space: Space
    directions: tuple[Direction, ...]
    seed: int
    name: str
    folder: Path
    steps: int | None = None
    folds: bool = False


@dataclass(frozen=True)
class Proposal:
    """A trial to run.

    Attributes:
        number: The engine's own for it, by which it is reported to and told; unique in the study.
        params: A value for every active parameter, by path.
        steps: The step that it ends with, counted from 1, where it is not to take all that are configured.
        start_from: The engine's number of an ended trial whose last step it goes on from; that trial has the same
            ``params``, and was proposed with ``steps``.
    """

    number: int
    params: Params
    steps: int | None = None
    start_from: int | None = None


@dataclass(frozen=True)
class Wait:
    """Nothing can be proposed before a running trial has ended."""


@dataclass(frozen=True)
class Done:
    """Nothing is left to propose.

    Attributes:
        reason: In a sentence.
    """

    reason: str = "The search engine has nothing left to propose."


@dataclass(frozen=True)
class Known:
    """A trial that the engine did not propose, and may learn from.

    Attributes:
        params: A value for every active parameter, by path.
        state: How it ended.
        values: The objectives of a complete one; else empty.
        reports: The leading objective by step.
        violation: As the argument of ``SearchEngine.tell``.
    """

    params: Params
    state: TrialState
    values: tuple[float, ...] = ()
    reports: Mapping[int, float] = field(default_factory=dict)
    violation: float = 0.0


@dataclass(frozen=True)
class Asked:
    """An earlier process of the study asked, and got this."""

    proposal: Proposal


@dataclass(frozen=True)
class Reported:
    """It reported a step; as the arguments of ``SearchEngine.report``."""

    number: int
    step: int
    value: float


@dataclass(frozen=True)
class Told:
    """It told a trial's end; as the arguments of ``SearchEngine.tell``."""

    number: int
    state: TrialState
    values: tuple[float, ...] = ()
    violation: float = 0.0


@dataclass(frozen=True)
class Learned:
    """It told of a trial that the engine had not proposed; as the argument of ``SearchEngine.learn``."""

    trial: Known


Call = Asked | Reported | Told | Learned


class Diverged(Exception):  # noqa: N818 - the study goes on with an engine that begins anew
    """An engine cannot be brought to where an earlier process left it."""


class SearchEngine(ABC):
    """Proposes trials and learns from them; registered as an entry point of the group ``automl.search_engines``.

    A search engine is a dataclass whose fields are the keys of its configuration, less those that every study has
    (``automl.config.study.Search``).

    Attributes:
        note: In a sentence, what became of its storage where it goes on without it; else empty.
    """

    note = ""

    @abstractmethod
    def start(self, problem: Problem) -> None:
        """Get ready to search.

        Raises:
            ConfigError: It cannot search this space, or not for so many objectives.
            PluginError: It needs a package that is not installed.
            StorageError: Its storage cannot be written.
        """

    @abstractmethod
    def ask(self) -> Proposal | Wait | Done:
        """The next trial, if there is one now; asked again after ``Wait``, and no more after ``Done``."""

    @abstractmethod
    def report(self, number: int, step: int, value: float) -> bool:
        """Take the leading objective of a step; whether the trial is to be pruned."""

    @abstractmethod
    def tell(self, number: int, state: TrialState, values: Sequence[float] = (), violation: float = 0.0) -> None:
        """Take a trial's end.

        Args:
            number: Of the trial.
            state: How it ended.
            values: The objectives of a complete one; else empty.
            violation: How far one that was pruned is beyond the study's constraints, as shares of their bounds, summed
                up; else 0.
        """

    def learn(self, trial: Known) -> None:  # noqa: B027 - many have no use for it
        """Take a trial that it did not propose; nothing by default."""

    def restore(self, calls: Iterable[Call]) -> set[int]:
        """Be where an earlier process of the study, which was killed, had left this engine.

        By default what that process called is called again, which has to come out the same. An engine whose storage
        outlives the process may take it from there instead.

        Args:
            calls: What was called, in order, after ``start``. Trials that are asked for and not told run again.

        Returns:
            Numbers of trials that run, and whose latest report was answered by pruning.

        Raises:
            Diverged: It proposes otherwise; it is closed, and another is told of the trials by ``learn``.
        """
        given_up: set[int] = set()
        for call in calls:
            match call:
                case Asked(before):
                    self._ask_again(before)
                case Reported(number, step, value):
                    prunes = self.report(number, step, value)
                    (given_up.add if prunes else given_up.discard)(number)
                case Told(number, state, values, violation):
                    self.tell(number, state, values, violation)
                    given_up.discard(number)
                case Learned(trial):
                    self.learn(trial)
        return given_up

    def _ask_again(self, before: Proposal) -> None:
        found = self.ask()
        if not isinstance(found, Proposal) or _text(found) != _text(before):
            raise Diverged(f"Trial {before.number} was proposed otherwise. Received: {found}.")

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Give back what it holds; called once, also after a fault."""


def _text(proposal: Proposal) -> str:
    """All of a proposal, of values as a journal holds them."""
    told = [proposal.number, dict(proposal.params), proposal.steps, proposal.start_from]
    return json.dumps(plain(told), sort_keys=True)
