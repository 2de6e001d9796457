"""Optuna as the search engine: define-by-run over the space, journal or RDB storage, pruning by its pruners."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import optuna
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState as OptunaState

from automl.bounds import Between, Text
from automl.engines.base import Proposal, SearchEngine
from automl.errors import PluginError, StorageError
from automl.inheritance import override
from automl.records import TrialState
from automl.space import Choice, Float, Int

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from automl.engines.base import Known, Problem
    from automl.space import Parameter

_STATES = {
    TrialState.COMPLETE: OptunaState.COMPLETE,
    TrialState.PRUNED: OptunaState.PRUNED,
    TrialState.FAILED: OptunaState.FAIL,
}
T = TypeVar("T")
_PLAIN = (type(None), bool, int, float, str)


@dataclass
class _Running:
    """A trial that was asked for, with all that Optuna's storage knows of it, should that be lost."""

    trial: optuna.trial.Trial
    params: dict[str, Any]
    distributions: dict[str, optuna.distributions.BaseDistribution]
    reports: dict[int, float] = field(default_factory=dict)

    def ended(self, state: OptunaState, values: list[float] | None) -> optuna.trial.FrozenTrial:
        """The trial as another storage takes it."""
        return optuna.trial.create_trial(
            state=state,
            values=values,
            params=self.params,
            distributions=self.distributions,
            intermediate_values=self.reports,
        )


@dataclass
class OptunaSearch(SearchEngine):
    """Samplers and pruners of Optuna (Akiba et al. 2019).

    Attributes:
        sampler: ``tpe`` (Bergstra et al. 2011, multivariate and grouped: Falkner et al. 2018), ``random``
            (Bergstra and Bengio 2012) or ``gp``, a Gaussian process.
        startup_trials: Trials sampled at random before the sampler learns, and finished before anything is pruned.
        pruner: ``median``, ``hyperband`` (Li et al. 2018) or ``none``.
        warmup_steps: Steps that no trial is pruned in.
        storage: Address of an RDB to share the study; by default a journal in the study's folder.
    """

    sampler: Literal["tpe", "random", "gp"] = "tpe"
    startup_trials: Annotated[int, Between(0, 1_000_000)] = 8
    pruner: Literal["median", "hyperband", "none"] = "median"
    warmup_steps: Annotated[int, Between(0, 1_000_000)] = 5
    storage: Text | None = None

    @override
    def start(self, problem: Problem) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        self._space = problem.space
        self._directions = problem.directions
        self._count = 0
        self._running: dict[int, _Running] = {}
        self._ended: list[optuna.trial.FrozenTrial] = []
        self._study = optuna.create_study(
            study_name=problem.name,
            storage=self._make_storage(problem.folder) if self.storage is None else _open_storage(self.storage),
            sampler=self._make_sampler(problem.seed),
            pruner=self._make_pruner(problem.steps),
            directions=problem.directions,
            load_if_exists=self.storage is not None,
        )

    @override
    def ask(self) -> Proposal:
        return self._or_in_memory(self._ask)

    @override
    def report(self, number: int, step: int, value: float) -> bool:
        prune = self._or_in_memory(lambda: self._report(number, step, value))
        self._running[number].reports[step] = value
        return prune

    @override
    def tell(self, number: int, state: TrialState, values: Sequence[float] = ()) -> None:
        told = list(values) or None
        self._or_in_memory(lambda: self._study.tell(self._running[number].trial, told, _STATES[state]))
        self._ended.append(self._running.pop(number).ended(_STATES[state], told))

    @override
    def learn(self, trial: Known) -> None:
        if not all(self._space.parameters[path].admits(value) for path, value in trial.params.items()):
            return  # what lies outside of the space has no place in its storage
        known = optuna.trial.create_trial(
            state=_STATES[trial.state],
            values=list(trial.values) or None,
            params={path: _told(self._space.parameters[path], value) for path, value in trial.params.items()},
            distributions={path: _distribution(self._space.parameters[path]) for path in trial.params},
            intermediate_values=dict(trial.reports),
        )
        self._or_in_memory(lambda: self._study.add_trial(known))
        self._ended.append(known)

    def _ask(self) -> Proposal:
        trial, params = self._suggested()
        # A shared storage counts the trials of all who share it; in memory, the numbers go on as they began.
        number = self._count if self.note else trial.number
        if number < self._count:
            raise StorageError("The journal was changed by someone else.")
        self._count = number + 1
        self._running[number] = _Running(trial, trial.params, trial.distributions)
        return Proposal(number, params)

    def _suggested(self) -> tuple[optuna.trial.Trial, dict[str, Any]]:
        trial = self._study.ask()
        params: dict[str, Any] = {}
        for parameter in self._space.active(params):
            params[parameter.path] = _suggest(trial, parameter)
        return trial, params

    def _report(self, number: int, step: int, value: float) -> bool:
        trial = self._running[number].trial
        trial.report(value, step)
        return trial.should_prune()

    def _or_in_memory(self, call: Callable[[], T]) -> T:
        """Call; where the storage is lost, go on without it: with the trials that ended, and those that run."""
        try:
            return call()
        except Exception as error:  # each storage has exceptions of its own
            if self.note:
                raise
            first = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
            self.note = f"The search's storage was lost and the search went on in memory: {first}."
            self._move_to_memory()
            return call()

    def _move_to_memory(self) -> None:
        lost = self._study
        self._study = optuna.create_study(sampler=lost.sampler, pruner=lost.pruner, directions=self._directions)
        self._study.add_trials(self._ended)
        for running in self._running.values():
            self._study.enqueue_trial(running.params)
            running.trial, _ = self._suggested()
            for step, value in running.reports.items():
                running.trial.report(value, step)

    def _make_storage(self, folder: Path) -> BaseStorage:
        try:
            return JournalStorage(JournalFileBackend(str(folder / "journal.log")))
        except OSError as error:
            raise StorageError(f"The study's journal cannot be written in {folder}: {error.strerror}.") from error

    def _make_sampler(self, seed: int) -> optuna.samplers.BaseSampler:
        match self.sampler:
            case "random":
                return optuna.samplers.RandomSampler(seed=seed)
            case "gp":
                return _gaussian_process(seed, self.startup_trials)
        return optuna.samplers.TPESampler(
            n_startup_trials=self.startup_trials,
            multivariate=True,
            group=True,
            seed=seed,
        )

    def _make_pruner(self, steps: int | None) -> optuna.pruners.BasePruner:
        match self.pruner:
            case "median":
                return optuna.pruners.MedianPruner(self.startup_trials, self.warmup_steps)
            case "hyperband":
                return optuna.pruners.HyperbandPruner(
                    min_resource=max(1, self.warmup_steps), max_resource=steps or "auto"
                )
        return optuna.pruners.NopPruner()


