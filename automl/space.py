"""Values and spaces, parsed out of the configuration; knows no search engine.

A leaf of the configuration is a value, or one of::

    {low: 1, high: 4}                      integers, since both ends are
    {low: 1e-4, high: 1e-2, log: true}     floats
    {low: 16, high: 64, step: 16}
    {choices: [adam, sgd, nadam]}

each with an optional ``when: {<path>: <value or list of values>}``: the parameter exists only where the condition
holds, and its key is absent from the configuration of a trial elsewhere.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from automl.errors import SpaceError, nearest, shown

SEARCHED = ("model", "training", "data")
"""Sections of the configuration whose leaves may be spaces."""

_LARGEST = sys.float_info.max
_RANGE_KEYS = {"low", "high", "log", "step", "when"}
_CHOICE_KEYS = {"choices", "when"}


@dataclass(frozen=True)
class Parameter:
    """What all parameters have: a path in the configuration and conditions under which it exists."""

    path: str
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict, kw_only=True)

    def active(self, values: Mapping[str, Any]) -> bool:
        """Whether every condition holds for these values by path."""
        return all(path in values and values[path] in allowed for path, allowed in self.when.items())


@dataclass(frozen=True)
class Int(Parameter):
    """Integers from ``low`` to ``high``, both included."""

    low: int
    high: int
    log: bool = False
    step: int = 1


@dataclass(frozen=True)
class Float(Parameter):
    """Floats from ``low`` to ``high``, both included."""

    low: float
    high: float
    log: bool = False
    step: float | None = None


@dataclass(frozen=True)
class Choice(Parameter):
    """One of several values, of any plain type."""

    choices: tuple[Any, ...]


@dataclass(frozen=True)
class Space:
    """All parameters of a configuration, in an order in which conditions come before what they govern.

    Attributes:
        parameters: By path.
        fixed: The value of every leaf that is not a space, by path.
        template: The searched sections of the configuration, spaces included.
    """

    parameters: Mapping[str, Parameter]
    fixed: Mapping[str, Any]
    template: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.parameters)

    def active(self, values: Mapping[str, Any]) -> Iterator[Parameter]:
        """The parameters that exist given the values chosen so far; consult it while ``values`` grows."""
        for parameter in self.parameters.values():
            if parameter.active({**self.fixed, **values}):
                yield parameter

    def given(self, path: str, value: Any) -> Space:
        """The space once it is known what a leaf stands for that the configuration leaves open."""
        return replace(self, fixed={**self.fixed, path: value})

    def depends_on(self, path: str) -> bool:
        """Whether a parameter exists only where the leaf at ``path`` has a certain value."""
        return any(path in parameter.when for parameter in self.parameters.values())

    def configure(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The searched sections with every space replaced by its value; inactive leaves are left out."""
        return {name: self._fill(section, name, params) for name, section in self.template.items()}

    def _fill(self, node: Any, path: str, params: Mapping[str, Any]) -> Any:
        if not isinstance(node, Mapping):
            return node
        filled = {}
        for key, child in node.items():
            inner = f"{path}.{key}"
            if inner not in self.parameters:
                filled[key] = self._fill(child, inner, params)
            elif inner in params:
                filled[key] = params[inner]
        return filled

    def middle(self) -> dict[str, Any]:
        """One plain configuration's parameters: the middle of every range and the first of every choice."""
        values: dict[str, Any] = {}
        for parameter in self.active(values):
            values[parameter.path] = _middle(parameter)
        return values


def _middle(parameter: Parameter) -> Any:
    match parameter:
        case Choice(choices=choices):
            return choices[0]
        case Int(low=low, high=high, log=True):
            return round(math.sqrt(low * high))
        case Int(low=low, high=high, step=step):
            return low + (high - low) // step // 2 * step
        case Float(low=low, high=high, log=True):
            return math.sqrt(low * high)
        case Float(low=low, high=high, step=float(step)):
            return low + round((high - low) / step) // 2 * step
        case Float(low=low, high=high):
            return (low + high) / 2
    raise TypeError(parameter)


def parse(config: Mapping[str, Any]) -> Space:
    """The space of a composed configuration.

    Args:
        config: Plain values; only the sections ``model``, ``training`` and ``data`` are looked at.

    Raises:
        SpaceError: A space breaks a rule; the message names its path, the rule and what was received.
    """
    template = {name: config[name] for name in SEARCHED if isinstance(config.get(name), Mapping)}
    parameters: dict[str, Parameter] = {}
    fixed: dict[str, Any] = {}
    for name, section in template.items():
        _walk(section, name, parameters, fixed)
    for parameter in parameters.values():
        for path in parameter.when:
            if path not in parameters and path not in fixed:
                known = nearest(path, [*parameters, *fixed])
                raise SpaceError(f"{parameter.path}.when: there is no '{path}' in the configuration. {known}")
    return Space(_ordered(parameters), fixed, template)


