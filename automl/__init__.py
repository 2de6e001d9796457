"""automl: plugin-based AutoML experiments for deep learning.

``automl.search``, ``automl.resume``, ``automl.load`` and ``automl.reproduce`` are those of ``automl.api``, imported
when they are first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automl.api import Study, load, reproduce, resume, search

__all__ = ["Study", "__version__", "load", "reproduce", "resume", "search"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in {"Study", "load", "reproduce", "resume", "search"}:
        raise AttributeError(f"module 'automl' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module("automl.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
