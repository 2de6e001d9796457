"""Trials that are run before the search engine is asked: a face's default and portfolio, and what the user enqueues."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.errors import ConfigError, SpaceError, nearest, shown
from automl.space import SEARCHED, conditions, flat, is_space

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from automl.space import Parameter, Space

NAME = "model.name"

DEFAULT = "default"
"""The key of a face with the configuration that is tried first: fields of the model, and paths in other sections."""

PORTFOLIO = "portfolio"
"""The key of a face with further configurations, each written as the default is, and ``when`` it is tried."""


def default(config: Mapping[str, Any], space: Space) -> dict[str, Any] | None:
    """The parameters of the model's default configuration; None where its face has none.

    What was narrowed takes the nearest value that is left, and what the face is silent of the middle.

    Raises:
        ConfigError: It is no mapping.
    """
    face = config["model"].get(DEFAULT)
    if face is None:
        return None
    if not isinstance(face, dict):
        raise ConfigError(f"model.{DEFAULT}: expected a mapping of keys to values. Received: {shown(face)}.")
    return space.nearest(_usual(config))


def portfolio(config: Mapping[str, Any], space: Space) -> list[dict[str, Any]]:
    """The parameters of the configurations of the face's portfolio that hold for these data, in its order.

    As of ``default``; what an entry is silent of is as the default has it.

    Raises:
        ConfigError: It is no list of mappings.
        SpaceError: A condition is of no key.
    """
    face = config["model"].get(PORTFOLIO) or []
    if not isinstance(face, list):
        raise ConfigError(f"model.{PORTFOLIO}: expected a list of mappings. Received: {shown(face)}.")
    found = [_entry(one, f"model.{PORTFOLIO}[{number}]", config, space) for number, one in enumerate(face)]
    return [params for params in found if params is not None]


def enqueued(config: Mapping[str, Any], space: Space) -> list[dict[str, Any]]:
    """The parameters of what ``search.enqueue`` names, in its order.

    Raises:
        ConfigError: An item is neither a mapping nor a configuration file.
        SpaceError: A value is outside of its space, or a key is none that is searched.
    """
    items = config["search"].get("enqueue") or ()
    items = [items] if isinstance(items, str) else items
    return [_item(item, f"search.enqueue[{number}]", config, space) for number, item in enumerate(items)]


def of_family(config: Mapping[str, Any], family: str) -> Mapping[str, Any]:
    """A configuration of ``model=auto`` that enqueues for one family: files and mappings whose ``model.name`` it is."""
    items = config["search"].get("enqueue") or ()
    found = [own for item in ([items] if isinstance(items, str) else items) for own in _of_family(item, family)]
    return {**config, "search": {**config["search"], "enqueue": found}}


def _of_family(item: Any, family: str) -> Iterator[Any]:
    if isinstance(item, str):
        if not Path(item).is_file() or values_of(_plain(item)).get("model.name") == family:
            yield item
    elif isinstance(item, dict):
        values = flat(item)
        if NAME not in values:
            raise ConfigError(
                f"search.enqueue: with model=auto each item names its family, as in {{model.name: mlp}}."
                f" Received: {shown(item)}."
            )
        if values.pop(NAME) == family:
            yield values
    else:
        yield item


def values_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The leaves of a configuration's searched sections, by path."""
    sections = {name: config[name] for name in SEARCHED if isinstance(config.get(name), dict)}
    said = (f"model.{DEFAULT}.", f"model.{PORTFOLIO}")
    return {path: value for path, value in flat(sections).items() if not path.startswith(said)}


def _usual(config: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the face's default, by path."""
    return _by_path(config["model"].get(DEFAULT) or {})


def _by_path(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a face tries, by path."""
    return {path if _is_path(path) else f"model.{path}": value for path, value in flat(values).items()}


def _entry(one: Any, where: str, config: Mapping[str, Any], space: Space) -> dict[str, Any] | None:
    """The parameters of one entry of a portfolio; None where its conditions do not hold."""
    if not isinstance(one, dict):
        raise ConfigError(f"{where}: expected a mapping of keys to values. Received: {shown(one)}.")
    when = conditions(where, one.get("when") or {})
    for path in when:
        if path not in space.parameters and path not in space.fixed:
            known = nearest(path, [*space.parameters, *space.fixed])
            raise SpaceError(f"{where}.when: there is no '{path}' in the configuration. {known}")
    values = {key: value for key, value in one.items() if key != "when"}
    params = space.nearest({**_usual(config), **_by_path(values)})
    leaves = {**space.fixed, **params}
    return params if all(leaves.get(path) in allowed for path, allowed in when.items()) else None


def _is_path(key: str) -> bool:
    return key.partition(".")[0] in SEARCHED and "." in key


def _item(item: Any, where: str, config: Mapping[str, Any], space: Space) -> dict[str, Any]:
    if isinstance(item, str):
        asked = {path: value for path, value in _file(item, where).items() if path in space.parameters}
        where = f"{where}, {item}"
    elif isinstance(item, dict):
        asked = dict(_named(item, where, space))
    else:
        raise ConfigError(f"{where}: expected a configuration file, or a mapping. Received: {shown(item)}.")
    for path, value in asked.items():
        _check(space.parameters[path], value, where)
    return space.nearest({**_usual(config), **asked})


def _file(name: str, where: str) -> dict[str, Any]:
    if not Path(name).is_file():
        raise ConfigError(f"{where}: there is no such configuration file. Received: {shown(name)}.")
    return values_of(_plain(name))


def _plain(name: str) -> dict[str, Any]:
    from automl.config import saved

    return saved.plain(name)


def _named(item: Mapping[str, Any], where: str, space: Space) -> Iterator[tuple[str, Any]]:
    """The values of a mapping by path; a fixed leaf may be repeated, and nothing else."""
    for key, value in flat(item).items():
        path = key if _is_path(key) else f"model.{key}"
        if path in space.parameters:
            yield path, value
        elif path not in space.fixed:
            raise SpaceError(f"{where}: '{path}' is not searched. {nearest(path, list(space.parameters))}")
        elif space.fixed[path] != value:
            raise SpaceError(f"{where}: {path} is not searched; it is {shown(space.fixed[path])}. Received: {value!r}.")


def _check(parameter: Parameter, value: Any, where: str) -> None:
    if is_space(value):
        raise SpaceError(f"{where}: {parameter.path} is to be a value. Received: {shown(value)}.")
    if not parameter.admits(value):
        raise SpaceError(f"{where}: {parameter.path} is outside of its space, {parameter}. Received: {shown(value)}.")
