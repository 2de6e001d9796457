"""Mappings of plain values turned into dataclasses, every field's type checked."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from automl.errors import ConfigError, nearest

T = TypeVar("T")

_WORDS = {int: "an integer", float: "a number", str: "a string", bool: "true or false", type(None): "null"}


def construct(cls: type[T], values: Mapping[str, Any], path: str) -> T:
    """An instance of a dataclass, made of configuration values.

    Integers are taken where numbers are asked for, and lists where tuples are.

    Args:
        cls: The dataclass.
        values: Its fields by name.
        path: Where they stand in the configuration, for messages.

    Raises:
        ConfigError: A field is unknown, missing, or of the wrong type.

    Example:
        >>> @dataclasses.dataclass
        ... class Net:
        ...     width: int
        >>> construct(Net, {"width": 8}, "model")
        Net(width=8)
    """
    hints = get_type_hints(cls)
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}  # type: ignore[arg-type]
    for name in values:
        if name not in fields:
            raise ConfigError(f"{path}.{name}: there is no such field. {nearest(str(name), fields)}")
    missing = [name for name, field in fields.items() if name not in values and _required(field)]
    if missing:
        raise ConfigError(f"{path}.{missing[0]}: a value is needed. Received: none.")
    return cls(**{name: check(value, hints[name], f"{path}.{name}") for name, value in values.items()})


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def check(value: Any, hint: Any, path: str) -> Any:
    """The value, brought to the type that ``hint`` asks for.

    Raises:
        ConfigError: It is of another type, or not one of a ``Literal``'s choices.
    """
    if not _fits(value, hint):
        wanted = " or ".join(_describe(one) for one in _members(hint))
        literals = [str(choice) for one in _members(hint) for choice in _literals(one)]
        hint_text = f" {nearest(str(value), literals)}" if literals and isinstance(value, str) else ""
        raise ConfigError(f"{path}: expected {wanted}. Received: {value!r}.{hint_text}")
    return _convert(value, hint)


def _members(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _literals(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) is Literal else ()


def _fits(value: Any, hint: Any) -> bool:
    return any(_fits_one(value, one) for one in _members(hint))


def _fits_one(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if hint is Any:
        return True
    if origin is Literal:
        return any(value == choice and type(value) is type(choice) for choice in get_args(hint))
    if hint in (int, float):
        return isinstance(value, int | hint) and not isinstance(value, bool)
    if origin in (list, tuple, Sequence):
        return isinstance(value, list | tuple) and _items_fit(value, hint)
    return isinstance(value, Mapping if origin in (dict, Mapping) else origin or hint)


def _items_fit(value: Sequence[Any], hint: Any) -> bool:
    arguments = [one for one in get_args(hint) if one is not Ellipsis]
    if get_origin(hint) is tuple and Ellipsis not in get_args(hint) and arguments:
        return len(value) == len(arguments) and all(map(_fits, value, arguments))
    return all(_fits(item, arguments[0] if arguments else Any) for item in value)


def _convert(value: Any, hint: Any) -> Any:
    for one in _members(hint):
        if _fits_one(value, one):
            if one is float:
                return float(value)
            if get_origin(one) is tuple:
                return tuple(value)
            return value
    return value


def _describe(hint: Any) -> str:
    if choices := _literals(hint):
        return "one of " + ", ".join(str(choice) for choice in choices)
    origin = get_origin(hint)
    if origin in (list, tuple, Sequence):
        return "a list"
    if origin in (dict, Mapping):
        return "a mapping"
    return _WORDS.get(hint, getattr(hint, "__name__", str(hint)))
