"""A distribution written out of its templates: whole, or not at all."""

from __future__ import annotations

import os
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from automl.errors import StorageError
from automl.files import making

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def template(name: str) -> str:
    """The text of a template."""
    return files("automl.scaffold").joinpath("templates", f"{name}.txt").read_text(encoding="utf-8")


def write(target: Path, texts: Mapping[str, str], values: Mapping[str, str]) -> None:
    """Write files into a new folder, which is there only once all of them are.

    Args:
        target: The folder; it must not be there.
        texts: Templates by the path of the file, in which ``$name`` stands for a value too.
        values: What goes in their place.

    Raises:
        StorageError: The folder is there, or cannot be written.
    """
    if os.path.lexists(target):
        raise StorageError(f"new: {target} is there already. Choose another name, or another place by --folder.")
    try:
        with making(target) as folder:
            for name, text in texts.items():
                path = folder / Template(name).substitute(values)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(Template(text).substitute(values), encoding="utf-8")
    except OSError as error:
        place = target if os.access(target.parent, os.W_OK) else target.parent
        raise StorageError(f"new: {place} cannot be written: {error.strerror}.") from error
