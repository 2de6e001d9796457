"""Files in a zip, read without being unpacked."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from automl.data.files.walk import File, named, visible
from automl.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

_ENCRYPTED, _UTF_8 = 0x1, 0x800


class Archive:
    """A zip; nothing in it is written anywhere, so that no path can lead out of a folder.

    Args:
        root: The zip.
        key: How the user named it, for messages.

    Attributes:
        files: Its visible files, sorted.
        notes: A sentence on each kind of thing that was left out.

    Raises:
        DataError: It is no zip, or is encrypted.
    """

    def __init__(self, root: Path, key: str = "data.path") -> None:
        self._root = root
        self._key = key
        self._zip = _opened(root, key)
        infos = [info for info in self._zip.infolist() if not info.filename.endswith(("/", "\\"))]
        paths = {PurePosixPath(_name(info).replace("\\", "/").lstrip("/")): info for info in infos}
        outside = [path for path in paths if ".." in path.parts]
        self._members = {path: info for path, info in paths.items() if visible(path)}
        self.files = [File(path, self._members[path].file_size, 0) for path in sorted(self._members)]
        self.notes = [f"{len(outside)} files with '..' in their paths were left out: {named(outside)}."] * bool(outside)
        self.notes += _foreign(self._members)
        if any(info.flag_bits & _ENCRYPTED for info in self._members.values()):
            raise DataError(f"{key}: {root} is encrypted. Unpack it, and give the folder.")

    def read(self, path: PurePosixPath) -> bytes:
        """The bytes of a file.

        Raises:
            DataError: The zip is damaged.
        """
        try:
            return self._zip.read(self._members[path])
        except Exception as error:  # damage shows in zipfile, or in whichever library unpacks
            raise DataError(
                f"{self._key}: {self._root} is damaged at {path}: {error}. Copy or pack it again."
            ) from error


def _opened(root: Path, key: str) -> zipfile.ZipFile:
    if not root.is_file():
        raise DataError(f"{key}: expected a folder or a zip of one. Received: {root}, a pipe or a device.")
    try:
        return zipfile.ZipFile(root)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DataError(f"{key}: expected a folder or a zip of one. Received: {root} ({error}).") from error


def _name(info: zipfile.ZipInfo) -> str:
    """The name of a member; macOS writes UTF-8 without saying so."""
    if info.flag_bits & _UTF_8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except ValueError:
        return info.filename


def _foreign(members: dict[PurePosixPath, zipfile.ZipInfo]) -> list[str]:
    """A word on names in an old encoding that the zip does not tell."""
    odd = [
        path
        for path, info in members.items()
        if not info.flag_bits & _UTF_8 and not str(path).isascii() and _name(info) == info.filename
    ]
    word = "names in the zip are not in UTF-8 and may read oddly; pack it anew with UTF-8 names to mend them"
    return [f"{len(odd)} {word}: {named(odd)}."] if odd else []
