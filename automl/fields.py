"""Mappings of plain values turned into dataclasses, every field's type and bounds checked."""

from __future__ import annotations

import dataclasses
import inspect
import math
import sys
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from automl.bounds import Bound
from automl.errors import ConfigError, PluginError, close, nearest, shown
from automl.failure import named

T = TypeVar("T")

_WORDS = {int: "an integer", float: "a number", str: "a string", bool: "true or false", type(None): "null"}
_LISTS = (list, tuple, Sequence)
_UNFIT = object()


def construct(cls: type[T], values: Mapping[str, Any], path: str) -> T:
    """An instance of a dataclass, made of configuration values.

    Integers are taken where numbers or strings are asked for, and lists where tuples are.

    Args:
        cls: The dataclass.
        values: Its fields by name.
        path: Where they stand in the configuration, for messages; empty at the top.

    Raises:
        ConfigError: A field is unknown, missing, of the wrong type, or out of its bounds.
        PluginError: The class is no dataclass.

    Example:
        >>> @dataclasses.dataclass
        ... class Net:
        ...     width: int
        >>> construct(Net, {"width": 8}, "model")
        Net(width=8)
    """
    path = f"{path}." if path else ""
    check_is_dataclass(cls)
    hints = field_hints(cls)
    fields = {field.name: field for field in dataclasses.fields(cls) if field.init}  # type: ignore[arg-type]
    for name in values:
        if name not in fields:
            raise ConfigError(f"{path}{name}: there is no such field. {nearest(str(name), fields)}")
    missing = [name for name, field in fields.items() if name not in values and is_required(field)]
    if missing:
        raise ConfigError(f"{path}{missing[0]}: a value is needed. Received: none.")
    return cls(**{name: check(value, hints[name], f"{path}{name}") for name, value in values.items()})


def check_is_dataclass(cls: type) -> None:
    """Refuse a class that declares fields without being a dataclass; its bases may be some.

    Raises:
        PluginError: The message names them.
    """
    if "__dataclass_fields__" in vars(cls):
        return
    declared = [name for name, hint in inspect.get_annotations(cls).items() if "ClassVar" not in str(hint)]
    if declared or not dataclasses.is_dataclass(cls):
        fields = f"declares {', '.join(declared)}, but is" if declared else "is"
        raise PluginError(f"{named(cls)} {fields} no dataclass. Write @dataclass above it.")


def field_hints(cls: type) -> dict[str, Any]:
    """The type hints of a dataclass's fields, bounds included.

    Other annotations, such as those of fields that are not given, may name what is imported for type checkers alone.
    """
    given = {field.name for field in dataclasses.fields(cls) if field.init}
    hints: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        written = {name: hint for name, hint in inspect.get_annotations(base).items() if name in given}
        names = vars(sys.modules[base.__module__])
        hints |= get_type_hints(types.SimpleNamespace(__annotations__=written), names, include_extras=True)
    return hints


def is_required(field: dataclasses.Field[Any]) -> bool:
    """Whether a field is to be given a value."""
    return field.init and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def check(value: Any, hint: Any, path: str) -> Any:
    """The value, brought to the type that ``hint`` asks for.

    Raises:
        ConfigError: It is of another type, out of its bounds, not finite, or not one of a ``Literal``'s choices.
    """
    taken = _take(value, hint)
    if taken is _UNFIT:
        raise ConfigError(f"{path}: expected {_wanted(value, hint)}. Received: {_received(value)}.{_hint(value, hint)}")
    return taken