def _open_storage(address: str) -> BaseStorage:
    try:
        return optuna.storages.get_storage(address)
    except Exception as error:  # each database's driver has exceptions of its own
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise StorageError(f"search.storage: {address} cannot be opened: {reason}") from error


def _gaussian_process(seed: int, startup_trials: int) -> optuna.samplers.BaseSampler:
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise PluginError(
            "search.sampler=gp needs the package 'torch'. Install the extra: pip install 'automl[gp]'"
        ) from error
    return optuna.samplers.GPSampler(seed=seed, n_startup_trials=startup_trials)


def _suggest(trial: optuna.trial.Trial, parameter: Parameter) -> Any:
    match parameter:
        case Int(path=path, low=low, high=high, log=log, step=step):
            return trial.suggest_int(path, low, high, log=log, step=step)
        case Float(path=path, low=low, high=high, log=log, step=step):
            return trial.suggest_float(path, low, high, log=log, step=step)
        case Choice(path=path, choices=choices):
            by_text = {_told(parameter, choice): choice for choice in choices}
            return by_text[trial.suggest_categorical(path, tuple(by_text))]
    raise TypeError(f"Optuna cannot sample {parameter!r}.")


def _distribution(parameter: Parameter) -> optuna.distributions.BaseDistribution:
    """What ``_suggest`` draws from."""
    match parameter:
        case Int(low=low, high=high, log=log, step=step):
            return optuna.distributions.IntDistribution(low, high, log, step)
        case Float(low=low, high=high, log=log, step=step):
            return optuna.distributions.FloatDistribution(low, high, log, step)
        case Choice(choices=choices):
            return optuna.distributions.CategoricalDistribution([_told(parameter, choice) for choice in choices])
    raise TypeError(f"Optuna cannot sample {parameter!r}.")


def _told(parameter: Parameter, value: Any) -> Any:
    """A value as Optuna takes it, whose choices are plain and differ: else all of them are told as JSON."""
    if not isinstance(parameter, Choice) or _is_plain(parameter.choices):
        return value
    return json.dumps(value)


def _is_plain(choices: tuple[Any, ...]) -> bool:
    return all(isinstance(choice, _PLAIN) for choice in choices) and len(set(choices)) == len(choices)
