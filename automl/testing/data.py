"""Tiny data for tests of plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.tasks import load_task

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset


def tiny(task: str, folder: Path) -> Dataset:
    """The few samples with which a task tries its models; files go into ``folder``."""
    return load_task(task).tiny(folder)