def _received(value: Any) -> str:
    """As it is written in YAML."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else shown(value)


def unbounded(hint: Any) -> Any:
    """The hint without its bounds."""
    kinds = [kind for kind, _ in alternatives(hint)]
    return Union[tuple(kinds)] if kinds else hint  # noqa: UP007 - the members are only known here


def alternatives(hint: Any) -> Iterator[tuple[Any, tuple[Bound, ...]]]:
    """The types that a hint allows, each with the bounds that hold for it.

    Example:
        >>> from automl.bounds import AtLeast
        >>> list(alternatives(Annotated[int, AtLeast(1)] | None))
        [(<class 'int'>, (AtLeast(low=1),)), (<class 'NoneType'>, ())]
    """
    if get_origin(hint) is Annotated:
        inner, *extras = get_args(hint)
        bounds = tuple(extra for extra in extras if isinstance(extra, Bound))
        for kind, others in alternatives(inner):
            yield kind, () if kind is type(None) else (*others, *bounds)
    elif get_origin(hint) in (Union, types.UnionType):
        for one in get_args(hint):
            yield from alternatives(one)
    else:
        yield (type(None) if hint is None else hint), ()


def _take(value: Any, hint: Any) -> Any:
    """The value as the hint has it, or ``_UNFIT``; exact types come before those that it can be brought to."""
    allowed = list(alternatives(hint))
    for bring in (_exact, _brought):
        for kind, bounds in allowed:
            taken = bring(value, kind)
            if taken is not _UNFIT and all(bound.admits(taken) for bound in bounds):
                return taken
    return _UNFIT


def _exact(value: Any, kind: Any) -> Any:
    origin = get_origin(kind)
    if kind is Any:
        return value
    if origin is Literal:
        return value if any(value == one and type(value) is type(one) for one in get_args(kind)) else _UNFIT
    if (origin or kind) in _LISTS:
        return _items(value, kind)
    if kind is float:
        return value if isinstance(value, float) and math.isfinite(value) else _UNFIT
    if kind is int and isinstance(value, bool):
        return _UNFIT
    return value if isinstance(value, Mapping if origin in (dict, Mapping) else origin or kind) else _UNFIT


def _brought(value: Any, kind: Any) -> Any:
    """An integer as a number or a string: what looks like one on the command line may be a column's name."""
    if kind not in (float, str) or isinstance(value, bool) or not isinstance(value, int):
        return _UNFIT
    try:
        return kind(value)
    except (OverflowError, ValueError):
        return _UNFIT


def _items(value: Any, kind: Any) -> Any:
    if not isinstance(value, list | tuple):
        return _UNFIT
    hints = [one for one in get_args(kind) if one is not Ellipsis]
    if not _is_fixed(kind):
        hints = (hints or [Any]) * len(value)
    taken = [_take(item, hint) for item, hint in zip(value, hints, strict=False)]
    if len(hints) != len(value) or any(item is _UNFIT for item in taken):
        return _UNFIT
    return tuple(taken) if get_origin(kind) is tuple else taken


def _is_fixed(kind: Any) -> bool:
    """Whether every item of a tuple has a hint of its own."""
    return get_origin(kind) is tuple and Ellipsis not in get_args(kind)


def describe(hint: Any) -> str:
    """What a hint allows, in words.

    Example:
        >>> from automl.bounds import AtLeast
        >>> describe(Annotated[int, AtLeast(1)] | None)
        'an integer of at least 1 or null'
    """
    return " or ".join(" ".join([_kind(kind), *_joined(map(str, bounds))]) for kind, bounds in alternatives(hint))


def _wanted(value: Any, hint: Any) -> str:
    """What a hint allows; of the bounds only those that the value breaks, for first things come first."""
    if isinstance(value, float) and not math.isfinite(value):
        return describe(hint).replace("a number", "a finite number", 1)
    words = []
    for kind, bounds in alternatives(hint):
        taken = _take(value, kind)
        broken = [] if taken is _UNFIT else [bound.against(taken) for bound in bounds if not bound.admits(taken)]
        words.append(" ".join([_kind(kind), *_joined(broken)]))
    return " or ".join(words)


def _joined(bounds: Iterable[str]) -> list[str]:
    return list(filter(None, [" and ".join(filter(None, bounds))]))


def _kind(kind: Any) -> str:
    origin = get_origin(kind)
    if origin is Literal:
        return "one of " + ", ".join(map(_literal, get_args(kind)))
    if (origin or kind) in _LISTS:
        return _list(kind)
    if origin in (dict, Mapping):
        return "a mapping"
    return _WORDS.get(kind, getattr(kind, "__name__", str(kind)))


def _literal(choice: Any) -> str:
    """As it is written in YAML."""
    return str(choice).lower() if isinstance(choice, bool) else str(choice)


def _list(kind: Any) -> str:
    items = [one for one in get_args(kind) if one is not Ellipsis and one is not Any]
    if _is_fixed(kind):
        return f"a list of {len(items)}"
    return f"a list, each item {describe(items[0])}" if items else "a list"


def _hint(value: Any, hint: Any) -> str:
    """What the user may have meant."""
    kinds = [kind for kind, _ in alternatives(hint)]
    literals = [_literal(choice) for kind in kinds if get_origin(kind) is Literal for choice in get_args(kind)]
    if literals and isinstance(value, str):
        near = close(value, literals)
        return f" Did you mean: {', '.join(near)}?" if near else ""
    if str in kinds and isinstance(value, bool | float):
        return " Put it into double quotes to have it taken as text."
    return ""
