"""What linear models minimize: squared errors of values, or the cross-entropy of classes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, log_softmax, softmax

from automl.data.scaling import target_scale

if TYPE_CHECKING:
    from automl.data import DataSpec


class Loss(ABC):
    """The loss of outputs ``rows @ kernel + bias`` over the train part.

    Attributes:
        bias: The best outputs without any feature, (outputs,).
        curvature: A bound of the second derivative by an output.
    """

    bias: np.ndarray
    curvature: float = 1.0

    @abstractmethod
    def __call__(self, outputs: np.ndarray) -> tuple[float, np.ndarray]:
        """The mean loss of outputs (n, outputs), and its gradient by them."""

    @abstractmethod
    def told(self, loss: float) -> float:
        """The loss as it is reported beside that of networks."""

    @abstractmethod
    def whole(self, kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A solution as the weights of the task's head: a column for each class, or each value."""

    @abstractmethod
    def held(self, outputs: np.ndarray, target: np.ndarray) -> float:
        """The reported loss of the head's outputs for other samples, with their target as parts hold it."""

    @abstractmethod
    def sides(self) -> np.ndarray:
        """For each column of a solution the samples that it is to tell from the others, (n, outputs) of truth values.

        Raises:
            TypeError: Values have no such sides.
        """


class Values(Loss):
    """Squared errors of values, standardised by the train part.

    Args:
        spec: The data.
        target: Of the train part.
    """

    def __init__(self, spec: DataSpec, target: np.ndarray) -> None:
        self._spec = spec
        self.target = self._standardised(target)
        self.bias = self.target.mean(axis=0)

    def _standardised(self, target: np.ndarray) -> np.ndarray:
        mean, deviation = target_scale(self._spec)
        rows: np.ndarray = ((target.reshape(len(target), -1) - mean) / deviation).astype(np.float64)
        return rows

    def __call__(self, outputs: np.ndarray) -> tuple[float, np.ndarray]:
        """See ``Loss``: half the squared error, summed over the values of a sample."""
        errors = outputs - self.target
        return 0.5 * float(np.square(errors).sum()) / len(errors), errors / len(errors)

    def told(self, loss: float) -> float:
        """See ``Loss.told``: the mean squared error."""
        outputs: int = self.target.shape[1]
        return 2.0 * loss / outputs

    def whole(self, kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See ``Loss.whole``: the same."""
        return kernel, bias

    def held(self, outputs: np.ndarray, target: np.ndarray) -> float:
        """See ``Loss.held``."""
        errors = outputs - self._standardised(target)
        return float(np.square(errors).mean())

    def sides(self) -> np.ndarray:
        """See ``Loss.sides``."""
        raise TypeError("Values have no sides.")


class Classes(Loss):
    """Cross-entropy of the classes that the train part has.

    Two classes are told apart by one column. A class without samples, as a fold may leave one, is thought as likely as
    one sample in all of them, whatever the features.

    Args:
        count: Of all classes.
        target: Numbers of the train part's classes.
        weights: A weight for each class, 1 on average over the samples; None for 1.
    """

    def __init__(self, count: int, target: np.ndarray, weights: np.ndarray | None) -> None:
        self._count = count
        self._present, self._target = np.unique(target, return_inverse=True)
        self._weights = np.ones(len(target)) if weights is None else weights[target].astype(np.float64)
        self._single = len(self._present) == 2
        shares = np.bincount(self._target, self._weights) / self._weights.sum()
        logs = np.log(shares * len(target) / (len(target) + count))
        self._level, self._absent = logs.mean(), -np.log(len(target) + count)
        self.bias = logs[1:] - logs[:1] if self._single else logs
        self.curvature = 0.25 if self._single else 0.5

    def __call__(self, outputs: np.ndarray) -> tuple[float, np.ndarray]:
        """See ``Loss``."""
        if self._single:
            sign = 2.0 * self._target[:, np.newaxis] - 1.0
            losses = np.logaddexp(0.0, -sign * outputs)[:, 0]
            gradient = -sign * expit(-sign * outputs)
        else:
            rows = np.arange(len(outputs))
            losses = -log_softmax(outputs, axis=1)[rows, self._target]
            gradient = softmax(outputs, axis=1)
            gradient[rows, self._target] -= 1.0
        total = len(outputs)
        return float(losses @ self._weights) / total, gradient * (self._weights / total)[:, np.newaxis]

    def told(self, loss: float) -> float:
        """See ``Loss.told``: in nats."""
        return loss

    def whole(self, kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """See ``Loss.whole``."""
        if self._single:
            kernel, bias = np.hstack([-kernel, kernel]) / 2.0, self._level + np.append(-bias, bias) / 2.0
        columns = np.zeros((len(kernel), self._count), kernel.dtype)
        columns[:, self._present] = kernel
        biases = np.full(self._count, self._absent, bias.dtype)
        biases[self._present] = bias
        return columns, biases

    def held(self, outputs: np.ndarray, target: np.ndarray) -> float:
        """See ``Loss.held``."""
        return -float(log_softmax(outputs, axis=1)[np.arange(len(target)), target].mean())

    def sides(self) -> np.ndarray:
        """See ``Loss.sides``."""
        numbers = np.array([1]) if self._single else np.arange(len(self._present))
        its: np.ndarray = self._target[:, np.newaxis] == numbers
        return its
