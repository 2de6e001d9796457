"""Every combination of a space, by number: counted and looked up without being listed."""

from __future__ import annotations

import itertools
import math
import random
from typing import TYPE_CHECKING, Any

from automl.errors import ConfigError
from automl.space import Choice, Float, Int

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from automl.space import Parameter, Space


class Combinations:
    """Every combination of some values of each parameter, in a random order that a seed fixes.

    Combinations that differ in inactive parameters alone are one.

    Args:
        space: What is searched.
        values: Of each parameter, by path.
        seed: Fixes the order.

    Attributes:
        count: How many there are, which may be more than ``len`` can tell.
    """

    def __init__(self, space: Space, values: Mapping[str, Sequence[Any]], seed: int) -> None:
        self._space = space
        self._parameters = list(space.parameters.values())
        self._values = values
        self._conditions = {path for parameter in self._parameters for path in parameter.when}
        self._counts: dict[tuple[Any, ...], int] = {}
        self.count = self._below(0, {})
        self._order = self._shuffled(seed)
        self._drawn: list[int] = []

    def __getitem__(self, position: int) -> dict[str, Any]:
        """A value for every active parameter, by path."""
        if position >= self.count:
            raise IndexError(position)
        self._drawn.extend(itertools.islice(self._order, position + 1 - len(self._drawn)))
        return self._at(self._drawn[position])

    def _shuffled(self, seed: int) -> Iterator[int]:
        """Every number once; drawn as they are needed, since there may be more of them than memory holds."""
        rng, seen = random.Random(seed), set[int]()  # noqa: S311 - an order is no secret
        while len(seen) < self.count:
            number = rng.randrange(self.count)
            if number not in seen:
                seen.add(number)
                yield number

    def _below(self, index: int, chosen: dict[str, Any]) -> int:
        """How many combinations there are of the parameters from an index on, given what others depend on."""
        if index == len(self._parameters):
            return 1
        key = (index, *((path, repr(value)) for path, value in chosen.items()))
        if key not in self._counts:
            self._counts[key] = sum(
                times * self._below(index + 1, after) for times, after in self._branches(index, chosen)
            )
        return self._counts[key]

    def _branches(self, index: int, chosen: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
        """What a parameter can take: how many values lead to the same conditions, and these."""
        parameter = self._parameters[index]
        if not parameter.active({**self._space.fixed, **chosen}):
            return [(1, chosen)]
        values = self._values[parameter.path]
        if parameter.path not in self._conditions:
            return [(len(values), chosen)]
        return [(1, {**chosen, parameter.path: value}) for value in values]

    def _at(self, number: int) -> dict[str, Any]:
        params: dict[str, Any] = {}
        chosen: dict[str, Any] = {}
        for index, parameter in enumerate(self._parameters):
            active = parameter.active({**self._space.fixed, **chosen})
            option, number, chosen = self._choose(index, number, chosen)
            if active:
                params[parameter.path] = self._values[parameter.path][option]
        return params

    def _choose(self, index: int, number: int, chosen: dict[str, Any]) -> tuple[int, int, dict[str, Any]]:
        """Which value of a parameter a combination has, and which it is of those that have it."""
        for option, (times, after) in enumerate(self._branches(index, chosen)):
            below = self._below(index + 1, after)
            if number < times * below:
                return option + number // below, number % below, after
            number -= times * below
        raise IndexError(number)


def grid(space: Space, points: int) -> dict[str, Sequence[Any]]:
    """The values of a grid: all of choices, integers and steps, and so many points of every other range.

    Args:
        space: What is searched.
        points: Of a float without a step, and of integers on a logarithmic scale; both ends are among them.
    """
    return {path: _on_grid(parameter, points) for path, parameter in space.parameters.items()}


def every_value(space: Space) -> dict[str, Sequence[Any]]:
    """All values of every parameter.

    Raises:
        ConfigError: A float has no step.
    """
    for path, parameter in space.parameters.items():
        if isinstance(parameter, Float) and parameter.step is None and parameter.low < parameter.high:
            raise ConfigError(
                f"search.sampler: brute_force tries every value, and {path} has no end of them. Set {path}.step, or"
                " choose search.sampler=grid, which takes search.grid_points of them. Received: brute_force."
            )
    return {path: _all(parameter) for path, parameter in space.parameters.items()}


def _all(parameter: Parameter) -> Sequence[Any]:
    match parameter:
        case Int(low=low, high=high, step=step):
            return range(low, high + 1, step)
        case Float(low=low, high=high, step=float(step)):
            return [min(low + index * step, high) for index in range(round((high - low) / step) + 1)]
        case Float(low=low):
            return [low]
        case Choice(choices=choices):
            return choices
    raise TypeError(f"{parameter.path} has no values that can be listed.")


def _on_grid(parameter: Parameter, points: int) -> Sequence[Any]:
    match parameter:
        case Float(low=low, high=high, log=log, step=None) if low < high:
            return [parameter.nearest(point) for point in _spread(low, high, points, log=log)]
        case Int(low=low, high=high, log=True) if high - low >= points:
            return sorted({round(point) for point in _spread(low, high, points, log=True)})
    return _all(parameter)


def _spread(low: float, high: float, points: int, *, log: bool) -> list[float]:
    shares = [index / (points - 1) for index in range(points)]
    if log:
        return [math.exp(math.log(low) + share * (math.log(high) - math.log(low))) for share in shares]
    return [low + share * (high - low) for share in shares]
