"""Mean and variance of what has been seen so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

_EPSILON = 1e-8
"""Keeps a division finite where all values so far were the same."""


class Moments:
    """Running mean and variance of values of one shape, batches merged as in Chan et al. (1979)."""

    def __init__(self) -> None:
        self.mean = np.zeros(())
        self.variance = np.ones(())
        self.count = 0

    def update(self, batch: np.ndarray) -> None:
        """Take in values (n, ...)."""
        count, mean = len(batch), batch.mean(axis=0, dtype=float)
        total, gap = self.count + count, mean - self.mean
        between = np.square(gap) * self.count * count / total
        within = self.variance * self.count + batch.var(axis=0, dtype=float) * count
        self.mean = self.mean + gap * count / total
        self.variance = (within + between) / total
        self.count = total

    def get_state(self) -> dict[str, Any]:
        """All of it as arrays and plain values."""
        return {"mean": self.mean, "variance": self.variance, "count": self.count}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Be as ``get_state`` told."""
        self.mean, self.variance, self.count = state["mean"], state["variance"], state["count"]


class RewardScale:
    """Brings rewards to the size of one by the deviation of their discounted sums (Engstrom et al. 2020).

    Args:
        environments: How many are played side by side.
        gamma: Discount of a step.
    """

    def __init__(self, environments: int, gamma: float) -> None:
        self._moments = Moments()
        self._sums = np.zeros(environments)
        self._gamma = gamma

    def __call__(self, rewards: np.ndarray, ended: np.ndarray) -> np.ndarray:
        """Rewards (steps, environments), scaled by all rewards so far, these among them.

        Args:
            rewards: As the environments gave them.
            ended: Where an episode was over.
        """
        sums = np.empty(rewards.shape)
        for step, (reward, over) in enumerate(zip(rewards, ended, strict=True)):
            sums[step] = self._sums = self._sums * self._gamma + reward
            self._sums = np.where(over, 0.0, self._sums)
        self._moments.update(sums.ravel())
        return rewards / np.sqrt(self._moments.variance + _EPSILON)

    def get_state(self) -> dict[str, Any]:
        """All of it as arrays and plain values."""
        return {"moments": self._moments.get_state(), "sums": self._sums}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Be as ``get_state`` told."""
        self._moments.set_state(state["moments"])
        self._sums = state["sums"]
