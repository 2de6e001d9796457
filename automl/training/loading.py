"""A saved Keras model opened again; what of it Keras does not know is told by the line of its author."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import keras

from automl.errors import PluginError
from automl.failure import informative, written

if TYPE_CHECKING:
    from pathlib import Path

_UNKNOWN = re.compile(r"Could not locate (class|function) '(\w+)'")
_UNMADE = re.compile(r"Error when deserializing class '(\w+)'.*?Exception encountered: (.*)", re.DOTALL)
_LAMBDA = re.compile(r"[Ll]ambda")


def load_model(path: Path, module: str) -> Any:
    """The model in a file, in Keras's safe mode.

    Args:
        path: A ``.keras`` file.
        module: The plugin's, whose package brings the custom objects.

    Raises:
        PluginError: Keras cannot make one of its layers again; the message says which, and how to mend it.
    """
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        told = _told(str(error), module.partition(".")[0])
        if not told:
            raise
        raise PluginError(f"The model that was saved cannot be loaded: {told}") from error


def _told(message: str, package: str) -> str:
    """The sentence for what Keras complains of; empty where it is nothing that an author is known to get wrong."""
    if found := _UNKNOWN.search(message):
        kind, name = found.groups()
        return (
            f"Keras does not know the {kind} {_named(name, package)}. Write"
            f" @keras.saving.register_keras_serializable(package='{package}') above it."
        )
    if found := _UNMADE.search(message):
        name, why = found.groups()
        return (
            f"the class {_named(name, package)} cannot be made of what its get_config told: {informative(why)}"
            " Let get_config return {**super().get_config(), ...} with each argument of __init__ by name, and let"
            " __init__ hand **kwargs on."
        )
    if _LAMBDA.search(message):
        return (
            "a Lambda layer holds Python code, which is not loaded. Write a layer of its own instead, with"
            f" @keras.saving.register_keras_serializable(package='{package}') above it, or use keras.ops."
        )
    return ""


def _named(name: str, package: str) -> str:
    """A class or function of a package, with the line where it begins."""
    modules = [vars(one) for key, one in sys.modules.items() if key.partition(".")[0] == package]
    line = next((line for one in modules if name in one and (line := written(one[name]))), "")
    return f"'{name}' ({line})" if line else f"'{name}'"
