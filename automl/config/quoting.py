"""Values quoted on the user's behalf: Hydra's grammar reads no letters beyond ASCII, and few signs, outside quotes.

What is a list, a mapping, a number, quoted text, an interpolation or, with ``--multirun``, a sweep stays what it is;
all else is text, and means what it says, letter by letter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONG = 1000
"""Characters; a value that is longer is text unless it opens like something else: Hydra's parser takes its time."""

_PAIRS = {"[": "]", "{": "}", "(": ")"}
_PLAIN = re.compile(r"[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?|true|false|null|[+-]?(inf|nan)", re.IGNORECASE)


def quote(word: str, *, sweep: bool) -> str:
    """An override ``<key>=<value>`` in words that Hydra reads.

    Args:
        word: As it was typed.
        sweep: Whether commas and functions such as ``range(1,4)`` stand for several values.

    Example:
        >>> quote("data.path=my photos (1)", sweep=False)
        'data.path="my photos (1)"'
    """
    key, equal, value = word.partition("=")
    if not equal or _is_read(word, value, sweep=sweep):
        return word
    try:
        return f"{key}={_as_read(value, f'{key}=', sweep=sweep)}"
    except RecursionError:  # a thousand brackets
        return f"{key}={text(value)}"


def _is_read(word: str, value: str, *, sweep: bool) -> bool:
    """Whether Hydra reads the word, and as what it says."""
    if len(value) > _LONG and value[0] not in "[{'\"":
        return False
    read = parsed(word)
    if read is None:
        return False
    if read.is_sweep_override():
        return sweep
    found = read.value()
    return sweep or not isinstance(found, str) or found == value or _is_quoted(value)


def parsed(word: str) -> Any:
    """Hydra's reading of an override, or None."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        return OverridesParser.create().parse_override(word)
    except (HydraException, ValueError, RecursionError):  # such as an integer that Python does not convert
        return None


def _as_read(value: str, key: str, *, sweep: bool) -> str:
    """A value that Hydra does not read, in words that it does."""
    if _is_quoted(value):
        return text(value[1:-1])
    inner = _items(value, key) if _is_enclosed(value) else None
    if inner is None and sweep and len(parts := list(_split(value))) > 1:
        inner = ",".join(_item(one.strip()) for one in parts)
    return inner if inner is not None else text(value)


def _items(value: str, key: str) -> str | None:
    """A list or mapping with its items quoted; None where it is neither even then."""
    repaired = _item(value)
    return repaired if parsed(key + repaired) is not None else None


def _item(value: str) -> str:
    opening = value[:1]
    if _PLAIN.fullmatch(value) or _is_quoted(value) or value.startswith("${"):
        return value
    if _is_enclosed(value):
        repair = _item if opening == "[" else _pair
        items = [repair(one.strip()) for one in _split(value[1:-1])] if value[1:-1].strip() else []
        return f"{opening}{','.join(items)}{_PAIRS[opening]}"
    return text(value)


def _pair(pair: str) -> str:
    key, colon, value = pair.partition(":")
    return f"{key.strip()}{colon}{_item(value.strip())}"


def _split(value: str) -> Iterator[str]:
    """The parts between commas that stand in no brackets and no quotes."""
    depth, quoted, start = 0, "", 0
    for index, letter in enumerate(value):
        if quoted:
            quoted = "" if letter == quoted and value[index - 1] != "\\" else quoted
        elif letter in "'\"" and not value[start:index].strip(" [{:"):
            quoted = letter
        elif letter in _PAIRS:
            depth += 1
        elif letter in _PAIRS.values():
            depth -= 1
        elif letter == "," and depth == 0:
            yield value[start:index]
            start = index + 1
    yield value[start:]


def _is_enclosed(value: str) -> bool:
    """Whether the bracket that opens the value closes at its end, unlike those of ``[2024] photos [1]``."""
    if value[:1] not in ("[", "{") or value[-1] != _PAIRS[value[0]]:
        return False
    depth = 0
    for index, letter in enumerate(value):
        depth += (letter in _PAIRS) - (letter in _PAIRS.values())
        if depth == 0:
            return index == len(value) - 1
    return False


def _is_quoted(value: str) -> bool:
    return len(value) > 1 and value[0] in "'\"" and value[0] == value[-1]


def text(value: str) -> str:
    """A text in double quotes, escaped as Hydra wants it."""
    from hydra.core.override_parser.types import Quote, QuotedString

    return QuotedString(value, Quote.double).with_quotes()
