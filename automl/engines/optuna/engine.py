"""The engine: Optuna's ask, report and tell."""

from __future__ import annotations

import random
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, TypeVar

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import JournalStorage
from optuna.trial import TrialState as OptunaState

from automl.bounds import Above, AtMost, Between, Text
from automl.engines.base import Asked, Done, Proposal, SearchEngine, Told
from automl.engines.optuna.journal import JournalFile
from automl.engines.optuna.pruners import make_pruner, rule, warmup_steps
from automl.engines.optuna.samplers import Exhaustive, make_sampler
from automl.engines.optuna.translation import Translation
from automl.errors import AutomlError, ConfigError, StorageError
from automl.inheritance import override
from automl.records import TrialState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from optuna.storages import BaseStorage

    from automl.engines.base import Call, Known, Problem
    from automl.engines.optuna.sharing import Pulse

_STATES = {
    TrialState.COMPLETE: OptunaState.COMPLETE,
    TrialState.PRUNED: OptunaState.PRUNED,
    TrialState.FAILED: OptunaState.FAIL,
}
_WARM = ("median", "percentile", "patient")
"""Prune in no step of the warm-up, and keep nothing of it."""

_CONSTRAINTS = "automl"
"""What all constraints of a study are called together."""

_LEARNED = "automl:learned"
"""Marks a trial that no sampler proposed."""

_ANEW = ("tpe", "random")
"""Samplers that propose again what was proposed before, and do as well with something else."""
_DRAWS, _MORE_DRAWS = 8, 1000
"""Proposals in a row that were made before, after which one is drawn at random; and draws, after which none is left."""

T = TypeVar("T")


@dataclass
class _Running:
    """A trial that was asked for.

    Attributes:
        params: Its parameters, as Optuna takes them.
        trial: Optuna's; ``None`` where the storage has it as ended, or not at all: another driver took this one for
            dead, or it was asked for while the storage was lost.
        reports: The leading objective by step.
    """

    params: Mapping[str, Any]
    trial: optuna.trial.Trial | None
    reports: dict[int, float] = field(default_factory=dict)


def _key(params: Mapping[str, Any]) -> str:
    return repr(sorted(params.items()))


class _End(NamedTuple):
    """How a trial ended: the objectives of a complete one, and how far a pruned one is beyond the constraints."""

    state: OptunaState
    values: list[float] | None
    violation: float


