"""Hydra's exceptions in one sentence each, with the nearest right names."""

from __future__ import annotations

import re

from automl import registry
from automl.config.keys import GROUPS, suggest
from automl.config.sections import TOP_KEYS, no_model
from automl.errors import ConfigError, nearest, shown


def explain(error: Exception, words: list[str]) -> ConfigError:
    """One sentence for what composition raised.

    Args:
        error: What Hydra or OmegaConf raised.
        words: The command line in Hydra's words.
    """
    from hydra.errors import MissingConfigException, OverrideParseException

    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, choice = str(error.missing_cfg_file).rpartition("/")
        known = nearest(choice, registry.choices(group))
        return ConfigError(f"{group or 'config'}: there is no {shown(choice)}. {known}")
    if isinstance(error, OverrideParseException):
        return unreadable(str(error.override))
    message = str(error)
    key = _key(error, message)
    if key and "already at" in message:
        return ConfigError(f"{key}: the key is there already. Leave out the '+': {key}=<value>.")
    if key and "could not" in message.lower():
        return _unknown(key, words)
    return ConfigError(_plain(error, message))


def _plain(error: Exception, message: str) -> str:
    """Hydra's own words on one line."""
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
    section = key.partition(".")[0]
    if f"~{key}" in words and key in TOP_KEYS:
        return ConfigError(f"{key}: every study has this key. Leave '~{key}' out.")
    if section == "model" and not any(word.startswith("+model=") for word in words):
        return no_model()
    if key in GROUPS:
        return ConfigError(f"{key}: it cannot be chosen anew here. Set its keys instead, as in {key}.<key>=<value>.")
    return ConfigError(f"{key}: there is no such key. {suggest(key, words)}")


def unreadable(word: str) -> ConfigError:
    """What to say of an argument that is no override."""
    received = f"'{word}'" if word.isprintable() and len(word) < 200 else shown(word)
    return ConfigError(f"Cannot read {received}: expected <key>=<value>, as in search.trials=10.")
