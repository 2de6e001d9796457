"""Files in a folder or a zip, seen as one tree of ``<class>/<file>``."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from automl.data.cache import file_identity
from automl.data.files.archive import Archive
from automl.data.files.walk import Walk
from automl.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

Side = Literal["train", "validation", "test"]

_SIDES: dict[str, Side] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}


@dataclass(frozen=True)
class Leaf:
    """A file that belongs to a class.

    Attributes:
        path: Where it is, below the root of the tree.
        label: Its class.
        side: The part that it lies in, ``train`` where the tree has no parts.
    """

    path: PurePosixPath
    label: str
    side: Side = "train"


class Tree:
    """A folder, or a zip of one, that is read without being unpacked.

    Args:
        root: The folder or the zip.
        key: How the user named it, for messages.

    Attributes:
        notes: A sentence on each kind of thing in it that was left out.

    Raises:
        DataError: It is neither, or cannot be read.
    """

    def __init__(self, root: Path, key: str = "data.path") -> None:
        self.root = root
        if not root.exists():
            raise DataError(f"{key}: there is no such file or folder. Received: {root}")
        self._zip = None if root.is_dir() else Archive(root, key)
        found = self._zip or Walk(root, key)
        self._files = {file.path: file for file in found.files}
        self.notes = found.notes

    def identity(self) -> Any:
        """JSON-ready values that change with the files: names, sizes and times of change."""
        if self._zip is not None:
            return file_identity(self.root)
        files = [(str(file.path), file.size, file.changed) for file in self._files.values()]
        return [str(self.root.resolve()), files]

    def files(self) -> list[PurePosixPath]:
        """Every visible file, sorted."""
        return list(self._files)

    def size(self, path: PurePosixPath) -> int:
        """The bytes of a file, as many as it has unpacked."""
        return self._files[path].size

    def read(self, path: PurePosixPath) -> bytes:
        """The bytes of a file.

        Raises:
            DataError: The zip is damaged.
            OSError: The file cannot be read.
        """
        return (self.root / path).read_bytes() if self._zip is None else self._zip.read(path)


def leaves(files: list[PurePosixPath], root: Path) -> list[Leaf]:
    """The files by class and part: ``<class>/<file>``, or that below ``train/``, ``validation/`` and ``test/``.

    Folders that wrap the whole tree, such as the one a zip was made of, are looked through; of a tree that has parts,
    what lies beside them does not count.

    Raises:
        DataError: There are no files, or they do not lie in folders named after classes.
    """
    if not files:
        raise DataError(f"data.path: {root} holds no files.")
    found = _by_class(files)
    if not found:
        raise DataError(
            f"data.path: expected files in one folder a class, {root}/<class>/<file>. Received: {files[0]}, ..."
        )
    return found


def in_classes(files: list[PurePosixPath]) -> list[Leaf]:
    """The files as ``leaves`` tells them where each of them lies in the folder of a class; else none."""
    found = _by_class(files) if files else []
    return found if len(found) == len(files) else []


def _by_class(files: list[PurePosixPath]) -> list[Leaf]:
    depth = _wrapping(files)
    parts = {path.parts[depth].lower() for path in files if len(path.parts) > depth + 1}
    sides = {_SIDES[part] for part in parts if part in _SIDES}
    split = "train" in sides and (len(sides) > 1 or parts <= set(_SIDES))
    return _in_parts(files, depth) if split else _in_classes(files, depth)


def _in_classes(files: list[PurePosixPath], depth: int) -> list[Leaf]:
    return [Leaf(path, _label(path.parts[depth])) for path in files if len(path.parts) > depth + 1]


def _in_parts(files: list[PurePosixPath], depth: int) -> list[Leaf]:
    below = [path for path in files if len(path.parts) > depth + 2 and path.parts[depth].lower() in _SIDES]
    return [Leaf(path, _label(path.parts[depth + 1]), _SIDES[path.parts[depth].lower()]) for path in below]


def _label(folder: str) -> str:
    """A class by its folder, spelled alike by all systems; what no encoding can tell becomes a question mark."""
    return unicodedata.normalize("NFC", folder.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def unlabelled(files: list[PurePosixPath]) -> list[Leaf]:
    """The files wherever they lie, without a class; those below a folder called after a part are in that part."""
    return [Leaf(path, "", side_of(path)) for path in files]


def side_of(path: PurePosixPath) -> Side:
    """The part that a folder on the way is called after; ``train`` where none is."""
    return next((_SIDES[part.lower()] for part in path.parts[:-1] if part.lower() in _SIDES), "train")


def _wrapping(files: list[PurePosixPath]) -> int:
    """How many folders wrap everything, with at least a class folder left below them."""
    depth = 0
    while all(len(path.parts) > depth + 2 for path in files) and len({path.parts[depth] for path in files}) == 1:
        if _SIDES.get(files[0].parts[depth].lower()) == "train":
            break
        depth += 1
    return depth
