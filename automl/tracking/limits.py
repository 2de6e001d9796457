"""What an MLflow store takes: names, values and batches cut to its limits before it can refuse them."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

T = TypeVar("T")

_NAME, _PARAM, _TAG, RUN_NAME = 250, 6000, 5000, 250
_SCHEMA, _DIGEST, DATASET_NAME, EXPERIMENT = 65000, 36, 500, 500
PARAMS, METRICS = 100, 800
"""In one call, which may hold a thousand entries: a hundred parameters, a hundred tags and metrics."""

_REQUEST = 300_000
"""Characters of JSON in a batch; a server refuses a request of more than a million bytes."""


def text(value: object, most: int) -> str:
    r"""A value as text that every database takes, cut to a length.

    Example:
        >>> text("a\x00b", 9)
        'ab'
    """
    found = str(value).replace("\x00", "")[:most]
    return found.encode("utf-8", "replace").decode("utf-8")


@lru_cache(4096)
def entry_name(name: str) -> str:
    """A name of a metric, parameter or tag that MLflow takes: letters of any script, digits and ``_ - . / :``, space.

    Example:
        >>> entry_name("f1 (macro)"), entry_name("../소득//x")
        ('f1 _macro_', '소득/x')
    """
    parts = re.sub(r"[^/\w.\- :]", "_", text(name, _NAME)).split("/")
    return "/".join(part for part in parts if part not in ("", ".", "..")) or "_"


def model_name(name: str) -> str:
    """A name that MLflow takes for a logged model.

    Example:
        >>> model_name("v1.2")
        'v1-2'
    """
    return re.sub(r"[/:.%\"']", "-", text(name, RUN_NAME)) or "model"


def params(values: Mapping[str, object]) -> dict[str, str]:
    """Parameters within the limits."""
    return {entry_name(name): text(value, _PARAM) for name, value in values.items()}


def tags(values: Mapping[str, object]) -> dict[str, str]:
    """Tags within the limits."""
    return {entry_name(name): text(value, _TAG) for name, value in values.items()}


def metrics(values: Mapping[str, float]) -> dict[str, float]:
    """Metrics within the limits; NaN and infinite ones are values like others."""
    return {entry_name(name): float(value) for name, value in values.items()}


def digest(fingerprint: str) -> str:
    """A fingerprint that MLflow takes for a data set."""
    return text(fingerprint, _DIGEST) or "none"


def schema(spec: Mapping[str, object]) -> str:
    """A data set described in JSON; without what makes it longer than a store takes."""
    for names in ((), ("statistics",), ("statistics", "details", "inputs", "features", "classes", "warnings")):
        described = json.dumps({key: value for key, value in spec.items() if key not in names}, default=str)
        if len(described) <= _SCHEMA:
            return described
    return "{}"


def batches(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """Items in runs of at most ``most`` that fit into a request; nothing for none."""
    start, size = 0, 0
    for index, item in enumerate(items):
        length = len(json.dumps(item)) + 20
        if index > start and (index - start >= most or size + length > _REQUEST):
            yield items[start:index]
            start, size = index, 0
        size += length
    if items:
        yield items[start:]
