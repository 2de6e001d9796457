"""Keras Tuner as the search engine: its oracles, without its tuners.

Its oracles import TensorFlow, and this module does so only once a search starts.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from automl.bounds import Above, Between
from automl.engines.base import Done, Proposal, SearchEngine, Wait
from automl.errors import ConfigError
from automl.inheritance import override
from automl.records import TrialState
from automl.streams import silenced

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from keras_tuner.engine.trial import Trial

    from automl.engines.base import Known, Problem
    from automl.engines.oracles import Driven

T = TypeVar("T")
_SIGNS: dict[str, Literal["max", "min"]] = {"maximize": "max", "minimize": "min"}


@dataclass
class KerasTunerSearch(SearchEngine):
    """The oracles of Keras Tuner (O'Malley et al. 2019).

    Attributes:
        oracle: ``random`` (Bergstra and Bengio 2012), ``bayesian``, a Gaussian process (Snoek et al. 2012),
            ``hyperband`` (Li et al. 2018) or ``grid``, of ten points for a range without steps.
        num_initial_points: Of ``bayesian``: trials sampled at random before it learns; by default three for each
            parameter.
        alpha: Of ``bayesian``: the noise that it expects, as a variance.
        beta: Of ``bayesian``: how much it explores.
        factor: Of ``hyperband``: one of so many trials is promoted, to so many times the epochs.
        hyperband_iterations: Of ``hyperband``: how often it runs all of its brackets; by default until the budget is
            spent.
    """

    oracle: Literal["random", "bayesian", "hyperband", "grid"] = "bayesian"
    num_initial_points: Annotated[int, Between(1, 1_000_000)] | None = None
    alpha: Annotated[float, Above(0)] = 1e-4
    beta: Annotated[float, Between(0, 1_000_000)] = 2.6
    factor: Annotated[int, Between(2, 1_000)] = 3
    hyperband_iterations: Annotated[int, Between(1, 1_000_000)] | None = None

    @override
    def start(self, problem: Problem) -> None:
        if len(problem.directions) > 1:
            raise ConfigError(
                "search=keras_tuner searches for one objective; choose one, or search=optuna."
                f" Received: {len(problem.directions)} objectives."
            )
        if self.oracle == "hyperband" and problem.steps is None:
            raise ConfigError(
                "search.oracle=hyperband needs training.epochs, by which it grants trials their length, and this model"
                " has none; choose random, bayesian or grid. Received: hyperband."
            )
        with silenced():
            from automl.engines.hyperparameters import Coding

        self._steps = problem.steps
        self._coding = Coding(problem.space)
        self._running: dict[int, _Running] = {}
        self._fault = ""
        self._is_asked = False
        self._oracle = self._make_oracle(problem)

    @override
    def ask(self) -> Proposal | Wait | Done:
        if not len(self._coding):
            return self._only()
        while True:
            trial = self._call(lambda: self._oracle.create_trial(self._oracle.next_id()))
            match trial.status:
                case "STOPPED":
                    return Done(self._oracle.ended)
                case "IDLE":
                    return Wait()
            if not self._oracle.is_spent(trial):
                return self._proposal(trial)
            self._end(trial, TrialState.FAILED, None)

    @override
    def report(self, number: int, step: int, value: float) -> bool:
        """Take an objective; no oracle prunes, or looks at more than the value that a trial ends with."""
        del step
        self._running[number].last = value
        return False

    @override
    def tell(self, number: int, state: TrialState, values: Sequence[float] = (), violation: float = 0.0) -> None:
        del violation  # oracles have no word for it
        running = self._running.pop(number)
        if running.trial is not None:
            self._end(running.trial, state, _score(state, values, running.last))

    @override
    def learn(self, trial: Known) -> None:
        values = self._coding.encode(trial.params)
        if values:
            last = trial.reports[max(trial.reports)] if trial.reports else None
            score = _score(trial.state, trial.values, last)
            self._call(lambda: self._oracle.learn(values, trial.state, score))

    @override
    def close(self) -> None:
        self._oracle.unlock()

    def _make_oracle(self, problem: Problem) -> Driven:
        from automl.engines import oracles

        # Keras Tuner counts up from a seed, by one for each value: seeds side by side would sample the same.
        seed = random.Random(problem.seed).randrange(1, 2**31)  # noqa: S311
        common = (self._coding.hyperparameters, _SIGNS[problem.directions[0]], seed)
        match self.oracle:
            case "random":
                return oracles.Random(*common, max_trials=None)
            case "bayesian":
                return oracles.Bayesian(
                    *common,
                    max_trials=None,
                    num_initial_points=self.num_initial_points,
                    alpha=self.alpha,
                    beta=self.beta,
                )
            case "grid":
                return oracles.Grid(*common)
        return oracles.Hyperband(
            *common,
            max_epochs=problem.steps,
            factor=self.factor,
            hyperband_iterations=self.hyperband_iterations,
        )

    def _only(self) -> Proposal | Done:
        """The one trial of a configuration in which nothing is open."""
        if self._is_asked:
            return Done("There is nothing to search: no parameter is open.")
        self._is_asked = True
        self._running[0] = _Running(None)
        return Proposal(0, {})

    def _proposal(self, trial: Trial) -> Proposal:
        number, values = int(trial.trial_id), trial.hyperparameters.values
        self._running[number] = _Running(trial)
        steps, parent = values.get("tuner/epochs"), values.get("tuner/trial_id")
        return Proposal(
            number,
            self._coding.decode(values),
            steps=None if steps == self._steps else steps,
            start_from=None if parent is None else int(parent),
        )

    def _end(self, trial: Trial, state: TrialState, value: float | None) -> None:
        self._call(lambda: self._oracle.end(trial, state, value))

    def _call(self, call: Callable[[], T]) -> T:
        """Call the oracle; one that raised was left in the middle of something, and is called no more.

        Raises:
            RuntimeError: It raised before.
        """
        if self._fault:
            raise RuntimeError(f"The oracle cannot go on after {self._fault}.")
        try:
            return call()
        except BaseException as error:
            self._fault = f"{type(error).__name__}: {error}"
            raise
        finally:
            if self._fault:
                self._oracle.unlock()


@dataclass
class _Running:
    """A trial that was asked for; None where no oracle knows of it.

    Attributes:
        trial: The oracle's own.
        last: What it reported last.
    """

    trial: Trial | None
    last: float | None = None


def _score(state: TrialState, values: Sequence[float], last: float | None) -> float | None:
    """What an oracle learns of a trial: the last report of one that was pruned, and nothing of one that failed."""
    if state is TrialState.COMPLETE:
        return values[0]
    return last if state is TrialState.PRUNED else None
