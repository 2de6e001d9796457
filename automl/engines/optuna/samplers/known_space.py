"""Optuna's samplers, told the space instead of guessing it.

Left to themselves they take what all trials so far have in common for the space. It shrinks once a conditional
parameter is missing for the first time, which CMA-ES never recovers from: it keeps the optimizer of the larger one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optuna.samplers import BaseSampler, CmaEsSampler, GPSampler, NSGAIISampler, QMCSampler

from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import FrozenTrial

_DRAWS = 20


class _KnownSpace(BaseSampler):
    def __init__(self, space: Mapping[str, BaseDistribution], **settings: Any) -> None:
        super().__init__(**settings)
        self._known = dict(space)

    @override
    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._known


class CmaEs(_KnownSpace, CmaEsSampler):
    """CMA-ES over the numbers that every trial has (Hansen and Ostermeier 2001)."""


class GaussianProcess(_KnownSpace, GPSampler):
    """A Gaussian process over what every trial has."""


class Nsga2(_KnownSpace, NSGAIISampler):
    """NSGA-II, whose children inherit what every trial has (Deb et al. 2002).

    A child that repeats a trial is drawn again: in the literature's large populations it does not matter.
    """

    @override
    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        known = [one.params for one in study.get_trials(deepcopy=False)]
        for _ in range(_DRAWS):
            child = super().sample_relative(study, trial, search_space)
            # What is missing in it is mutated, or in the first generation: drawn at random.
            if len(child) < len(search_space) or not any(child.items() <= params.items() for params in known):
                break
        return child


class QuasiRandom(_KnownSpace, QMCSampler):
    """A scrambled Sobol sequence with a dimension for every parameter, active or not (Bergstra and Bengio 2012).

    A trial's number is its place in the sequence, so that drivers who share a study, and a seed, share the sequence.
    """

    def __init__(self, space: Mapping[str, BaseDistribution], seed: int) -> None:
        super().__init__(space, scramble=True, seed=seed, warn_independent_sampling=False)
        self._place = 0

    @override
    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        self._place = trial.number
        return super().sample_relative(study, trial, search_space)

    @override
    def _find_sample_id(self, study: Study, search_space: dict[str, BaseDistribution]) -> int:
        return self._place
