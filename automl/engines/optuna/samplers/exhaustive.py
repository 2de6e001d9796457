"""Every combination once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optuna.samplers import BaseSampler

from automl.inheritance import override

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import FrozenTrial

    from automl.engines.optuna.combinations import Combinations
    from automl.engines.optuna.translation import Translation


class Exhaustive(BaseSampler):
    """Proposes the combination that it was told to.

    Optuna's ``GridSampler`` and ``BruteForceSampler`` go by what has ended: of several trials at a time they repeat
    some, they know no conditions or rebuild a tree of all trials a parameter, and they end studies that they run.

    Args:
        combinations: All there are.
        translation: The space.
        noun: What one of them is, in the plural.

    Attributes:
        position: Of the combination to propose, from 0 on.
    """

    def __init__(self, combinations: Combinations, translation: Translation, noun: str) -> None:
        self._combinations = combinations
        self._translation = translation
        self._noun = noun
        self.position = 0

    @property
    def ended(self) -> str:
        """In a sentence, that all were proposed; empty before."""
        count = self._combinations.count
        return f"All {count:,} {self._noun} have been tried." if self.position >= count else ""

    @override
    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._translation.searched

    @override
    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        params = self._translation.told(self._combinations[self.position])
        return {path: value for path, value in params.items() if path in search_space}

    @override
    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        raise KeyError(param_name)  # every active parameter is in every combination
