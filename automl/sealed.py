"""Folders of trained models that are known again: what was cut, edited or exchanged since is refused."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from automl.errors import DataError
from automl.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

SEAL = "seal.json"
"""Of a sealed folder: the SHA-256 of each of its files."""


def seal(folder: Path) -> None:
    """Note what a folder holds.

    Raises:
        OSError: It cannot be written.
    """
    write_whole(folder / SEAL, json.dumps(_digests(folder), indent=0))


def check_seal(folder: Path) -> None:
    """Refuse a folder that holds something else than when it was sealed; one that never was is let pass.

    Raises:
        DataError: The message names the file.
    """
    path = folder / SEAL
    if not path.is_file():
        return
    try:
        noted = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DataError(
            f"{path} is damaged. The model beside it cannot be told from another; train it again."
        ) from error
    found = _digests(folder)
    for name, digest in noted.items():
        if digest != found.get(name):
            what = "has changed" if name in found else "is missing"
            raise DataError(
                f"{folder / name} {what} since the model was trained. Put back what the study wrote, or train it again."
            )


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(one for one in folder.rglob("*") if one.is_file() and one.name != SEAL)
    return {one.relative_to(folder).as_posix(): _digest(one) for one in files}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
