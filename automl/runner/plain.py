"""What a worker may send: plain values, which the driver reads without any library of the worker."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import date
from pathlib import PurePath
from typing import Any

_PLAIN = (str, int, float, bool, type(None), date, PurePath)


def plain(value: Any, path: str = "result") -> Any:
    """The value with NumPy's and other frameworks' numbers and arrays turned into Python's own.

    The results of jobs are dataclasses of this package, which the driver knows; what they hold is made plain.

    Args:
        value: Anything.
        path: What it is called in the error.

    Raises:
        TypeError: It holds something that is neither a plain value nor a number.

    Example:
        >>> plain({"metrics": {"loss": np.float32(0.5)}})
        {'metrics': {'loss': 0.5}}
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, dict):
        return {plain(key, f"{path}'s key"): plain(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [plain(item, f"{path}[{index}]") for index, item in enumerate(value)]
        return items if isinstance(value, list) else tuple(items)
    return _converted(value, path)


def _converted(value: Any, path: str) -> Any:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, PurePath | date):
        return value
    if is_dataclass(value) and not isinstance(value, type) and type(value).__module__.startswith("automl."):
        names = [one.name for one in fields(value)]
        return replace(value, **{name: plain(getattr(value, name), f"{path}.{name}") for name in names})
    for convert in ("tolist", "numpy"):
        if hasattr(type(value), convert):
            return plain(getattr(value, convert)(), path)
    if hasattr(type(value), "__float__"):
        return float(value)
    raise TypeError(f"{path}: expected numbers, text, lists or mappings of them. Received: {type(value).__name__}.")
