"""Files below a folder, whatever else lies or loops there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from automl.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# No tree of classes is as deep; one that is was made by mistake, or has no end.
_DEEPEST = 32
_NAMED = 3


@dataclass(frozen=True)
class File:
    """A regular file.

    Attributes:
        path: Where it is, below the folder that was walked.
        size: Its bytes.
        changed: When it was changed, in nanoseconds.
    """

    path: PurePosixPath
    size: int
    changed: int


class Walk:
    """A walk over all visible folders below one, links included, each real folder once.

    What is reached by a link and in its own place is taken in its own place, so that links that lead back end there.

    Args:
        root: The folder.
        key: How the user named it, for messages.

    Attributes:
        files: The files, sorted.
        notes: A sentence on each kind of thing that was left out.

    Raises:
        DataError: A folder cannot be read, or the tree is too deep.
    """

    def __init__(self, root: Path, key: str = "data.path") -> None:
        self.files: list[File] = []
        self._root = root
        self._key = key
        self._odd: list[PurePosixPath] = []
        self._again: list[PurePosixPath] = []
        self._run()
        self.files.sort(key=lambda file: file.path)
        self.notes = [
            *_note(self._again, "that links lead to, but that are elsewhere in it too, were left out"),
            *_note(self._odd, "that are neither file nor folder (pipes, devices, broken links) were left out"),
        ]

    def _run(self) -> None:
        seen: set[tuple[int, int]] = set()
        folders, links = [PurePosixPath()], list[PurePosixPath]()
        while folders or links:
            here = folders.pop() if folders else links.pop(0)
            status = (self._root / here).stat()
            if (status.st_dev, status.st_ino) in seen:
                self._again.append(here)
                continue
            seen.add((status.st_dev, status.st_ino))
            if len(here.parts) > _DEEPEST:
                raise DataError(
                    f"{self._key}: {self._root} is deeper than {_DEEPEST} folders. Received: {self._root / here}."
                    " Name the folder that holds one folder a class."
                )
            for entry in self._entries(here):
                self._take(entry, here / entry.name, folders, links)

    def _entries(self, here: PurePosixPath) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(self._root / here) as entries:
                yield from (entry for entry in entries if visible(PurePosixPath(entry.name)))
        except OSError as error:
            raise DataError(f"{self._key}: {self._root / here} cannot be read: {error.strerror}.") from error

    def _take(
        self, entry: os.DirEntry[str], path: PurePosixPath, folders: list[PurePosixPath], links: list[PurePosixPath]
    ) -> None:
        try:
            if entry.is_dir():
                (links if entry.is_symlink() else folders).append(path)
            elif entry.is_file():
                status = entry.stat()
                self.files.append(File(path, status.st_size, status.st_mtime_ns))
            else:
                self._odd.append(path)
        except OSError:  # a link to itself
            self._odd.append(path)


def visible(path: PurePosixPath) -> bool:
    """Whether nothing on the way is hidden, nor what macOS puts beside files."""
    return not any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def _note(paths: list[PurePosixPath], what: str) -> list[str]:
    return [f"{len(paths)} entries of the folder {what}: {named(paths)}."] if paths else []


def named(paths: list[PurePosixPath]) -> str:
    """The first few of them."""
    names = [str(path).encode("utf-8", "replace").decode() for path in paths[:_NAMED]]
    return ", ".join(names) + (", ..." if len(paths) > _NAMED else "")
