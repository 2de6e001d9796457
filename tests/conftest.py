"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from automl import registry

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A distribution of scripted models, as if it were installed."""
    folder = str(Path(__file__).parent / "faults")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", folder, prepend=os.pathsep)
    clear_registry()
    yield
    clear_registry()


@pytest.fixture
def fresh_registry() -> Iterator[None]:
    """The registry scans again before the test and after it."""
    clear_registry()
    yield
    clear_registry()


def clear_registry() -> None:
    """Forget which distributions are installed."""
    for remembered in (registry._scan, registry.config_folders):
        remembered.cache_clear()
