"""How the weights for one penalty are found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize

from automl.plugin import beat
from automl_classical.linear.losses import Values
from automl_classical.linear.problem import Solution
from automl_classical.linear.rotation import Rotation
from automl_classical.linear.spread import largest_variance

if TYPE_CHECKING:
    from automl_classical.linear.losses import Loss

_TOLERANCE = 5e-5
"""Of the gradient; losses are means of standardised values or in nats, so that it means the same for all data."""
_PULL = 0.1
"""Share of the penalty's pull at the largest weight that the gradient may keep, so that a weaker penalty moves on."""
_FINEST = 1e-6


class Solver(ABC):
    """Minimizes the mean loss over the train part plus a penalty of the kernel.

    Attributes:
        unit: Of strengths: the penalty that leaves of the first weight a half, or nothing.
        start: The solution without any feature.
    """

    unit: float
    start: Solution

    @abstractmethod
    def solve(self, strength: float, start: Solution) -> Solution:
        """The solution for a penalty of so much strength, sought from ``start``."""

    @abstractmethod
    def weights(self, solution: Solution) -> tuple[np.ndarray, np.ndarray]:
        """Kernel (features, outputs) and bias (outputs,) that a solution stands for."""


class Exact(Solver):
    """Squared errors and squared weights: one rotation serves every strength (Hoerl and Kennard 1970).

    Args:
        rotation: Of the features of the train part.
        loss: Its target is standardised.
    """

    def __init__(self, rotation: Rotation, loss: Values) -> None:
        self._rotation = rotation
        along = rotation.rows.T @ (loss.target - loss.bias).astype(rotation.rows.dtype)
        self._along = along.astype(np.float64) / len(rotation.rows)
        self.unit = float(rotation.variances.max(initial=0.0)) or 1.0
        self.start = Solution(np.zeros_like(self._along), loss.bias)

    def solve(self, strength: float, start: Solution) -> Solution:
        """See ``Solver.solve``; it is not sought."""
        return Solution(self._along / (self._rotation.variances + strength)[:, np.newaxis], start.bias)

    def weights(self, solution: Solution) -> tuple[np.ndarray, np.ndarray]:
        """See ``Solver.weights``."""
        return self._rotation.back(solution.kernel, solution.bias)


