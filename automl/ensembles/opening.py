"""Trained models by the name of their plugin and the folder that they were saved in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.errors import PluginError
from automl.failure import named
from automl.plugin import ModelPlugin
from automl.registry import Group, entry

if TYPE_CHECKING:
    from pathlib import Path

ENSEMBLE = "ensemble.json"
"""In the folder of an ensemble: its members' names and weights."""

SETTLED = "settled.json"
"""In the folder of a model of whose answers something was decided: what."""


def plugin_class(name: str) -> type[ModelPlugin]:
    """The plugin of that name.

    Raises:
        PluginError: It is not installed, cannot be imported, or is no ``ModelPlugin``.
    """
    cls = entry(Group.MODELS, name).load()
    if not (isinstance(cls, type) and issubclass(cls, ModelPlugin)):
        raise PluginError(
            f"The model '{name}' must be a subclass of automl.plugin.ModelPlugin. Received: {_given(cls)}."
        )
    return cls


def open_plugin(name: str, folder: Path) -> ModelPlugin:
    """What was saved into a folder: an ensemble, or what was settled, where it holds one; else a model of that plugin.

    Args:
        name: Of the plugin.
        folder: Where it was saved.

    Raises:
        PluginError: A plugin is not installed any more, or is none.
    """
    if (folder / ENSEMBLE).is_file():
        from automl.ensembles.ensemble import Ensemble

        return Ensemble.load(folder)
    if (folder / SETTLED).is_file():
        from automl.ensembles.settled import Settled

        return Settled.load(folder)
    return plugin_class(name).load(folder)


def _given(cls: Any) -> str:
    return named(cls) if isinstance(cls, type) else repr(cls)
