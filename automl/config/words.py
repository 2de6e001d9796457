"""The command line in Hydra's own words: flags first, then overrides that its grammar reads."""

from __future__ import annotations

import itertools
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from automl import registry
from automl.config.explain import unreadable
from automl.config.keys import GROUPS, suggest
from automl.config.quoting import parsed, quote, text
from automl.config.saved import is_saved
from automl.errors import ConfigError, nearest, shown

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_CHOSEN = ("data", "training", "search", "runner", "tracking", "ensemble")
"""Groups that have a choice already; those that have none, model and experiment, want a plus."""

_KEY = re.compile(r"(?P<prefix>\+\+|\+|~)?(?P<key>[A-Za-z_$][\w$./@:-]*)", re.ASCII)
_OPEN_KEY = re.compile(
    r"^(?:(?:model|training|data)\.[\w.]+\.(?:low|high|log|step|choices|when)|search\.constraints\.\w+\.(?:min|max))="
)
_SPACE_VALUE = re.compile(r"^((?:model|training|data)\.[\w.]+)=(\{.*\})$", re.DOTALL)


@dataclass(frozen=True)
class CommandLine:
    """What was typed, sorted.

    Attributes:
        flags: Hydra's flags, ``--multirun`` left out.
        overrides: In Hydra's words.
        saved: The saved configuration to run, if one is named.
        sweep: Whether several studies are asked for.
    """

    flags: tuple[str, ...]
    overrides: tuple[str, ...]
    saved: str | None = None
    sweep: bool = False

    def studies(self) -> Iterator[list[str]]:
        """The overrides of each study: one, or every combination of what is swept over.

        Raises:
            ConfigError: A sweep cannot be counted out, as an interval of floats.
        """
        if not self.sweep:
            yield list(self.overrides)
            return
        for combination in itertools.product(*map(_several, self.overrides)):
            yield list(combination)


def read(argv: list[str]) -> CommandLine:
    """Sort the arguments, and put them in Hydra's words.

    - ``model=cnn`` is ``+model=cnn``, and ``+data=iris`` is ``data=iris``;
    - what Hydra's grammar does not read as it stands is quoted;
    - a whole space on the command line replaces what stood there instead of being merged into it;
    - one key of a space, such as ``model.dropout.log=true``, or of a constraint may be new;
    - flags may stand anywhere.

    Raises:
        ConfigError: An argument is neither a flag, an override, nor a file.

    Example:
        >>> read(["model=cnn", "model.filters={low:8,high:64}", "name=a b"]).overrides
        ('+model=cnn', '~model.filters', '+model.filters={low:8,high:64}', 'name=a b')
    """
    typed = [_decoded(word) for word in argv]
    found, others = _parse(typed)
    flags = _without(typed, [*others, "-m", "--multirun"])
    saved = [word for word in others if is_saved(word)]
    if len(saved) > 1:
        raise ConfigError(f"One saved configuration is run at a time. Received: {', '.join(saved)}.")
    sweep = bool(found.multirun)
    pairs = zip(["", *others], others, strict=False)
    overrides = [word for before, one in pairs if one not in saved for word in _override(one, before, sweep=sweep)]
    return CommandLine(tuple(flags), tuple(overrides), saved[0] if saved else None, sweep)


def _decoded(word: str) -> str:
    """An argument as UTF-8, whatever the locale took it for.

    Raises:
        ConfigError: It is not UTF-8.
    """
    if not any("\udc80" <= letter <= "\udcff" for letter in word):
        return word
    try:
        return os.fsencode(word).decode("utf-8")
    except UnicodeError as error:
        raise ConfigError(f"Cannot read {word!a}: expected text in UTF-8.") from error


class _Refused(Exception):  # noqa: N818 - never leaves this module
    pass


