"""Files of a tree decoded side by side, a chunk at a time."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from automl.alive import beat
from automl.data.images.decoding import BadImageError
from automl.errors import DataError
from automl.resources import cores, free_disk, free_memory, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path, PurePosixPath

    from automl.data.files.tree import Tree

_CHUNK = 512
# A file that is larger is no photograph; a zip may claim any size.
_MOST_BYTES = 1 << 30


def threads() -> int:
    """How many files are decoded at once."""
    return min(8, cores())


def decoded(
    tree: Tree, paths: Sequence[PurePosixPath], use: Callable[[bytes], Any], chunk: int = _CHUNK
) -> Iterator[tuple[int, list[Any]]]:
    """What ``use`` makes of each file, or the ``BadImageError``, in chunks with the number of their first."""

    def one(path: PurePosixPath) -> Any:
        size = tree.size(path)
        if size > _MOST_BYTES:
            return BadImageError(f"it has {in_words(size)}")
        try:
            return use(tree.read(path))
        except BadImageError as error:
            return error
        except OSError as error:
            return BadImageError(error.strerror or str(error))

    with ThreadPoolExecutor(threads()) as pool:
        for start in range(0, len(paths), chunk):
            beat()
            yield start, list(pool.map(one, paths[start : start + chunk]))


def check_room(folder: Path, shape: tuple[int, ...], asked: int | None) -> None:
    """Refuse images of one shape that do not fit on the disk, or as many as are decoded at once into memory.

    Args:
        folder: On the disk.
        shape: Images, height, width, channels.
        asked: ``data.image_size``.

    Raises:
        DataError: The message tells what they take and what is free.
    """
    count, height, width, channels = shape
    needs = {
        f"on the disk of {folder.parent}": (math.prod(shape), free_disk(folder)),
        "of memory while they are scaled": (threads() * height * width * (channels + 4), free_memory()),
    }
    for what, (needed, free) in needs.items():
        if needed > free:
            raise DataError(
                f"data.image_size: {count:,} images of {height}x{width} pixels take {in_words(needed)} {what};"
                f" {in_words(free)} are free. Received: {asked or 'null'}. Choose a smaller side."
            )


def unchanged(tree: Tree, path: PurePosixPath, found: Any) -> Any:
    """What a file was decoded to for the second time.

    Raises:
        DataError: It cannot be read any more.
    """
    if isinstance(found, BadImageError):
        raise DataError(f"data.path: {tree.root / path} changed while it was read ({found}). Run again.")
    return found
