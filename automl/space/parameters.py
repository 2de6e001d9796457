"""What is searched, one parameter at a time."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping


@dataclass(frozen=True)
class Parameter(ABC):
    """What all parameters have: a path in the configuration and conditions under which it exists."""

    path: str
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict, kw_only=True)

    def active(self, values: Mapping[str, Any]) -> bool:
        """Whether every condition holds for these values by path."""
        return all(path in values and values[path] in allowed for path, allowed in self.when.items())

    @abstractmethod
    def sample(self, rng: random.Random) -> Any:
        """A value drawn uniformly, or uniformly in its logarithm."""

    @abstractmethod
    def middle(self) -> Any:
        """The value in the middle of a range, or the first of the choices."""

    @abstractmethod
    def nearest(self, value: Any) -> Any:
        """The value of this parameter that is nearest to a number; the middle where there is no telling."""

    def admits(self, value: Any) -> bool:
        """Whether it can take a value."""
        return _same(self.nearest(value), value)


@dataclass(frozen=True)
class Int(Parameter):
    """Integers from ``low`` to ``high``, both included."""

    low: int
    high: int
    log: bool = False
    step: int = 1

    def __str__(self) -> str:
        return f"{self.low} to {self.high}" + (f" in steps of {self.step}" if self.step > 1 else "")

    def sample(self, rng: random.Random) -> int:
        """Uniform over the integers, or in the logarithm."""
        if self.log:
            drawn = math.exp(rng.uniform(math.log(self.low - 0.5), math.log(self.high + 0.5)))
            return min(max(round(drawn), self.low), self.high)
        return self.low + self.step * rng.randint(0, (self.high - self.low) // self.step)

    def middle(self) -> int:
        """The middle, on a step."""
        if self.log:
            return round(math.sqrt(self.low * self.high))
        return self.low + (self.high - self.low) // self.step // 2 * self.step

    def nearest(self, value: Any) -> int:
        """The nearest integer on a step."""
        if not _is_number(value):
            return self.middle()
        inside = min(max(float(value), float(self.low)), float(self.high))
        return self.low + self.step * round((inside - self.low) / self.step)


@dataclass(frozen=True)
class Float(Parameter):
    """Floats from ``low`` to ``high``, both included."""

    low: float
    high: float
    log: bool = False
    step: float | None = None

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}" + (f" in steps of {self.step:g}" if self.step else "")

    def sample(self, rng: random.Random) -> float:
        """Uniform over the range or its steps, or in the logarithm."""
        if self.step is not None:
            return self._at(rng.randint(0, self._steps(self.high)))
        if self.log:
            drawn = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        else:
            drawn = rng.uniform(self.low, self.high)
        return min(max(drawn, self.low), self.high)

    def middle(self) -> float:
        """The middle, on a step."""
        if self.log:
            return math.sqrt(self.low * self.high)
        return (self.low + self.high) / 2 if self.step is None else self._at(self._steps(self.high) // 2)

    def nearest(self, value: Any) -> float:
        """The nearest number in the range, on a step."""
        if not _is_number(value):
            return self.middle()
        inside = float(min(max(value, self.low), self.high))
        return inside if self.step is None else self._at(self._steps(inside))

    def _steps(self, value: float) -> int:
        assert self.step is not None
        return round((value - self.low) / self.step)

    def _at(self, steps: int) -> float:
        assert self.step is not None
        return min(self.low + steps * self.step, self.high)


@dataclass(frozen=True)
class Choice(Parameter):
    """One of several values, of any plain type."""

    choices: tuple[Any, ...]

    def __str__(self) -> str:
        return ", ".join(map(str, self.choices))

    def sample(self, rng: random.Random) -> Any:
        """Each as likely."""
        return rng.choice(self.choices)

    def middle(self) -> Any:
        """The first."""
        return self.choices[0]

    def nearest(self, value: Any) -> Any:
        """The equal one, or else of numbers the nearest."""
        for choice in self.choices:
            if _same(choice, value):
                return choice
        if _is_number(value) and all(_is_number(choice) for choice in self.choices):
            return min(self.choices, key=lambda choice: abs(choice - value))
        return self.middle()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _same(one: Any, other: Any) -> bool:
    """Equal, ``True`` not being 1, and floats but for their last digits."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if _is_number(one) and _is_number(other):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return list(one) == list(other)
    return bool(one == other)
