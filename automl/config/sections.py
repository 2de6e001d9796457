"""The sections of a configuration: their shape, their keys, and the type and bounds of every value and space.

A default has one home, the field of the dataclass behind a section: it holds where a key is left out, as in a file of
one's own or under a condition (``when``) that does not hold. A configuration file of the dataclass's own name repeats
it, to show what there is to choose, or opens it as a space; a preset, of another name, sets what it likes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from automl import registry
from automl.bounds import Automatic, Text
from automl.config.advice import advice, meaning
from automl.config.hints import field_docs, field_types, required_fields
from automl.config.study import Search, Split, Top
from automl.errors import ConfigError, nearest, shown
from automl.fields import alternatives, field_hints, unbounded
from automl.fields import check as check_type
from automl.registry import Group, entry
from automl.settings.automatic import AUTO
from automl.space import FAMILIES, SEARCHED, is_space

SECTIONS = ("model", "data", "training", "search", "runner", "tracking", "ensemble")
OPTIONAL: Mapping[str, Mapping[str, Any]] = {"ensemble": {"name": "none"}}
"""Sections that may be left out, as configurations of earlier versions do, and what then holds."""
TOP_KEYS = tuple(field.name for field in fields(Top))
SEARCH_KEYS = tuple(field.name for field in fields(Search))

COMMON: dict[str, type] = {"data": Split, "search": Search}
"""Keys of a section that are the core's, whatever is chosen for it."""

_GROUPS = {
    "model": Group.MODELS,
    "data": Group.DATASETS,
    "training": Group.TRAINING,
    "search": Group.SEARCH_ENGINES,
    "runner": Group.RUNNERS,
}

_CLASSES = {
    "tracking": {"mlflow": "automl.tracking.mlflow:MLflowSettings"},
    "ensemble": {"greedy": "automl.settings.ensemble:Greedy"},
}
"""Of sections whose choices are the core's own: the class behind each that has keys."""


def check_shape(config: Mapping[str, Any]) -> None:
    """Refuse unknown keys beside the sections, and sections that are missing, no mapping, or without a name.

    Raises:
        ConfigError: The message names the key and what was received.
    """
    for key in config:
        if key not in (*SECTIONS, *TOP_KEYS, FAMILIES):
            raise ConfigError(f"{key}: there is no such key. {nearest(str(key), SECTIONS + TOP_KEYS)}")
    if not config.get("model"):
        raise no_model()
    for section in SECTIONS:
        values = config.get(section, OPTIONAL.get(section))
        if values is None or (isinstance(values, Mapping) and set(values) == _core_keys(section) != set()):
            raise ConfigError(f"{section}: the section is missing. Choose one with {section}=<name>. {_offer(section)}")
        if not isinstance(values, Mapping):
            raise ConfigError(f"{section}: expected a section of keys and values. Received: {shown(values)}.")
        check_type(values.get("name"), Text, f"{section}.name")


def _core_keys(section: str) -> set[str]:
    """What a section holds for which nothing was chosen."""
    return {one.name for one in fields(COMMON[section])} if section in COMMON else set()


def _offer(section: str) -> str:
    return f"Available: {', '.join(registry.choices(section)) or 'none is installed'}."


def no_model() -> ConfigError:
    """What to say where no model was chosen."""
    available = ", ".join(registry.choices("model"))
    return ConfigError(f"No model was chosen. Add +model=<name>, one of: {available or 'none is installed'}.")


def check_sections(config: Mapping[str, Any]) -> None:
    """Refuse unknown keys, and values or ends of spaces that are of the wrong type or out of their bounds.

    Raises:
        ConfigError: The message names the path and what was received.
        PluginError: A section names what is not installed.
    """
    if families := config.get(FAMILIES):
        rest = {key: value for key, value in config.items() if key != FAMILIES}
        for sections in families.values():
            check_sections({**rest, **sections})
        return
    for section in SECTIONS:
        given = config.get(section, OPTIONAL.get(section, {}))
        values = {key: value for key, value in given.items() if key not in _said(section)}
        hints, face = _known(section, given)
        for key, value in values.items():
            if key not in hints and (face or hints) and key not in face:
                known = {*hints, *face} - _said(section)
                raise ConfigError(
                    f"{section}.{key}: there is no such field."
                    f" {_elsewhere(str(key), section, config) or nearest(str(key), known)}"
                )
            hint = hints[key] if key in hints else infer(face.get(key))
            try:
                check_values(value, hint, f"{section}.{key}")
            except ConfigError as error:
                raise advised(error, f"{section}.{key}", value, _docs(section, given).get(key, "")) from None
        for key in _required(section, given):
            if key not in given:
                raise ConfigError(f"{section}.{key}: a value is needed. Received: none.")


