"""What a linear model solves for each strength of a penalty."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras
    import numpy as np

    from automl.data import Dataset
    from automl_classical.linear.settings import Path


@dataclass(frozen=True)
class Solution:
    """Numbers that are solved for.

    Attributes:
        kernel: Shape (..., numbers, outputs); their squares, or absolute values, are what is penalized.
        bias: Shape (..., outputs).
    """

    kernel: np.ndarray
    bias: np.ndarray


class Problem(ABC):
    """Samples, a loss over them and a penalty, and the Keras model that serves a solution.

    Attributes:
        size: Numbers of a model, known before there are any samples.
        unit: Of strengths, once there are samples: the penalty that leaves of the first weight a half, or nothing.
    """

    size: int
    unit: float

    @abstractmethod
    def learn(self, data: Dataset, settings: Path) -> Solution:
        """Look at the samples, before all else; returns the solution without any feature."""

    @abstractmethod
    def solve(self, strength: float, start: Solution) -> Solution:
        """The solution for a penalty of so much strength, sought from ``start``."""

    @abstractmethod
    def loss(self, solution: Solution) -> float:
        """The loss over the train part as it is reported beside that of networks."""

    @abstractmethod
    def held(self, solution: Solution) -> tuple[np.ndarray, np.ndarray, float]:
        """The target of the validation part, what is predicted there, both in the target's unit, and the loss."""

    @abstractmethod
    def weights(self, solution: Solution) -> list[np.ndarray]:
        """What ``model`` is made of, in 32 bits."""

    @abstractmethod
    def model(self, *weights: np.ndarray) -> keras.Model:
        """From raw inputs to predictions."""