def _walk(node: Mapping[str, Any], path: str, parameters: dict[str, Parameter], fixed: dict[str, Any]) -> None:
    for key, child in node.items():
        inner = f"{path}.{key}"
        if not isinstance(child, Mapping):
            fixed[inner] = child
        elif is_space(child):
            parameters[inner] = _parameter(inner, child)
        else:
            _walk(child, inner, parameters, fixed)


def is_space(node: Any) -> bool:
    """Whether a node of the configuration is meant as a space."""
    return isinstance(node, Mapping) and bool({"low", "high", "choices"} & set(node))


def _parameter(path: str, node: Mapping[str, Any]) -> Parameter:
    kind = _kind(node)
    keys = _CHOICE_KEYS if kind == "choices" else _RANGE_KEYS
    foreign = {"low", "high", "log", "step"} if kind == "choices" else {"choices"}
    for key in node:
        if key not in keys and key not in foreign:
            raise SpaceError(f"{path}: a space has no key '{key}'. {nearest(str(key), keys)}")
    when = _conditions(path, node.get("when") or {})
    if kind == "choices":
        return _choice(path, node["choices"], when)
    return _range(path, node, when)


def _kind(node: Mapping[str, Any]) -> str:
    """What was written last: an override merges its keys behind those of the space that it replaces."""
    return next(key for key in reversed(list(node)) if key in ("choices", "low", "high")) if node else "low"


def _conditions(path: str, when: Any) -> dict[str, tuple[Any, ...]]:
    if not isinstance(when, Mapping):
        raise SpaceError(f"{path}.when: expected a mapping of paths to values. Received: {shown(when)}.")
    return {
        str(other): tuple(allowed) if isinstance(allowed, list | tuple) else (allowed,)
        for other, allowed in _flat(when).items()
    }


def _flat(when: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Conditions by dotted path, whether they were written dotted or nested."""
    flat: dict[str, Any] = {}
    for key, value in when.items():
        flat.update(_flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value})
    return flat


def _choice(path: str, choices: Any, when: Mapping[str, tuple[Any, ...]]) -> Choice:
    if not isinstance(choices, list | tuple):
        raise SpaceError(f"{path}.choices: expected a list. Received: {shown(choices)}.")
    if not choices:
        raise SpaceError(f"{path}.choices: at least one choice is needed. Received: an empty list.")
    keyed = [(type(choice), choice) for choice in choices]
    for index, choice in enumerate(keyed):
        if choice in keyed[:index]:
            raise SpaceError(f"{path}.choices: every choice once. Received: {shown(choices[index])} twice.")
    return Choice(path, tuple(choices), when=when)


def _range(path: str, node: Mapping[str, Any], when: Mapping[str, tuple[Any, ...]]) -> Int | Float:
    for key in ("low", "high"):
        if key not in node:
            raise SpaceError(f"{path}: a range needs both low and high. Received: {_shown(node)}.")
    low, high, step = node["low"], node["high"], node.get("step")
    log = node.get("log") or False
    for key, value in (("low", low), ("high", high), ("step", 1 if step is None else step)):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SpaceError(f"{path}.{key}: expected a number. Received: {shown(value)}.")
        if not (-_LARGEST <= value <= _LARGEST):  # NaN is not either
            raise SpaceError(f"{path}.{key}: expected a finite number. Received: {shown(value)}.")
    if not isinstance(log, bool):
        raise SpaceError(f"{path}.log: expected true or false. Received: {shown(log)}.")
    _check_range(path, low, high, step, log=log)
    if isinstance(low, int) and isinstance(high, int) and (step is None or isinstance(step, int)):
        return Int(path, low, high, log, step or 1, when=when)
    return Float(path, float(low), float(high), log, None if step is None else float(step), when=when)


def _check_range(path: str, low: float, high: float, step: float | None, *, log: bool) -> None:
    if low > high:
        raise SpaceError(f"{path}: low must not exceed high. Received: low={low}, high={high}.")
    if log and low <= 0:
        raise SpaceError(f"{path}: log needs low above 0. Received: low={low}; set a higher low, or log=false.")
    if step is None:
        return
    if log:
        raise SpaceError(f"{path}: log and step exclude each other. Received: log=true, step={step}.")
    if step <= 0:
        raise SpaceError(f"{path}.step: expected a number above 0. Received: {step}.")
    steps = (high - low) / step
    if not math.isclose(steps, round(steps), abs_tol=1e-9):
        raise SpaceError(
            f"{path}: the step must lead from low to high. Received: low={low}, high={high}, step={step};"
            f" the nearest high that fits is {low + math.floor(steps) * step}."
        )


def _shown(node: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in node.items())


def _ordered(parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Conditions before what they govern, else as written.

    Raises:
        SpaceError: Conditions go round in a circle.
    """
    ordered: dict[str, Parameter] = {}
    waiting = dict(parameters)
    while waiting:
        ready = [one for one in waiting.values() if all(path in ordered or path not in parameters for path in one.when)]
        if not ready:
            circle = ", ".join(itertools.islice(waiting, 4))
            raise SpaceError(f"when: these conditions depend on each other in a circle: {circle}.")
        for parameter in ready:
            ordered[parameter.path] = waiting.pop(parameter.path)
    return ordered
