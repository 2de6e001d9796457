"""Random search."""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from automl.engines.base import Done, Problem, Proposal, SearchEngine
from automl.plugin import AtLeast
from automl.records import TrialState


@dataclass
class Uniform(SearchEngine):
    """Every configuration is as likely as any other (Bergstra and Bengio 2012).

    Attributes:
        most: Trials after which it ends on its own.
    """

    most: Annotated[int, AtLeast(1)] | None = None

    def start(self, problem: Problem) -> None:
        """Get ready."""
        self._space, self._rng, self._numbers = problem.space, random.Random(problem.seed), itertools.count()

    def ask(self) -> Proposal | Done:
        """The next trial."""
        number = next(self._numbers)
        return Done("Enough.") if number == self.most else Proposal(number, self._space.sample(self._rng))

    def report(self, number: int, step: int, value: float) -> bool:
        """Nothing is pruned."""
        return False

    def tell(self, number: int, state: TrialState, values: Sequence[float] = (), violation: float = 0.0) -> None:
        """Nothing is learned."""
