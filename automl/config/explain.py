"""Hydra's exceptions in one sentence each, with the nearest right names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, get_args, get_origin

from automl import registry
from automl.config.hints import field_types
from automl.config.keys import GROUPS, chosen, suggest
from automl.config.sections import TOP_KEYS, no_model
from automl.errors import ConfigError, nearest, shown
from automl.fields import alternatives
from automl.registry import Group


def explain(error: Exception, words: list[str]) -> ConfigError:
    """One sentence for what composition raised.

    Args:
        error: What Hydra or OmegaConf raised.
        words: The command line in Hydra's words.
    """
    from hydra.errors import MissingConfigException, OverrideParseException

    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, choice = str(error.missing_cfg_file).rpartition("/")
        return ConfigError(f"{group or 'config'}: there is no {shown(choice)}. {_choices(group, choice)}")
    if isinstance(error, OverrideParseException):
        return unreadable(str(error.override))
    message = str(error)
    key = _key(error, message)
    if key and "already at" in message:
        return ConfigError(f"{key}: the key is there already. Leave out the '+': {key}=<value>.")
    if key and "could not" in message.lower():
        return _unknown(key, words)
    return ConfigError(_plain(error, message, words))


def _choices(group: str, choice: str) -> str:
    """The choices of a group; or how a file is named, and a key of the group that takes such a value."""
    if group == "data" and (reader := _READ.get(Path(choice).suffix.lower())) and len(choice) < _LONGEST:
        return f"A file is read by {reader} data.path={choice}."
    engines = registry.entries(Group.SEARCH_ENGINES) if group == "search" else {}
    own = chosen([])["search"]
    for engine, point in sorted(engines.items(), key=lambda item: item[0] != own):
        for key, hint in field_types(point.target).items():
            if any(get_origin(kind) is Literal and choice in get_args(kind) for kind, _ in alternatives(hint)):
                return f"Did you mean: search={engine} search.{key}={choice}?"
    return nearest(choice, registry.choices(group))


def _chosen_twice(group: str, words: list[str]) -> str:
    made = [word.partition("=")[2] for word in words if word.lstrip("+").partition("=")[0] == group]
    several = f"-m {'+' if group == 'model' else ''}{group}={','.join(made)}"
    return f"{group}: one choice is expected; a study of each is run by {several}. Received: {' and '.join(made)}."


def _plain(error: Exception, message: str, words: list[str]) -> str:
    """Hydra's own words on one line."""
    if twice := re.match(r"Multiple values for ([\w/]+)", message):
        return _chosen_twice(twice[1], words)
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if not lines:
        return f"The configuration cannot be composed: {type(error).__name__}."
    if message.startswith("Error merging override") and error.__cause__ is not None:
        reason = str(error.__cause__).partition("\n")[0]
        return f"{message.replace('Error merging override', 'Cannot read')}: {reason}."
    place = getattr(error, "full_key", None)
    return f"{place}: {lines[0].rstrip('.')}." if place else " ".join(lines[:3])


def _key(error: Exception, message: str) -> str:
    match = re.search(r"'([\w.@/$-]+)'", message)
    cause = error.__cause__ if error.__cause__ is not None else error
    return match[1] if match else getattr(cause, "full_key", None) or ""


def _unknown(key: str, words: list[str]) -> ConfigError:
    section, *inner = key.split(".")
    if section == "search" and inner[:1] == ["constraints"] and len(inner) == 2:
        return ConfigError(f"{key}: expected a bound, as in {key}.max=<number> or {key}.min=<number>.")
    if f"~{key}" in words and key in TOP_KEYS:
        return ConfigError(f"{key}: every study has this key. Leave '~{key}' out.")
    if section == "model" and not any(word.startswith("+model=") for word in words):
        return no_model()
    if key in GROUPS:
        return ConfigError(f"{key}: it cannot be chosen anew here. Set its keys instead, as in {key}.<key>=<value>.")
    return ConfigError(f"{key}: there is no such key. {suggest(key, words)}")


def unreadable(word: str, before: str = "") -> ConfigError:
    """What to say of an argument that is no override.

    Args:
        word: The argument.
        before: The one before it.
    """
    received = f"'{word}'" if word.isprintable() and len(word) < 200 else shown(word)
    return ConfigError(
        f"Cannot read {received}: expected <key>=<value>, as in search.trials=10. {_meant(word, before)}".strip()
    )


def _meant(word: str, before: str) -> str:
    """What was probably meant by an argument that is no override."""
    key, equal, value = before.partition("=")
    bare = word.lstrip("+")
    with_spaces = bool(value) and key.lstrip("+~") not in GROUPS and len(before + word) < _LONGEST
    if with_spaces and "path" in key:
        return f"A value with spaces wants quotes: '{before} {word}'."
    if bare in GROUPS:
        return f"Write {'+' * (bare == 'model')}{bare}=<name>, without spaces."
    if word == "=" or (equal and not value):
        return f"Leave out the spaces around '=': {before.rstrip('=')}=<value>."
    return _rewritten(word) or (f"A value with spaces wants quotes: '{before} {word}'." if with_spaces else "")


def _rewritten(word: str) -> str:
    """How a word says what it seems to: ``key:value``, or a file."""
    colon = re.fullmatch(r"(\+?[A-Za-z_][\w.]*)[:\s]\s*(\S+)", word, re.ASCII)
    suffix = Path(word).suffix.lower()
    if len(word) >= _LONGEST:
        return ""
    if colon is not None:
        return f"Write {colon[1]}={colon[2]}."
    return f"A file is read by {_READ[suffix]} data.path={word}." if suffix in _READ else ""


_LONGEST = 200
_READ = {**dict.fromkeys((".csv", ".tsv", ".parquet"), "data=csv"), ".npz": "data=npz", ".zip": "data=image_folder"}
"""The choice of data that reads a file."""