def _said(section: str) -> frozenset[str]:
    """Keys of a section that are no fields of the class behind it."""
    return _GROUPS[section].said if section in _GROUPS else frozenset({"name"})


def _elsewhere(key: str, section: str, config: Mapping[str, Any]) -> str:
    """The same key in other sections."""
    others = [one for one in SECTIONS if one != section and one in config and key in _known(one, config[one])[0]]
    others = [f"{one}.{key}" for one in others] + ([key] if key in TOP_KEYS else [])
    return f"Did you mean: {', '.join(others)}?" if others else ""


def _docs(section: str, values: Mapping[str, Any]) -> dict[str, str]:
    """What the keys of a section mean, by key."""
    target = _CLASSES[section].get(str(values["name"]), ":") if section in _CLASSES else _target(section, values)
    common = COMMON.get(section)
    return field_docs(target) | (field_docs(f"{common.__module__}:{common.__name__}") if common else {})


def advised(error: ConfigError, path: str, value: Any, doc: str) -> ConfigError:
    """The error with how the value is written, and what its key means."""
    listed = isinstance(value, list | tuple) and "expected a list" in str(error)  # several are not meant to be searched
    hint = "" if listed else advice(path, value, decimals="a number" in str(error))
    return type(error)(" ".join(filter(None, [str(error), hint, meaning(doc)])))


def _required(section: str, values: Mapping[str, Any]) -> list[str]:
    """Keys that the class behind a section cannot do without."""
    return required_fields(_target(section, values)) if section in _GROUPS else []


def _target(section: str, values: Mapping[str, Any]) -> str:
    return entry(_GROUPS[section], str(values.get("loader") or values["name"])).target


def _known(section: str, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The type hints of a section's keys, and the configuration file behind it."""
    name = str(values["name"])
    if section in _CLASSES:
        if name not in registry.choices(section):
            raise ConfigError(f"Unknown {section} '{name}'. {nearest(name, registry.choices(section))}")
        return field_types(_CLASSES[section].get(name, ":")), face_of(section, name)
    face = face_of(section, name) or face_of(section, str(values.get("loader")))
    hints = field_types(_target(section, values))
    if section in COMMON:
        hints |= field_hints(COMMON[section])
    return hints, face


def face_of(section: str, name: str) -> dict[str, Any]:
    """The configuration file of a choice as plain values, with what it inherits; empty where there is none."""
    from omegaconf import OmegaConf

    path = registry.config_file(section, name)
    face = OmegaConf.to_container(OmegaConf.load(path)) if path else {}
    if not isinstance(face, dict):
        return {}
    inherited: dict[str, Any] = {}
    for item in face.get("defaults") or []:
        if isinstance(item, str) and item != "_self_":
            inherited |= face_of(section, item)
    return inherited | {str(key): value for key, value in face.items()}


def models_for(problem: str) -> list[str]:
    """The models whose faces name a task, sorted."""
    return [name for name in registry.choices("model") if problem in (face_of("model", name).get("tasks") or ())]


def infer(leaf: Any) -> Any:
    """The type hint that a value or space of a face stands for; ``Any`` where it tells nothing."""
    if is_space(leaf):
        values = leaf["choices"] if "choices" in leaf else [leaf.get("low"), leaf.get("high")]
        hints = {infer(value) for value in values}
        if hints == {int, float}:
            return float
        return hints.pop() if len(hints) == 1 else Any
    return type(leaf) if isinstance(leaf, bool | int | float | str) else Any


def check_values(value: Any, hint: Any, path: str) -> None:
    """Refuse a value, or any choice or end of a space, that is not of the type or out of its bounds.

    Raises:
        ConfigError: The message names the path and what was received.
    """
    if value == AUTO and _is_automatic(hint):
        return
    if not is_space(value) or (path.partition(".")[0] in SECTIONS and path.partition(".")[0] not in SEARCHED):
        check_type(value, hint, path)
    else:
        for key, one in _ends(value):
            check_type(one, unbounded(hint) if key == "step" else hint, f"{path}.{key}")


def _is_automatic(hint: Any) -> bool:
    """Whether a value may be left to the data."""
    return any(isinstance(bound, Automatic) for _, bounds in alternatives(hint) for bound in bounds)


def _ends(space: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ("low", "high", "step"):
        if space.get(key) is not None:
            yield key, space[key]
    for choice in space.get("choices") or ():
        yield "choices", choice
