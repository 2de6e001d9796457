"""What a new plugin is called wherever it has a name, and names that it cannot have."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl import registry
from automl.errors import ConfigError, shown
from automl.registry import Group, package_folder

if TYPE_CHECKING:
    from collections.abc import Collection

_NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|[-_](?=[A-Za-z0-9]))*")
"""What PyPI, entry points and Hydra all take."""

_LONGEST = 60
_OTHERS = {"null", "true", "false", "yes", "no", "on", "off", "inf", "nan", "y", "n"}
"""Words that YAML or the command line take for something else."""


@dataclass(frozen=True)
class Names:
    """The names of a plugin.

    Attributes:
        plugin: As it is chosen: ``my-model``.
        module: ``my_model``.
        package: ``automl_my_model``.
        distribution: ``automl-my-model``.
        cls: ``MyModel``.
    """

    plugin: str
    module: str
    package: str
    distribution: str
    cls: str


def make_names(name: str, group: Group, taken: Collection[str] = ()) -> Names:
    """The names that follow from one.

    Args:
        name: The plugin's.
        group: What it is.
        taken: Names of classes that its module imports.

    Raises:
        ConfigError: It is none, or it is installed already.
    """
    module = name.replace("-", "_").lower()
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise ConfigError(
            f"new: a name has ASCII letters and digits, with single hyphens or underscores between them, begins with a"
            f" letter, and is at most {_LONGEST} long. Received: {shown(name)}."
        )
    if keyword.iskeyword(module) or keyword.iskeyword(name) or module in _OTHERS:
        raise ConfigError(f"new: '{name}' is a word of Python or YAML. Choose another name.")
    _check_free(name, group, f"automl_{module}")
    cls = "".join(part[:1].upper() + part[1:] for part in re.split("[-_]", name))
    if cls in taken:
        cls += "Plugin"
    return Names(name, module, f"automl_{module}", f"automl-{name.replace('_', '-').lower()}", cls)


def _check_free(name: str, group: Group, package: str) -> None:
    if name in registry.names(group):
        claimants = ", ".join(registry.versions_of(group, name))
        raise ConfigError(f"new: the {group.noun} '{name}' is installed already, by {claimants}. Choose another name.")
    folder = {Group.MODELS: "model", Group.DATASETS: "data"}[group]
    if (file := registry.config_file(folder, name)) is not None:
        raise ConfigError(f"new: {folder}={name} is there already, in {file}. Choose another name.")
    if (there := package_folder(package)) is not None:
        raise ConfigError(f"new: the package {package} is installed already, in {there}. Choose another name.")
