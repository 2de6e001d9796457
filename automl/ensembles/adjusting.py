"""What is done to a trained model's answers, by numbers that were found on samples that it has not learned."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np


class Adjustment(ABC):
    """One way to change answers; plain values, so that it can be told and kept."""

    @abstractmethod
    def __call__(self, predictions: np.ndarray) -> np.ndarray:
        """The answers in the place of a model's predictions (n, ...), of the same shape and dtype."""

    @abstractmethod
    def tensor(self, outputs: Any) -> Any:
        """The same of tensors, in Keras's operations: for graphs that are served, and for exports."""

    @property
    @abstractmethod
    def plain(self) -> dict[str, Any]:
        """As it is kept, and told to machines."""

    @classmethod
    @abstractmethod
    def of(cls, told: Mapping[str, Any]) -> Self | None:
        """The inverse of ``plain``, also among other keys; None where it is not there."""
