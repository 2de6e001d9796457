"""The sampler that the settings name."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from optuna.distributions import CategoricalDistribution
from optuna.samplers import RandomSampler, TPESampler

from automl.engines.optuna.combinations import Combinations, every_value, grid
from automl.engines.optuna.samplers.exhaustive import Exhaustive
from automl.engines.optuna.samplers.own_seed import OwnSeed
from automl.engines.optuna.samplers.tpe import Tpe
from automl.errors import ConfigError, PluginError

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler

    from automl.engines.base import Problem
    from automl.engines.optuna.engine import OptunaSearch
    from automl.engines.optuna.translation import Translation

_POPULATION = 20
"""Of NSGA-II: Optuna's 50 would leave a study of the default length without a second generation."""

_SHARED_ORDER = ("grid", "brute_force", "qmc")
"""Take from one sequence, by the numbers of trials: drivers who share a study share the seed, too."""


def make_sampler(settings: OptunaSearch, problem: Problem, translation: Translation) -> BaseSampler:
    """The sampler that the settings name.

    Raises:
        ConfigError: It cannot search this space, or not for so many objectives.
        PluginError: It needs a package that is not installed.
    """
    _check(settings.sampler, problem, translation)
    make = partial(_make, settings, problem, translation)
    if settings.storage is None or settings.sampler in _SHARED_ORDER:
        return make(problem.seed)
    return OwnSeed(make, problem.seed)


def _check(sampler: str, problem: Problem, translation: Translation) -> None:
    if sampler == "gp" and find_spec("torch") is None:
        raise PluginError("search.sampler=gp needs the package 'torch'. Install the extra: pip install 'automl[gp]'")
    if sampler == "cmaes" and len(problem.directions) > 1:
        raise ConfigError(
            "search.sampler: cmaes searches for one objective alone. Choose nsga2 or tpe. Received: cmaes."
        )
    if sampler == "cmaes" and translation.searched and not _numbers(translation):
        raise ConfigError(
            "search.sampler: cmaes searches numbers that every trial has, and this space has none. Choose tpe."
            " Received: cmaes."
        )


def _make(settings: OptunaSearch, problem: Problem, translation: Translation, seed: int) -> BaseSampler:
    match settings.sampler:
        case "random":
            return RandomSampler(seed=seed)
        case "gp" | "cmaes" | "nsga2" | "qmc" if translation.searched:
            return _of_known_space(settings, translation, seed)
        case "grid":
            combinations = Combinations(problem.space, grid(problem.space, settings.grid_points), seed)
            return Exhaustive(combinations, translation, "combinations of the grid")
        case "brute_force":
            combinations = Combinations(problem.space, every_value(problem.space), seed)
            return Exhaustive(combinations, translation, "combinations of values")
    return Tpe(translation, settings.startup_trials, seed)


def _of_known_space(settings: OptunaSearch, translation: Translation, seed: int) -> BaseSampler:
    from automl.engines.optuna.samplers.known_space import CmaEs, GaussianProcess, Nsga2, QuasiRandom

    startup = settings.startup_trials
    # What the method itself cannot sample: parameters with conditions, and choices under CMA-ES.
    others = TPESampler(n_startup_trials=startup, multivariate=False, seed=seed)
    match settings.sampler:
        case "qmc":
            return QuasiRandom(translation.searched, seed)
        case "nsga2":
            return Nsga2(translation.everywhere, population_size=settings.population or _POPULATION, seed=seed)
        case "gp":
            return GaussianProcess(
                translation.everywhere,
                n_startup_trials=startup,
                independent_sampler=others,
                warn_independent_sampling=False,
                seed=seed,
            )
    return CmaEs(
        _numbers(translation),
        n_startup_trials=max(1, startup),
        independent_sampler=others,
        warn_independent_sampling=False,
        popsize=settings.population,
        # Rungs of halving say more of a trial than its not having ended; the median's say little.
        consider_pruned_trials=settings.pruner in ("asha", "hyperband"),
        with_margin=True,  # keeps integers and steps from being stuck (Hamano et al. 2022)
        seed=seed,
    )


def _numbers(translation: Translation) -> dict[str, BaseDistribution]:
    return {path: one for path, one in translation.everywhere.items() if not isinstance(one, CategoricalDistribution)}
