"""What to say of a value that is refused, besides that it is: how it is written, and what the key means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from automl.space import SEARCHED, is_space

_NUMBER = r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?"
_RANGE = re.compile(
    rf"(?:range|interval)\(\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\)|({_NUMBER})\s*(?:-|\.\.|:)\s*({_NUMBER})"
)
_SPLIT_UP = re.compile(r"(?:low|high|choices|log|step|when):")
_BRACKETS = "()[]{}"
_LARGE = 1e15
_UNSEARCHED = f"Only keys of {', '.join(SEARCHED)} can be searched."


def advice(path: str, value: Any, *, decimals: bool = False) -> str:
    """How what was meant is written; empty where there is no telling.

    Args:
        path: The key.
        value: What it was given, of another type than it has.
        decimals: Whether the key takes any number.

    Example:
        >>> advice("model.blocks", "1-3")
        "A range is written 'model.blocks={low:1,high:3}'."
    """
    searched = path.partition(".")[0] in SEARCHED
    if isinstance(value, Mapping):
        return _space(path) if searched else _UNSEARCHED if is_space(value) else ""
    if isinstance(value, list | tuple):
        return _several(path, ",".join(map(str, value))) if searched and value else ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGE:
        return f"Write it without a point: {int(value)}."
    if not isinstance(value, str):
        return ""
    value = value.strip()
    return _of_number(path, value, decimals=decimals) or (_of_space(path, value) if searched else "")


def _of_number(path: str, value: str, *, decimals: bool) -> str:
    """A single value that was written in another way."""
    if value.startswith("=") and len(value) > 1:
        return f"One '=' is enough: {path}={value.lstrip('=')}."
    if re.fullmatch(rf"{_NUMBER}\s*%", value):
        return f"Write it as a share: {float(value.rstrip('% ')) / 100:g}."
    if decimals and re.fullmatch(r"0,\d+", value):
        return f"A decimal has a point: {value.replace(',', '.')}."
    return ""


def _of_space(path: str, value: str) -> str:
    """Several values that were written in another way."""
    if _SPLIT_UP.match(value):
        return f"The shell takes braces apart: put the whole into quotes, '{path}={{...}}'."
    if found := _RANGE.fullmatch(value):
        low, high = filter(None, found.groups())
        return f"A range is written '{path}={{low:{low},high:{high}}}'."
    if re.match(r"[\[({]", value) and re.search(r"low|high|choices", value):
        return _space(path)
    return _several(path, value) if "," in value else ""


def _space(path: str) -> str:
    return f"A space is written '{path}={{low:1,high:4}}' or '{path}={{choices:[1,2,4]}}'."


def _several(path: str, values: str) -> str:
    inner = values.removeprefix("choice").strip(_BRACKETS + " ")
    return f"To search several: '{path}={{choices:[{inner}]}}'."


def meaning(doc: str) -> str:
    """A field's documentation as a sentence, the first it has; empty where it has none."""
    first = re.split(r"(?<=\S)[.;](?=\s+[A-Z`]|\s*$)|;\s", doc.strip(), maxsplit=1)[0].replace("``", "")
    if not first:
        return ""
    first = re.sub(r"\bNone\b", "null", first)
    is_word = re.match(r"[A-Z]([a-z]|\s)", first) is not None
    return f"It means: {first[0].lower() if is_word else first[0]}{first[1:]}."
