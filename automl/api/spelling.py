"""Plain Python values in the words of the command line, so that both have one grammar and one set of errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from automl import registry
from automl.config.keys import GROUPS
from automl.config.quoting import text
from automl.errors import ConfigError, shown
from automl.space import is_space


def overrides(values: Mapping[str, Any]) -> Iterator[str]:
    """The words of overrides by key.

    Args:
        values: A key may be dotted (``training.epochs``), or be a section with a mapping of its keys, or with the name
            of a choice. A mapping with ``low`` and ``high``, or with ``choices``, is a space; with one key of a space
            alone it changes that key.

    Raises:
        ConfigError: A value is none that a configuration can hold.

    Example:
        >>> list(overrides({"training": {"epochs": 5}, "model.blocks": {"low": 1, "high": 2}, "runner": "inline"}))
        ['training.epochs=5', 'model.blocks={low:1,high:2}', 'runner=inline']
        >>> list(overrides({"model.dropout": {"high": 0.3}}))
        ['model.dropout.high=0.3']
    """
    for key, value in values.items():
        if key in GROUPS:
            yield from _section(key, value)
        else:
            yield from _leaf(key, value)


def _section(group: str, value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield f"{group}={value}"
        return
    if not isinstance(value, Mapping):
        raise ConfigError(f"{group}: expected the name of a choice, or a mapping of keys. Received: {shown(value)}.")
    rest = dict(value)
    if group == "data" and rest.get("loader") in registry.choices(group):
        yield f"{group}={rest.pop('loader')}"
    elif isinstance(rest.get("name"), str) and (group != "data" or rest["name"] in registry.choices(group)):
        yield f"{group}={rest.pop('name')}"
    for key, one in rest.items():
        yield from _leaf(f"{group}.{key}", one)


def _leaf(key: str, value: Any) -> Iterator[str]:
    if is_space(value) and not ("choices" in value or {"low", "high"} <= set(value)):
        yield from (f"{key}.{name}={spelled(one, f'{key}.{name}')}" for name, one in value.items())
    else:
        yield f"{key}={spelled(value, key)}"


def spelled(value: Any, key: str) -> str:
    """A value as the command line spells it.

    Args:
        value: None, a truth value, a number (also NumPy's), a text, a path, or lists and mappings of these.
        key: Where it stands, for messages.

    Raises:
        ConfigError: It is anything else.
    """
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{name}:{spelled(one, key)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple | range):
        return "[" + ",".join(spelled(one, key) for one in value) + "]"
    if hasattr(value, "tolist"):  # NumPy's scalars and arrays
        return spelled(value.tolist(), key)
    return _leaf_spelled(value, key)


def _leaf_spelled(value: Any, key: str) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str() | Path():
            return text(str(value))
        case Integral():
            return str(int(value))
        case Real():
            return repr(float(value))
    raise ConfigError(
        f"{key}: expected a number, a text, true or false, a list, or a space such as"
        f' {{"low": 1, "high": 4}}. Received: {shown(value)}.'
    )
