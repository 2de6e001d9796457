"""Trained models opened from their folders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from automl.errors import DataError, PluginError
from automl.registry import Group, entry

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data.spec import DataSpec
    from automl.plugin import ModelPlugin


def open_spec(folder: Path) -> DataSpec | None:
    """What a model itself keeps of its data: trials may differ in how they read them; None where it keeps nothing.

    Raises:
        DataError: The file is damaged, or another program's.
    """
    from automl.data.spec import DataSpec

    path = folder / "spec.json"
    if not path.is_file():
        return None
    try:
        return DataSpec.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"predict: {path} is damaged, or no description of data: {error!r}.") from error


def open_model(name: str, folder: Path) -> ModelPlugin:
    """The model that its plugin wrote into a folder.

    Raises:
        PluginError: The plugin is not installed any more.
        DataError: What lies there is damaged, or not its own.
    """
    from automl.plugin import ModelPlugin

    cls = entry(Group.MODELS, name).load()
    if not (isinstance(cls, type) and issubclass(cls, ModelPlugin)):
        raise PluginError(f"The model '{name}' is no automl.plugin.ModelPlugin. Received: {cls!r}.")
    try:
        return cls.load(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"predict: the model in {folder} cannot be loaded: {error}") from error