def _parse(words: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Hydra's flags, and the words that are none."""
    from hydra._internal.utils import get_args_parser

    def refuse(message: str) -> NoReturn:
        raise _Refused(message)

    parser: Any = get_args_parser()
    parser.error = refuse
    try:
        found = parser.parse_intermixed_args(words)
    except _Refused as refused:
        raise _bad_flag(str(refused), words, list(parser._option_string_actions)) from refused  # noqa: SLF001
    return found, list(found.overrides or [])


def _bad_flag(message: str, words: list[str], flags: list[str]) -> ConfigError:
    """A sentence for argparse's complaint about a flag."""
    unknown = message.partition("unrecognized arguments: ")[2]
    if "ignored explicit argument" in message:  # of one dash: -model=cnn
        unknown = next(one for one in words if re.match(r"-\w", one) and one not in flags)
    if not unknown:
        flag, _, rule = message.removeprefix("argument ").partition(": ")
        return ConfigError(f"{flag}: {rule}.")
    word = next((one for one in words if one.startswith("-") and unknown.startswith(one)), unknown)
    flag, _, value = word.partition("=")
    key = flag.lstrip("-").replace("-", "_")
    if key in GROUPS:
        return ConfigError(f"There is no flag '{flag}'. Write {'+' * (key not in _CHOSEN)}{key}={value or '<name>'}.")
    hint = suggest(key, []).partition(" Available")[0]
    if hint.startswith("Did"):
        return ConfigError(f"There is no flag {shown(flag)}. Keys have no dashes: <key>=<value>. {hint}")
    return ConfigError(f"There is no flag {shown(flag)}. {nearest(flag, flags)}")


def _without(words: list[str], taken: list[str]) -> list[str]:
    rest = list(taken)
    kept = []
    for word in words:
        if word in rest:
            rest.remove(word)
        else:
            kept.append(word)
    return kept


def _override(word: str, before: str, *, sweep: bool) -> list[str]:
    """One argument, which follows another, as one or two overrides."""
    key, equal, value = word.partition("=")
    match = _KEY.fullmatch(key)
    if match is None or not (equal or match["prefix"] == "~"):
        raise _no_override(word, key if equal else "", before)
    if match["key"] in GROUPS and equal:
        return [_choice(match["prefix"] or "", match["key"], value, sweep=sweep)]
    word = quote(word, sweep=sweep)
    if space := _SPACE_VALUE.match(word):
        # A space is to replace what is there, not to be merged into it; Hydra cannot delete what is null.
        return [f"{space[1]}=0", f"~{space[1]}", f"+{word}"]
    return [f"++{word}"] if _OPEN_KEY.match(word) else [word]


def _no_override(word: str, key: str, before: str) -> ConfigError:
    if word in registry.choices("model"):
        return ConfigError(f"'{word}' is a model. Run it with +model={word}.")
    if key != key.strip() and _KEY.fullmatch(key.strip()):
        return ConfigError(f"Leave out the spaces around '=': {key.strip()}={word.partition('=')[2].strip()}.")
    if name := key.strip():
        return ConfigError(f"{name if name.isprintable() else shown(name)}: there is no such key. {suggest(name, [])}")
    return unreadable(word, before)


def _choice(prefix: str, group: str, value: str, *, sweep: bool) -> str:
    """A choice of a configuration file, with a plus where it is the first of its group."""
    prefix = prefix if prefix == "~" else "" if group in _CHOSEN else "+"
    word = quote(f"{group}={value}", sweep=sweep)
    reading = parsed(word)
    if reading is not None and "," in value and not sweep and isinstance(reading.value(), str):
        raise ConfigError(f"{group}: one choice is expected; several need --multirun (-m). Received: {value}.")
    several = reading.value() if reading is not None and not reading.is_sweep_override() else None
    if isinstance(several, list) and len(several) > 1 and group != "experiment":
        raise ConfigError(f"{group}: one choice is expected; several need --multirun (-m). Received: {value}.")
    if reading is not None and not reading.is_sweep_override() and not isinstance(reading.value(), str | dict | list):
        word = f"{group}={text(value)}"
    return f"{prefix}{word}"


def _several(word: str) -> list[str]:
    """An override for each value that it sweeps over."""
    from hydra.core.override_parser.types import Glob

    reading = parsed(word)
    if reading is None or not reading.is_sweep_override():
        return [word]
    key = reading.get_key_element()
    if isinstance(reading.value(), Glob):
        return [f"{key}={one}" for one in reading.value().filter(registry.choices(key.lstrip("+")))]
    if not reading.is_discrete_sweep():
        raise ConfigError(f"{key}: expected values that can be counted, such as 1,2 or range(1,4). Received: {word}.")
    return [f"{key}={one}" for one in reading.sweep_string_iterator()]
