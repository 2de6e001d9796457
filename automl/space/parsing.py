"""Spaces parsed out of a configuration."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Mapping
from typing import Any

from automl.errors import SpaceError, nearest, shown
from automl.space.families import FAMILIES, FamilySpace
from automl.space.parameters import Choice, Float, Int, Parameter
from automl.space.space import Space

SEARCHED = ("model", "training", "data")
"""Sections of the configuration whose leaves may be spaces."""

_LARGEST = sys.float_info.max
_RANGE_KEYS = {"low", "high", "log", "step", "when"}
_CHOICE_KEYS = {"choices", "when"}


def parse(config: Mapping[str, Any]) -> Space:
    """The space of a composed configuration.

    Args:
        config: Plain values; only the sections ``model``, ``training`` and ``data`` are looked at; or, where it has
            ``families``, these sections of each.

    Raises:
        SpaceError: A space breaks a rule; the message names its path, the rule and what was received.
    """
    if families := config.get(FAMILIES):
        rest = {name: section for name, section in config.items() if name not in (FAMILIES, "model", "training")}
        return FamilySpace.of({name: parse({**rest, **sections}) for name, sections in families.items()})
    template = {name: _without_offers(config[name]) for name in SEARCHED if isinstance(config.get(name), Mapping)}
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


def _without_offers(section: Mapping[str, Any]) -> Mapping[str, Any]:
    """A section without what a face tries first: these are values of a trial, not of all."""
    kinds: dict[str, type] = {"default": Mapping, "portfolio": list}
    return {key: value for key, value in section.items() if not isinstance(value, kinds.get(key, ()))}


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
    when = conditions(path, node.get("when") or {})
    if kind == "choices":
        return _choice(path, node["choices"], when)
    return _range(path, node, when)


def _kind(node: Mapping[str, Any]) -> str:
    """What was written last: an override merges its keys behind those of the space that it replaces."""
    return next(key for key in reversed(list(node)) if key in ("choices", "low", "high")) if node else "low"


def conditions(path: str, when: Any) -> dict[str, tuple[Any, ...]]:
    """The values by path that ``when`` allows, each path as it is written in full.

    Args:
        path: Of what it is a condition.
        when: Paths with a value each, or with several.

    Raises:
        SpaceError: It is no mapping.
    """
    if not isinstance(when, Mapping):
        raise SpaceError(f"{path}.when: expected a mapping of paths to values. Received: {shown(when)}.")
    return {
        str(other): tuple(allowed) if isinstance(allowed, list | tuple) else (allowed,)
        for other, allowed in flat(when).items()
    }


def flat(node: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Leaves by dotted path, whether they were written dotted or nested; a space is a leaf."""
    leaves: dict[str, Any] = {}
    for key, value in node.items():
        inner = f"{prefix}{key}"
        is_leaf = is_space(value) or not isinstance(value, Mapping)
        leaves.update({inner: value} if is_leaf else flat(value, f"{inner}."))
    return leaves


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
