"""A seed of its own for every driver of a shared study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from optuna.samplers import BaseSampler

from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import FrozenTrial, TrialState


class OwnSeed(BaseSampler):
    """A sampler that is seeded by the number of the first trial that this driver asks for, which nobody else has.

    Args:
        make: Makes it of a seed.
        seed: The study's, which all drivers may have in common.
    """

    def __init__(self, make: Callable[[int], BaseSampler], seed: int) -> None:
        self._make = make
        self._seed = seed
        self._made: BaseSampler | None = None

    @override
    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        if self._made is not None:  # else the trial may be one that was asked for before this driver began
            self._made.before_trial(study, trial)

    @override
    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        if self._made is None:
            self._made = self._make(int(np.random.SeedSequence([self._seed, trial.number]).generate_state(1)[0]))
        return self._sampler.infer_relative_search_space(study, trial)

    @override
    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._sampler.sample_relative(study, trial, search_space)

    @override
    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    @override
    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        if self._made is not None:
            self._made.after_trial(study, trial, state, values)

    @property
    def _sampler(self) -> BaseSampler:
        assert self._made is not None
        return self._made