@dataclass
class OptunaSearch(SearchEngine):
    """Samplers and pruners of Optuna (Akiba et al. 2019).

    Attributes:
        sampler: ``tpe``, a tree-structured Parzen estimator (Bergstra et al. 2011, multivariate and grouped: Falkner et
            al. 2018); ``gp``, a Gaussian process; ``cmaes`` (Hansen and Ostermeier 2001), over the numbers that every
            trial has, the rest by ``tpe``; ``nsga2`` (Deb et al. 2002), for several objectives; ``qmc``, a scrambled
            Sobol sequence, and ``random`` (both Bergstra and Bengio 2012); ``grid``, ``brute_force``: every
            combination once, in random order.
        startup_trials: Trials that ``tpe``, ``gp`` and ``cmaes`` sample at random before they learn, and that complete
            before ``median``, ``percentile`` and ``patient`` prune.
        grid_points: Points that ``grid`` takes of a float without a step, or of integers on a logarithmic scale.
        population: Trials of a generation; by default 20 under ``nsga2``, and ``4 + 3 ln(dimensions)`` under ``cmaes``.
        pruner: ``auto``: the median, or none with several objectives, by which nothing is pruned; ``median`` and
            ``percentile``, which compare a trial with those that completed (Golovin et al. 2017);
            ``patient``, the median where a trial also has not improved for a while; ``asha``, asynchronous successive
            halving (Li et al. 2020); ``hyperband``, brackets of it (Li et al. 2018); or ``none``.
        warmup_steps: Steps that no trial is pruned in; under ``asha`` and ``hyperband`` the steps up to the first rung.
            Where steps are folds, the first may be the last, and is the first rung.
        percentile: Share of trials, in percent, that ``percentile`` lets live.
        reduction_factor: One in so many trials goes on from each rung of ``asha`` and ``hyperband``, to one that is as
            many times as far.
        patience_steps: Steps without an improvement that ``patient`` grants.
        storage: Address of a database, of PostgreSQL, MySQL or SQLite, through which drivers share a study; by default
            a journal in the study's folder.
        study: What the study is called in that database; by default as it is here.
    """

    sampler: Literal["tpe", "gp", "cmaes", "nsga2", "qmc", "random", "grid", "brute_force"] = "tpe"
    startup_trials: Annotated[int, Between(0, 1_000_000)] = 8
    grid_points: Annotated[int, Between(2, 10_000)] = 5
    population: Annotated[int, Between(4, 10_000)] | None = None
    pruner: Literal["auto", "median", "percentile", "patient", "asha", "hyperband", "none"] = "auto"
    warmup_steps: Annotated[int, Between(0, 1_000_000)] = 5
    percentile: Annotated[float, Above(0), AtMost(100)] = 25.0
    reduction_factor: Annotated[int, Between(2, 1_000)] = 3
    patience_steps: Annotated[int, Between(0, 1_000_000)] = 3
    storage: Text | None = None
    study: Text | None = None

    @override
    def start(self, problem: Problem) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)  # warnings are of methods that were chosen knowingly
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        self._problem = problem
        self._rule = rule(self, problem)
        self._translation = Translation(problem.space)
        self._sampler, self._pruner = make_sampler(self, problem, self._translation), make_pruner(self, problem)
        self._running: dict[int, _Running] = {}
        self._proposed: set[str] = set()
        self._rng = random.Random(problem.seed)  # noqa: S311 - no secret
        self._count = 0
        self._ended: list[optuna.trial.FrozenTrial] = []
        self._lost = ""
        self._pulse: Pulse | None = None
        if self.storage is not None:
            self._study = self._join(self.storage)
        elif self.study is None:
            self._journal = JournalFile(problem.folder / "journal.log")
            self._study = self._create(problem.name, JournalStorage(self._journal))
        else:
            raise ConfigError(
                "search.study: this is what a study is called in a database that drivers share."
                f" Set search.storage, too. Received: {self.study}."
            )

    @property
    def note(self) -> str:  # type: ignore[override]
        """In a sentence, what became of its storage where it goes on without it; else empty."""
        return self._lost if self.storage is not None else self._journal.note

    @override
    def ask(self) -> Proposal | Done:
        anew = self.storage is None and self.sampler in _ANEW
        return self._or_in_memory(self._ask_anew if anew else self._ask)

    @override
    def report(self, number: int, step: int, value: float) -> bool:
        return self._or_in_memory(lambda: self._report(self._running[number], step, value))

    @override
    def tell(self, number: int, state: TrialState, values: Sequence[float] = (), violation: float = 0.0) -> None:
        end = _End(_STATES[state], list(values) or None, violation)
        self._or_in_memory(lambda: self._tell(self._running[number], end))
        running = self._running.pop(number)
        if state is TrialState.FAILED:
            self._proposed.discard(_key(running.params))

    @override
    def learn(self, trial: Known) -> None:
        if not self._translation.admits(trial.params):
            return  # what lies outside of the space has no place in its storage
        end = _End(_STATES[trial.state], list(trial.values) or None, trial.violation)
        known = self._frozen(self._translation.told(trial.params), end, trial.reports)
        known.user_attrs[_LEARNED] = True
        if trial.state is not TrialState.FAILED:
            self._proposed.add(_key(known.params))
        self._or_in_memory(lambda: self._add(known))

    @override
    def restore(self, calls: Iterable[Call]) -> set[int]:
        """Repeat the calls; a database that drivers share knows the trials already, and those that ran go on there."""
        if self.storage is None:
            return super().restore(calls)
        made = list(calls)
        told = {call.number for call in made if isinstance(call, Told)}
        asked = [call.proposal for call in made if isinstance(call, Asked)]
        return self._attach(one for one in asked if one.number not in told)

    @override
    def close(self) -> None:
        if self._pulse is None:
            return
        self._pulse.close()
        for number in list(self._running):  # others are not to wait for them
            self.tell(number, TrialState.FAILED)

    def _ask_anew(self) -> Proposal | Done:
        """A configuration that has not been proposed before: with the same seed it would come out the same."""
        for _ in range(_DRAWS):
            found = self._ask()
            if isinstance(found, Done) or self._is_new(self._running[found.number].params):
                return found
            running = self._running.pop(found.number)
            assert running.trial is not None
            self._study.tell(running.trial, state=OptunaState.FAIL)  # samplers pass over those
        for _ in range(_MORE_DRAWS):
            params = self._translation.told(self._problem.space.sample(self._rng))
            if self._is_new(params):
                self._study.enqueue_trial(params)
                return self._ask()
        return Done("All configurations have been tried.")

    def _is_new(self, params: Mapping[str, Any]) -> bool:
        """Whether a configuration is proposed for the first time, as it is from now on."""
        key, known = _key(params), len(self._proposed)
        self._proposed.add(key)
        return len(self._proposed) > known

    def _ask(self) -> Proposal | Done:
        if self._pulse is not None:
            self._pulse.look()
        if ended := self._goes_on_to():
            return Done(ended)
        trial = self._study.ask()
        if ended := self._goes_on_to(trial.number):  # another driver took the last one meanwhile
            self._study.tell(trial, state=OptunaState.FAIL)
            return Done(ended)
        params = self._translation.suggest(trial)
        if self._pulse is not None:
            self._pulse.begin(trial._trial_id)  # noqa: SLF001 - what storages know it by
        # A shared storage counts the trials of all who share it; in memory, the numbers go on as they began.
        number = self._count if self._lost else trial.number
        self._count = number + 1
        self._running[number] = _Running(self._translation.told(params), trial)
        return Proposal(number, params)

    def _goes_on_to(self, number: int | None = None) -> str:
        """Go on to the combination that is a trial's, by default the next one's; why there is none, else empty."""
        if not isinstance(self._sampler, Exhaustive):
            return ""
        trials = self._study.get_trials(deepcopy=False)[:number]
        self._sampler.position = sum(_LEARNED not in trial.user_attrs for trial in trials)
        return self._sampler.ended

    def _report(self, running: _Running, step: int, value: float) -> bool:
        # A step that a trial takes once more, after a cut, has been judged.
        judged = max(running.reports, default=0) >= step
        running.reports[step] = value
        if self._rule == "none" or judged or running.trial is None:
            return False
        try:
            running.trial.report(value, step)
        except UpdateFinishedTrialError:
            running.trial = None
            return False
        if self._rule in _WARM and step <= warmup_steps(self, self._problem):
            return False  # without looking at all trials
        # Who has taken the last step has nothing left to save, and says more of the space as a complete trial.
        return bool(running.trial.should_prune()) and step != self._problem.steps

    def _tell(self, running: _Running, end: _End) -> None:
        trial = running.trial
        if trial is not None and self._pulse is not None:
            self._pulse.end(trial._trial_id)  # noqa: SLF001
        try:
            ended = None if trial is None else self._end(trial, running.reports, end)
        except UpdateFinishedTrialError:
            ended = None
        if ended is None:
            self._add(self._frozen(running.params, end, running.reports))
        else:
            self._remember(ended)

    def _end(
        self, trial: optuna.trial.Trial, reports: Mapping[int, float], end: _End
    ) -> optuna.trial.FrozenTrial | None:
        """The trial as it ended in the storage; ``None`` where it had ended there before."""
        if self.storage is not None and self._study.get_trials(deepcopy=False)[trial.number].state.is_finished():
            return None
        if end.violation > 0.0:  # Optuna compares trials that break a constraint by how far they do
            trial.set_constraint(_CONSTRAINTS, end.violation)
        if end.state is OptunaState.PRUNED and self._rule == "none" and len(self._problem.directions) == 1:
            for step in sorted(reports)[-1:]:  # how far it came, and with what, is what samplers look at
                trial.report(reports[step], step)
        return self._study.tell(trial, end.values, end.state)

    def _frozen(self, params: Mapping[str, Any], end: _End, reports: Mapping[int, float]) -> optuna.trial.FrozenTrial:
        """A trial as a storage takes it that does not know it."""
        return optuna.trial.create_trial(
            state=end.state,
            values=end.values,
            params=dict(params),
            distributions={path: self._translation.distributions[path] for path in params},
            intermediate_values=dict(reports),
            constraints={_CONSTRAINTS: end.violation} if end.violation > 0.0 else None,
        )

    def _add(self, trial: optuna.trial.FrozenTrial) -> None:
        self._study.add_trial(trial)
        self._remember(trial)

    def _remember(self, trial: optuna.trial.FrozenTrial) -> None:
        if self.storage is not None:  # which may be lost
            self._ended.append(trial)

    def _attach(self, proposals: Iterable[Proposal]) -> set[int]:
        """Go on with trials that a driver of this study asked a shared storage for before it was killed.

        Returns:
            Numbers of those whose latest report is answered by pruning.
        """
        known = self._study.get_trials(deepcopy=False)
        given_up = set()
        for proposal in proposals:
            params = self._translation.told(proposal.params)
            found = known[proposal.number] if proposal.number < len(known) else None
            running = self._running[proposal.number] = _Running(params, None)
            self._count = max(self._count, proposal.number + 1)
            if found is None or found.params != params or found.state.is_finished():
                continue
            running.reports.update(found.intermediate_values)
            running.trial = optuna.trial.Trial(self._study, found._trial_id)  # noqa: SLF001
            if self._pulse is not None:
                self._pulse.begin(found._trial_id)  # noqa: SLF001
            if running.reports and self._rule != "none" and running.trial.should_prune():
                given_up.add(proposal.number)
        return given_up

    def _create(self, name: str, storage: BaseStorage | None, *, shared: bool = False) -> optuna.Study:
        return optuna.create_study(
            study_name=name,
            storage=storage,
            sampler=self._sampler,
            pruner=self._pruner,
            directions=list(self._problem.directions),
            load_if_exists=shared,
        )

    def _join(self, address: str) -> optuna.Study:
        from automl.engines.optuna.database import open_database, reason, shown
        from automl.engines.optuna.sharing import Pulse, check_same

        warnings.filterwarnings("ignore", "Heartbeat of storage is supposed to be used")
        storage = open_database(address)
        try:
            study = self._create(self.study or self._problem.name, storage, shared=True)
            check_same(study, self._problem.directions, self._translation.described(), address)
        except AutomlError:
            raise
        except Exception as error:  # each database's driver has exceptions of its own
            raise StorageError(f"search.storage: {shown(address)} cannot be used: {reason(error)}.") from error
        self._pulse = Pulse(study, storage)
        return study

    def _or_in_memory(self, call: Callable[[], T]) -> T:
        """Call; where a shared storage is lost, go on without it: with this driver's own trials."""
        try:
            return call()
        except Exception as error:  # each database's driver has exceptions of its own
            if self.storage is None or self._lost:
                raise
            from automl.engines.optuna.database import reason

            self._lost = f"The search's storage was lost and the search went on in memory: {reason(error)}."
            self._move_to_memory()
            return call()

    def _move_to_memory(self) -> None:
        if self._pulse is not None:
            self._pulse.close()
            self._pulse = None
        # Optuna's own remember which study they are of.
        self._sampler = make_sampler(self, self._problem, self._translation)
        self._pruner = make_pruner(self, self._problem)
        self._study = self._create(self._study.study_name, None)
        self._study.add_trials(self._ended)
        for running in self._running.values():
            self._study.enqueue_trial(dict(running.params))
            running.trial = self._study.ask()
            self._translation.suggest(running.trial)
            for step, value in running.reports.items():
                running.trial.report(value, step)
