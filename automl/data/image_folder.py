"""Image files in one folder a class, or a zip of such a tree."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from automl.data.arrays import ArrayLoader, Arrays
from automl.data.images import SUFFIXES, BadImageError, common_size, is_grey, opened, to_array
from automl.data.tree import Leaf, Tree, leaves, unlabelled
from automl.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 512
_NAMED = 3


@dataclass
class ImageFolder(ArrayLoader):
    """JPEG, PNG, BMP and GIF files: ``<class>/<file>``, or that below ``train/`` and ``test/``.

    For a task without labels they may lie anywhere.

    Attributes:
        path: The folder, or a zip of it.
        image_size: Side in pixels that images are scaled to; by default their own where all agree, else the median
            of the shorter sides, at most 224.
        color: ``auto`` is ``grayscale`` where every image is, else ``rgb``.
        on_bad_file: Whether an unreadable file is an ``error``, or is left out with a word (``skip``).
    """

    path: str | None = None
    image_size: int | None = None
    color: Literal["auto", "rgb", "grayscale"] = "auto"
    on_bad_file: Literal["error", "skip"] = "error"

    def identity(self) -> Any:
        """See ``ArrayLoader.identity``."""
        return [self._tree().identity(), self.image_size, self.color, self.on_bad_file]

    def read(self, folder: Path) -> Arrays:
        """See ``ArrayLoader.read``; two passes, one for sizes and one for pixels, each image decoded in a thread."""
        tree = self._tree()
        files = tree.files()
        found = unlabelled(files) if self.task == "generation" else leaves(files, tree.root)
        images = [leaf for leaf in found if leaf.path.suffix.lower() in SUFFIXES]
        _check(images, tree.root)
        classes = sorted({leaf.label for leaf in images})
        kept, size, grey, warnings = self._survey(tree, images)
        if len(found) > len(images):
            warnings.append(f"{len(found) - len(images)} files that are no JPEG, PNG, BMP or GIF were left out.")
        shape = (len(kept), *size, 1 if grey else 3)
        pixels = np.lib.format.open_memmap(folder / "inputs.npy", "w+", np.uint8, shape)
        for start, chunk in _decoded(tree, kept, lambda image: to_array(image, size, grey=grey)):
            pixels[start : start + len(chunk)] = chunk
        pixels.flush()
        test = np.flatnonzero([leaf.test for leaf in kept])
        return Arrays(
            inputs=pixels,
            target=np.array([classes.index(leaf.label) for leaf in kept], np.int64),
            classes=tuple(classes),
            test=test if len(test) else None,
            details={"value_range": [0, 255]},
            warnings=tuple(warnings),
        )

    def _tree(self) -> Tree:
        if self.path is None:
            raise ConfigError("data.path: a folder of images, or a zip of one, is needed. Received: null.")
        if self.image_size is not None and self.image_size < 1:
            raise ConfigError(f"data.image_size: expected a side in pixels, or null. Received: {self.image_size}.")
        return Tree(Path(self.path))

    def _survey(self, tree: Tree, images: list[Leaf]) -> tuple[list[Leaf], tuple[int, int], bool, list[str]]:
        """The readable images, the shape that all get, and what was left out."""
        looks: list[tuple[tuple[int, int], bool] | BadImageError] = []
        for _, chunk in _decoded(tree, images, lambda image: ((image.height, image.width), is_grey(image))):
            looks += chunk
        bad = [(leaf, look) for leaf, look in zip(images, looks, strict=True) if isinstance(look, BadImageError)]
        if bad and self.on_bad_file == "error":
            leaf, reason = bad[0]
            more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
            raise DataError(
                f"data.path: {tree.root / leaf.path}{more} cannot be read as an image ({reason})."
                f" Mend or remove it, or set data.on_bad_file=skip."
            )
        kept = [leaf for leaf, look in zip(images, looks, strict=True) if not isinstance(look, BadImageError)]
        good = [look for look in looks if not isinstance(look, BadImageError)]
        if not good:
            raise DataError(f"data.path: not one image in {tree.root} can be read.")
        sizes, greys = zip(*good, strict=True)
        size = (self.image_size,) * 2 if self.image_size else common_size(sizes)
        grey = all(greys) if self.color == "auto" else self.color == "grayscale"
        names = ", ".join(str(leaf.path) for leaf, _ in bad[:_NAMED]) + (", ..." if len(bad) > _NAMED else "")
        return kept, size, grey, [f"{len(bad)} unreadable files were left out: {names}."] if bad else []


def _check(images: list[Leaf], root: Path) -> None:
    if not images:
        raise DataError(f"data.path: {root} holds no JPEG, PNG, BMP or GIF files.")
    train = Counter(leaf.label for leaf in images if not leaf.test)
    strangers = sorted({leaf.label for leaf in images} - set(train))
    if strangers:
        raise DataError(
            f"data.path: class '{strangers[0]}' is in the test folder of {root}, but not in the train folder."
        )


def _decoded(tree: Tree, images: list[Leaf], use: Any) -> Iterator[tuple[int, list[Any]]]:
    """What ``use`` makes of each image, or the ``BadImageError``, in chunks with the number of their first."""

    def one(content: bytes) -> Any:
        try:
            return use(opened(content))
        except BadImageError as error:
            return error

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, len(images), _CHUNK):
            contents = [tree.read(leaf.path) for leaf in images[start : start + _CHUNK]]
            yield start, list(pool.map(one, contents))
