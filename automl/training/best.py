"""The best weights so far, and when to stop looking for better ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.ranking import is_better, rank

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

    from automl.ranking import Rank


class Best:
    """Keeps the weights of the best epoch by one metric (early stopping: Prechelt 1998), as ``automl.ranking`` has it.

    Args:
        metric: Name of the metric, such as ``val_accuracy``.
        direction: ``"maximize"`` or ``"minimize"``.
        patience: Epochs without a better value after which ``exhausted`` holds, or None for never.
        keep_last: Whether the latest epoch stands for the best, and patience never ends.
    """

    def __init__(self, metric: str, direction: str, patience: int | None, *, keep_last: bool = False) -> None:
        self._metric = metric
        self._direction = direction
        self._patience = None if keep_last else patience
        self._keep_last = keep_last
        self._rank: Rank | None = None
        self._improved = 0
        self.weights: Sequence[np.ndarray] = ()
        self.step = 0
        self.metrics: Mapping[str, float] = {}

    def update(self, step: int, metrics: Mapping[str, float], weights: Callable[[], Sequence[np.ndarray]]) -> None:
        """Take the metrics of a step, and the weights if it is the best so far."""
        found = rank(metrics, self._metric, self._direction)
        if self._keep_last or is_better(found, self._rank):
            if self._rank is None or found[0] < self._rank[0]:
                self._improved = step
            self._rank, self.step, self.metrics = found, step, metrics
            self.weights = weights()

    def wait(self, step: int) -> None:
        """Count patience from this step on."""
        self._improved = step

    def exhausted(self, step: int) -> bool:
        """Whether patience is over."""
        return self._patience is not None and step - self._improved >= self._patience

    def get_state(self) -> dict[str, Any]:
        """All of it as arrays and plain values."""
        return {
            "step": self.step,
            "metrics": dict(self.metrics),
            "rank": self._rank,
            "improved": self._improved,
            "weights": list(self.weights),
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Be as ``get_state`` told."""
        first, second = state["rank"]
        self._rank = (first, second)
        self.step, self.metrics, self._improved = state["step"], state["metrics"], state["improved"]
        self.weights = state["weights"]
