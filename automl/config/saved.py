"""Saved configurations, such as a study's ``best.yaml``: read whole, and refused by name where they are damaged."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl import registry
from automl.config.sections import OPTIONAL, SECTIONS, TOP_KEYS, check_sections, check_shape, face_of
from automl.config.study import Search, Split, Top
from automl.errors import AutomlError, ConfigError, nearest, shown
from automl.fields import construct
from automl.space import parse

if TYPE_CHECKING:
    from omegaconf import DictConfig

_SUFFIXES = (".yaml", ".yml")
_LONGEST = 500
_COMMON: dict[str, dict[str, Any]] = {"data": asdict(Split()), "search": asdict(Search())}
"""Keys that a section has whatever is chosen for it, as ``conf/config.yaml`` gives them."""
_OLD = {"folds": 1}
"""What a configuration meant that was saved when there was no such key: its scores are to come out the same."""


def is_saved(word: str) -> bool:
    """Whether an argument names a saved configuration: a YAML file, or else a file or folder that is there."""
    if "=" in word:
        return word.endswith(_SUFFIXES) and _kind(word) == "file"
    return word.endswith(_SUFFIXES) or ("/" in word and _kind(word) != "")


def _kind(word: str) -> str:
    try:
        return "file" if Path(word).is_file() else "folder" if Path(word).is_dir() else ""
    except (OSError, ValueError):
        return ""


def read(word: str) -> DictConfig:
    """The configuration in a file, checked.

    Raises:
        AutomlError: It cannot be read, is no configuration, or holds what is wrong; the message begins with the file.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        config = OmegaConf.create(completed(_mapping(_text(word))))
        if "defaults" not in config:  # else Hydra composes it, and it is checked then
            plain = OmegaConf.to_container(config, resolve=True)
            assert isinstance(plain, dict)
            _check({str(key): value for key, value in plain.items()})
    except AutomlError as error:
        raise type(error)(f"{_name(word)}: {error}") from error
    except OmegaConfBaseException as error:
        place = f"{error.full_key}: " if getattr(error, "full_key", None) else ""
        raise ConfigError(f"{_name(word)}: {place}{str(error).splitlines()[0].rstrip('.')}.") from error
    return config


def plain(word: str) -> dict[str, Any]:
    """The configuration in a file as plain values, unchecked.

    Raises:
        ConfigError: It cannot be read.
    """
    try:
        return {str(key): value for key, value in _mapping(_text(word)).items()}
    except AutomlError as error:
        raise type(error)(f"{_name(word)}: {error}") from error


def choose(config: DictConfig, overrides: list[str]) -> tuple[DictConfig, list[str]]:
    """Put other sections in the place of saved ones, as ``tracking=none`` asks for; the overrides that are left.

    Raises:
        ConfigError: There is no such choice.
    """
    from omegaconf import OmegaConf

    chosen, left = config.copy(), []
    for override in overrides:
        group, equal, choice = override.partition("=")
        if not equal or group not in SECTIONS:
            left.append(override)
        elif registry.config_file(group, choice) is None:
            raise ConfigError(f"{group}: there is no {shown(choice)}. {nearest(choice, registry.choices(group))}")
        else:
            face = face_of(group, choice)
            keys = {key: value for key, value in face.items() if key != "defaults"}
            chosen[group] = OmegaConf.create({**_COMMON.get(group, {}), **keys})
    return chosen, left


def completed(config: dict[Any, Any]) -> dict[Any, Any]:
    """With the keys that every configuration has, so that the command line can set those which an old one lacks."""
    if not isinstance(config.get("data"), dict) or "defaults" in config:
        return config
    known = {**_COMMON, "data": {**_COMMON["data"], **_OLD}}
    common = {name: {**keys, **config[name]} for name, keys in known.items() if isinstance(config.get(name), dict)}
    optional = {name: dict(keys) for name, keys in OPTIONAL.items()}
    return {
        "deterministic": Top.deterministic,
        "refit": Top.refit,
        "calibrate": Top.calibrate,
        **optional,
        **config,
        **common,
    }


def _name(word: str) -> str:
    return word if word.isprintable() and len(word) <= _LONGEST else shown(word)


def _check(config: dict[str, Any]) -> None:
    needed = [section for section in SECTIONS if section not in OPTIONAL]
    for section in needed:
        if config.get(section) is None:
            whole = ", ".join(needed)
            raise ConfigError(f"{section}: the section is missing. A whole configuration has {whole}.")
    check_shape(config)
    parse(config)
    check_sections(config)
    construct(Top, {key: config[key] for key in TOP_KEYS if key in config}, "")


def _text(word: str) -> str:
    path = Path(word)
    match _kind(word):
        case "folder":
            best = path / "best.yaml"
            hint = f" Name the file in it: {best}." if best.is_file() else ""
            raise ConfigError(f"expected a configuration file. Received: a folder.{hint}")
        case "":
            raise ConfigError("there is no such configuration file.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the file cannot be read: {error.strerror}.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        kind = "UTF-16 text" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "no text"
        raise ConfigError(f"expected YAML in UTF-8. Received: {kind}.") from error


def _mapping(text: str) -> dict[Any, Any]:
    """The YAML of a file, which is to be sections of keys, each once."""
    import yaml
    from omegaconf._utils import get_yaml_loader

    try:
        found = yaml.load(text, Loader=get_yaml_loader())  # noqa: S506 - a safe loader that refuses a key twice
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ConfigError(f"it cannot be read: {line}{error.problem or error.context}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"it cannot be read: {str(error).splitlines()[0]}.") from error
    if found is None:
        raise ConfigError("expected sections of keys and values. Received: an empty file.")
    if not isinstance(found, dict):
        raise ConfigError(f"expected sections of keys and values. Received: {shown(found)}.")
    return found
