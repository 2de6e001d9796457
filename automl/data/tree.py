"""Files in a folder or a zip, seen as one tree of ``<class>/<file>``."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from automl.data.cache import file_identity
from automl.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRAIN, _TEST = {"train", "training"}, {"test", "testing"}
_VALIDATION = {"val", "valid", "validation"}


@dataclass(frozen=True)
class Leaf:
    """A file that belongs to a class.

    Attributes:
        path: Where it is, below the root of the tree.
        label: Its class.
        test: Whether it lies under ``test/``.
    """

    path: PurePosixPath
    label: str
    test: bool


class Tree:
    """A folder, or a zip of one, that is read without being unpacked.

    Args:
        root: The folder or the zip.

    Raises:
        DataError: It is neither.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        if not root.exists():
            raise DataError(f"data.path: there is no such file or folder. Received: {root}")
        self._zip = None if root.is_dir() else _open_zip(root)

    def identity(self) -> Any:
        """JSON-ready values that change with the files: names, sizes and times of change."""
        if self._zip is not None:
            return file_identity(self.root)
        files = [(str(path), status.st_size, status.st_mtime_ns) for path, status in self._walk()]
        return [str(self.root.resolve()), files]

    def files(self) -> list[PurePosixPath]:
        """Every visible file, sorted."""
        if self._zip is not None:
            paths = [PurePosixPath(info.filename) for info in self._zip.infolist() if not info.is_dir()]
            return sorted(path for path in paths if _visible(path))
        return [path for path, _ in self._walk()]

    def read(self, path: PurePosixPath) -> bytes:
        """The bytes of a file.

        Raises:
            DataError: The zip is damaged.
        """
        if self._zip is None:
            return (self.root / path).read_bytes()
        try:
            return self._zip.read(str(path))
        except (zipfile.BadZipFile, OSError, EOFError) as error:
            raise DataError(f"data.path: {self.root} is damaged at {path}: {error}") from error

    def _walk(self) -> Iterator[tuple[PurePosixPath, Any]]:
        for path in sorted(self.root.rglob("*")):
            relative = PurePosixPath(path.relative_to(self.root).as_posix())
            if path.is_file() and _visible(relative):
                yield relative, path.stat()


def _open_zip(root: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(root)
    except (zipfile.BadZipFile, OSError) as error:
        raise DataError(f"data.path: expected a folder or a zip of one. Received: {root} ({error}).") from error


def _visible(path: PurePosixPath) -> bool:
    return not any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def leaves(files: list[PurePosixPath], root: Path) -> list[Leaf]:
    """The files by class and part: ``<class>/<file>``, or ``train/<class>/<file>`` beside ``test/<class>/<file>``.

    Folders that wrap the whole tree, such as the one a zip was made of, are looked through. A ``validation`` folder
    counts as training data: the split is the study's.

    Raises:
        DataError: There are no files, or they do not lie in folders named after classes.
    """
    if not files:
        raise DataError(f"data.path: {root} holds no files.")
    depth = _wrapping(files)
    parts = {path.parts[depth].lower() for path in files if len(path.parts) > depth + 1}
    split = bool(parts & _TRAIN) and parts <= _TRAIN | _TEST | _VALIDATION
    below = depth + 1 if split else depth
    found = []
    for path in files:
        if len(path.parts) > below + 1:
            test = split and path.parts[depth].lower() in _TEST
            found.append(Leaf(path, path.parts[below], test))
    if not found:
        raise DataError(
            f"data.path: expected files in one folder a class, {root}/<class>/<file>. Received: {files[0]}, ..."
        )
    return found


def unlabelled(files: list[PurePosixPath]) -> list[Leaf]:
    """The files wherever they lie, without a class; those below a folder called ``test`` are the test part."""
    return [Leaf(path, "", bool({part.lower() for part in path.parts[:-1]} & _TEST)) for path in files]


def _wrapping(files: list[PurePosixPath]) -> int:
    """How many folders wrap everything, with at least a class folder left below them."""
    depth = 0
    while all(len(path.parts) > depth + 2 for path in files) and len({path.parts[depth] for path in files}) == 1:
        if files[0].parts[depth].lower() in _TRAIN:
            break
        depth += 1
    return depth