class Descent(Solver):
    """Any loss, by L-BFGS-B (Byrd et al. 1995).

    Args:
        rows: What the loss is linear in, for the train part (n, numbers), dense or sparse.
        loss: Of the outputs for them.
        iterations: Most steps for one penalty.
    """

    def __init__(self, rows: Any, loss: Loss, iterations: int) -> None:
        self._rows, self._columns, self._loss, self._iterations = rows, rows.T, loss, iterations
        self._tolerance = _TOLERANCE
        self.start = Solution(np.zeros((rows.shape[1], len(loss.bias))), loss.bias)

    def _minimized(self, strength: float, flat: np.ndarray, bounds: Any = None) -> np.ndarray:
        options = {"maxiter": self._iterations, "gtol": self._tolerance, "ftol": 64 * np.finfo(float).eps, "maxls": 50}
        found = minimize(self._value, flat, (strength,), "L-BFGS-B", jac=True, bounds=bounds, options=options)
        solution: np.ndarray = found.x
        return solution

    @abstractmethod
    def _value(self, flat: np.ndarray, strength: float) -> tuple[float, np.ndarray]:
        """Loss and penalty for the numbers in one row, and the gradient by them."""

    def _parts(self, flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Kernel, or what stands for it, and bias."""
        outputs = len(self.start.bias)
        return flat[:-outputs].reshape(-1, outputs), flat[-outputs:]

    def _losses(self, kernel: np.ndarray, bias: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """The loss, and its gradients by kernel and bias."""
        beat()
        dtype = self._rows.dtype
        loss, errors = self._loss(self._rows @ kernel.astype(dtype) + bias)
        return loss, np.asarray(self._columns @ errors.astype(dtype), np.float64), errors.sum(axis=0)


class Rotated(Descent):
    """A smooth loss and squared weights, in directions whose curvature is known beforehand (Böhning 1992).

    Args:
        rotation: Of the features of the train part.
        loss: Of the outputs.
        iterations: Most steps for one penalty.
    """

    def __init__(self, rotation: Rotation, loss: Loss, iterations: int) -> None:
        super().__init__(rotation.rows, loss, iterations)
        self._rotation = rotation
        self.unit = float(rotation.variances.max(initial=0.0)) or 1.0

    def solve(self, strength: float, start: Solution) -> Solution:
        """See ``Solver.solve``."""
        scale = self._scale(strength)
        flat = np.concatenate([(start.kernel / scale).ravel(), start.bias])
        kernel, bias = self._parts(self._minimized(strength, flat))
        return Solution(scale * kernel, bias)

    def _scale(self, strength: float) -> np.ndarray:
        """Brings the curvature along every direction to one at most."""
        scale: np.ndarray = 1.0 / np.sqrt(self._loss.curvature * self._rotation.variances + strength)
        return scale[:, np.newaxis]

    def _value(self, flat: np.ndarray, strength: float) -> tuple[float, np.ndarray]:
        """See ``Descent``."""
        scaled, bias = self._parts(flat)
        scale = self._scale(strength)
        kernel = scale * scaled
        loss, gradient, errors = self._losses(kernel, bias)
        gradient = scale * (gradient + strength * kernel)
        return loss + 0.5 * strength * float(np.square(kernel).sum()), np.append(gradient.ravel(), errors)

    def weights(self, solution: Solution) -> tuple[np.ndarray, np.ndarray]:
        """See ``Solver.weights``."""
        return self._rotation.back(solution.kernel, solution.bias)


class Net(Descent):
    """Any loss and an elastic net, over features as they are.

    The absolute values of the penalty are smooth once a weight is the difference of two that are not negative.

    Args:
        rows: Features of the train part (n, features), dense or sparse.
        loss: Of the outputs.
        iterations: Most steps for one penalty.
        share: Of absolute values in the penalty (Zou and Hastie 2005); 0 for squares alone.
        scale: What the numbers are multiplied by to be weights, of a shape that can be brought to the kernel's.
    """

    def __init__(self, rows: Any, loss: Loss, iterations: int, share: float, scale: np.ndarray) -> None:
        super().__init__(rows, loss, iterations)
        self._share, self._scale = share, scale
        self.unit = self._entry() / share if share else largest_variance(rows, scale)

    def _entry(self) -> float:
        """The strength of absolute values below which the first weight is not zero (Friedman et al. 2010)."""
        _, gradient, _ = self._losses(self.start.kernel, self.start.bias)
        return float(np.abs(self._scale * gradient).max(initial=0.0)) or 1.0

    def solve(self, strength: float, start: Solution) -> Solution:
        """See ``Solver.solve``."""
        pull = _PULL * strength * float(np.abs(start.kernel).max(initial=0.0))
        self._tolerance = min(_TOLERANCE, max(_FINEST, pull)) if pull else _TOLERANCE
        if not self._share:
            return Solution(*self._parts(self._minimized(strength, np.append(start.kernel.ravel(), start.bias))))
        halves = np.concatenate([np.maximum(start.kernel, 0.0), np.maximum(-start.kernel, 0.0)])
        bounds = [(0.0, None)] * halves.size + [(None, None)] * len(start.bias)
        kernel, bias = self._parts(self._minimized(strength, np.append(halves.ravel(), start.bias), bounds))
        return Solution(np.subtract(*np.split(kernel, 2)), bias)

    def _value(self, flat: np.ndarray, strength: float) -> tuple[float, np.ndarray]:
        """See ``Descent``."""
        halves, bias = self._parts(flat)
        kernel = np.subtract(*np.split(halves, 2)) if self._share else halves
        loss, gradient, errors = self._losses(self._scale * kernel, bias)
        squares = strength * (1.0 - self._share)
        gradient = self._scale * gradient + squares * kernel
        loss += 0.5 * squares * float(np.square(kernel).sum())
        if self._share:
            absolute = strength * self._share
            loss += absolute * float(halves.sum())
            gradient = absolute + np.concatenate([gradient, -gradient])
        return loss, np.append(gradient.ravel(), errors)

    def weights(self, solution: Solution) -> tuple[np.ndarray, np.ndarray]:
        """See ``Solver.weights``."""
        return self._scale * solution.kernel, solution.bias


def make_solver(rows: Any, loss: Loss, iterations: int, share: float, scale: np.ndarray) -> Solver:
    """The one that is quickest; arguments as of ``Net``."""
    if share or not isinstance(rows, np.ndarray) or not Rotation.is_quick(rows.shape):
        return Net(rows, loss, iterations, share, scale)
    rotation = Rotation(rows)
    return Exact(rotation, loss) if isinstance(loss, Values) else Rotated(rotation, loss, iterations)
