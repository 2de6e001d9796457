"""Folders as bytes, to be taken from one machine to another."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def pack(root: Path, folders: Sequence[str]) -> bytes:
    """The files and folders in some folders of ``root``, as an archive; folders that are not there are left out.

    Raises:
        OSError: A file cannot be read.
    """
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for folder in folders:
            if (root / folder).is_dir():
                archive.add(root / folder, folder, filter=_plain)
    return content.getvalue()


def unpack(data: bytes, root: Path) -> set[Path]:
    """Write what ``pack`` packed below another root, each file whole; the paths of all that came.

    Raises:
        OSError: The disk is full, or a folder cannot be written.
    """
    came = set()
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            path = _within(root, member.name)
            came.add(path)
            if member.isdir():
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{os.getpid()}-parcel")
            with beside.open("wb") as file:
                shutil.copyfileobj(archive.extractfile(member) or io.BytesIO(), file)
            beside.replace(path)
    return came


def mirror(data: bytes, root: Path, folder: str) -> None:
    """Make a folder what it was where it was packed: what was removed there goes here, too.

    Raises:
        OSError: The disk is full, or a folder cannot be written.
    """
    came = unpack(data, root)
    for path in sorted((root / folder).rglob("*"), reverse=True):
        if path in came:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Files and folders; neither links nor what is no file, which means something on its own machine alone."""
    return member if member.isfile() or member.isdir() else None


def _within(root: Path, name: str) -> Path:
    if ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute():
        raise OSError(f"An archive leads out of its folder: {name}.")
    return root / name
