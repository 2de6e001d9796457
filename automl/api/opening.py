"""Trained models opened from their folders, which may be damaged, edited, or another program's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from automl.ensembles import open_plugin, plugin_class
from automl.errors import AutomlError, DataError
from automl.failure import sentence
from automl.sealed import check_seal

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data.spec import DataSpec
    from automl.plugin import ModelPlugin


def open_spec(folder: Path) -> DataSpec | None:
    """What a model itself keeps of its data: trials may differ in how they read them; None where it keeps nothing.

    Nothing of the folder is opened where a file of it has changed since the study wrote it.

    Raises:
        DataError: A file has changed, is damaged, or is another program's.
    """
    from automl.data.spec import DataSpec

    check_seal(folder)
    path = folder / "spec.json"
    if not path.is_file():
        return None
    try:
        return DataSpec.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path} is damaged, or describes no data: {sentence(error)}.") from error


def open_model(name: str, folder: Path) -> ModelPlugin:
    """The model that its plugin wrote into a folder.

    Args:
        name: Of the plugin.
        folder: As ``open_spec`` has checked it.

    Raises:
        PluginError: The plugin is not installed any more.
        DataError: What lies there is damaged, or not its own.
    """
    plugin_class(name)
    try:
        return open_plugin(name, folder)
    except AutomlError as error:
        raise DataError(f"{folder} cannot be opened as a model '{name}': {error}") from error
    except Exception as error:  # libraries have errors of their own for each kind of damage
        raise DataError(
            f"{folder} cannot be opened as a model '{name}': {sentence(error)}. It is damaged, or another version's."
        ) from error
