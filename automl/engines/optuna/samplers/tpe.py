"""TPE whose suggestions cost the same after thousands of trials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from optuna.samplers import TPESampler
from optuna.study import StudyDirection
from optuna.trial import TrialState

from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Container

    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import FrozenTrial

    from automl.engines.optuna.translation import Translation

_MOST = 200
"""Ended trials that the two densities are estimated from."""

_BEST = 25
"""Of these, complete ones with the best values: Optuna's good density is never of more."""

_LEARNED_FROM = (TrialState.COMPLETE, TrialState.PRUNED)

_LATEST = 75
"""And those that ended up latest in the study, which weigh most; the rest is every so many of all others."""


class Tpe(TPESampler):
    """A tree-structured Parzen estimator, one for all parameters that are active together (Falkner et al. 2018).

    Optuna's own (``group=True``) finds these groups in the trials, anew each time, and takes several times as long at
    1,000 trials. As there, trials that run count as bad ones (``constant_liar``), so that those side by side differ.

    Args:
        translation: The space.
        startup_trials: Trials sampled at random before it learns.
        seed: Fixes what is sampled.
    """

    def __init__(self, translation: Translation, startup_trials: int, seed: int) -> None:
        super().__init__(n_startup_trials=startup_trials, multivariate=True, seed=seed)
        self._translation = translation
        self._most = max(_MOST, startup_trials)

    @override
    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._translation.searched

    @override
    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        seen = cast("Study", _Sample(study, self._most))
        params: dict[str, Any] = {}
        for group in self._translation.groups:
            if self._translation.is_active(group, params):
                params.update(self._sample_relative(seen, trial, group))
        return params


class _Sample:
    """A study of which a sampler sees a part of the ended trials, those of most weight among them, as they are now."""

    def __init__(self, study: Study, most: int) -> None:
        self._study = study
        self._trials = self._chosen(study.get_trials(deepcopy=False), most)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._study, name)

    def _get_trials(
        self, deepcopy: bool = True, states: Container[TrialState] | None = None, use_cache: bool = False
    ) -> list[FrozenTrial]:
        del deepcopy, use_cache
        return self._trials if states is None else [trial for trial in self._trials if trial.state in states]

    def _chosen(self, trials: list[FrozenTrial], most: int) -> list[FrozenTrial]:
        # What is good under several objectives takes more than sorting.
        if len(trials) <= most or len(self._study.directions) > 1:
            return trials
        complete = [trial for trial in trials if trial.state is TrialState.COMPLETE]
        falling = self._study.directions[0] is StudyDirection.MAXIMIZE
        complete.sort(key=lambda trial: cast("float", trial.value), reverse=falling)
        best = {id(trial) for trial in complete[:_BEST]}
        ended = [trial for trial in trials if trial.state in _LEARNED_FROM and id(trial) not in best]
        apart = -(-len(ended[:-_LATEST]) // (most - _BEST - _LATEST)) or 1
        kept = best | {id(trial) for trial in ended[-_LATEST:]} | {id(trial) for trial in ended[:-_LATEST:apart]}
        return [trial for trial in trials if id(trial) in kept or trial.state is TrialState.RUNNING]
