"""A space as Keras Tuner's oracles search it, and its values there and here.

Choices, and floats on steps, are searched by index: choices may be lists, or of several types, which Keras Tuner takes
none of; and its steps miss the upper end where they add up to a little more (0.1 + 0.1 + 0.1 > 0.3).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keras_tuner.engine import hyperparameters as kt
from keras_tuner.src.engine.conditions import Parent

from automl.inheritance import override
from automl.space import Choice, Float, Int

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.space import Parameter, Space


class Coded(ABC):
    """A parameter, and its values as an oracle has them: its codes."""

    parameter: Parameter

    @abstractmethod
    def hyperparameter(self, conditions: Sequence[Parent]) -> kt.HyperParameter:
        """It as Keras Tuner has it, which exists where all conditions hold."""

    @abstractmethod
    def decode(self, code: Any) -> Any:
        """The value that a code stands for."""

    @abstractmethod
    def encode(self, value: Any) -> Any:
        """The code of a value that the parameter admits."""

    @abstractmethod
    def codes(self, allowed: Sequence[Any]) -> list[Any]:
        """Those whose values a condition allows."""


@dataclass(frozen=True)
class Ranged(Coded):
    """Integers, and floats without steps, which stand for themselves."""

    parameter: Int | Float

    @override
    def hyperparameter(self, conditions: Sequence[Parent]) -> kt.HyperParameter:
        one = self.parameter
        sampling = "log" if one.log else "linear"
        about = {"name": one.path, "sampling": sampling, "conditions": list(conditions)}
        if isinstance(one, Int):
            return kt.Int(min_value=one.low, max_value=one.high, step=None if one.log else one.step, **about)
        return kt.Float(min_value=one.low, max_value=one.high, **about)

    @override
    def decode(self, code: Any) -> Any:
        return self.parameter.nearest(code)  # logarithms leave the range by a last digit

    @override
    def encode(self, value: Any) -> Any:
        return self.parameter.nearest(value)

    @override
    def codes(self, allowed: Sequence[Any]) -> list[Any]:
        return [float(value) for value in allowed if isinstance(value, int | float)]


@dataclass(frozen=True)
class Indexed(Coded):
    """Values in a row, which their places stand for."""

    parameter: Choice | Float
    values: tuple[Any, ...]

    @override
    def hyperparameter(self, conditions: Sequence[Parent]) -> kt.HyperParameter:
        places, about = len(self.values), {"name": self.parameter.path, "conditions": list(conditions)}
        if isinstance(self.parameter, Choice):
            return kt.Choice(values=list(range(places)), **about)
        return kt.Int(min_value=0, max_value=places - 1, **about)

    @override
    def decode(self, code: Any) -> Any:
        return self.values[code]

    @override
    def encode(self, value: Any) -> Any:
        value = self.parameter.nearest(value)
        return next(place for place, one in enumerate(self.values) if type(one) is type(value) and one == value)

    @override
    def codes(self, allowed: Sequence[Any]) -> list[Any]:
        return [place for place, value in enumerate(self.values) if value in allowed]


class Coding:
    """A space's parameters by path, those left out that no configuration has.

    Attributes:
        hyperparameters: The space as an oracle takes it.

    Args:
        space: What is searched.
    """

    def __init__(self, space: Space) -> None:
        self._coded: dict[str, Coded] = {}
        self.hyperparameters = kt.HyperParameters()
        for parameter in space.parameters.values():
            conditions = self._conditions(parameter, space.fixed)
            if conditions is not None:
                one = self._coded[parameter.path] = _coded(parameter)
                self.hyperparameters.merge([one.hyperparameter(conditions)])

    def __len__(self) -> int:
        return len(self._coded)

    def decode(self, codes: Mapping[str, Any]) -> dict[str, Any]:
        """Parameters by path, of an oracle's values; what it has noted beside them (``tuner/...``) is left out."""
        return {path: one.decode(codes[path]) for path, one in self._coded.items() if path in codes}

    def encode(self, params: Mapping[str, Any]) -> dict[str, Any] | None:
        """An oracle's values of parameters by path; None where one of them lies outside of its range."""
        known = {path: (self._coded[path], value) for path, value in params.items() if path in self._coded}
        if not all(one.parameter.admits(value) for one, value in known.values()):
            return None
        return {path: one.encode(value) for path, (one, value) in known.items()}

    def _conditions(self, parameter: Parameter, fixed: Mapping[str, Any]) -> list[Parent] | None:
        """The conditions on other parameters; None where one can never hold."""
        conditions = []
        for path, allowed in parameter.when.items():
            if path in fixed:
                if fixed[path] not in allowed:
                    return None
                continue
            codes = self._coded[path].codes(allowed) if path in self._coded else []
            if not codes:
                return None
            conditions.append(Parent(path, codes))
        return conditions


def _coded(parameter: Parameter) -> Coded:
    match parameter:
        case Choice(choices=choices):
            return Indexed(parameter, choices)
        case Float(low=low, high=high, step=step) if step is not None:
            steps = round((high - low) / step)
            return Indexed(parameter, tuple(parameter.nearest(low + place * step) for place in range(steps + 1)))
        case Int() | Float():
            return Ranged(parameter)
    raise TypeError(f"Keras Tuner cannot search {parameter!r}.")
