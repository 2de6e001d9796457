"""The tracker that a configuration asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.errors import ConfigError, nearest
from automl.fields import construct
from automl.records import Observer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def check_tracking(section: Mapping[str, Any], experiments: Path) -> None:
    """Refuse what the ``tracking`` section alone shows to be wrong, before anything is made.

    Raises:
        ConfigError: There is no such tracker, a key is wrong, or an address names no store.
    """
    make_tracker(section, experiments)


def make_tracker(section: Mapping[str, Any], experiments: Path) -> Observer:
    """The tracker of the ``tracking`` section.

    Args:
        section: The section; ``name`` is ``mlflow`` or ``none``.
        experiments: The experiments folder, absolute.

    Raises:
        ConfigError: There is no such tracker, a key is wrong, or an address names no store.
    """
    values = {key: value for key, value in section.items() if key != "name"}
    match section.get("name"):
        case "mlflow":
            from automl.tracking.mlflow import MLflowSettings, MLflowTracker

            return MLflowTracker(construct(MLflowSettings, values, "tracking"), experiments)
        case "none":
            return Observer()
    raise ConfigError(
        f"Unknown tracking '{section.get('name')}'. {nearest(str(section.get('name')), ['mlflow', 'none'])}"
    )
