"""A distribution written out of its templates: whole, or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from automl.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping


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
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise StorageError(f"new: {target.parent} cannot be written: {error.strerror}.") from error
    try:
        for name, text in texts.items():
            path = scratch / Template(name).substitute(values)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(Template(text).substitute(values), encoding="utf-8")
        scratch.chmod(0o755)
        scratch.rename(target)
    except OSError as error:
        raise StorageError(f"new: {target} cannot be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
