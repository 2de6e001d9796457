"""Image files in one folder a class, or a zip of such a tree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from automl.bounds import Between, Needed, Portion
from automl.data.arrays.loader import ArrayLoader, Arrays
from automl.data.files.tree import Leaf, Tree, in_classes, leaves, unlabelled
from automl.data.files.walk import named
from automl.data.images.decoding import SUFFIXES, BadImageError, Look, common_size, look, opened, to_array
from automl.data.images.reading import check_room, decoded, unchanged
from automl.data.images.samples import image_samples
from automl.data.memory import new_mapped
from automl.errors import ConfigError, DataError
from automl.inheritance import override
from automl.tasks.info import task_info

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from automl.data.samples import Note, Samples
    from automl.data.spec import DataSpec

_NAMED = 3


@dataclass
class ImageFolder(ArrayLoader):
    """Image files: ``<class>/<file>``, or that below ``train/``, ``validation/`` and ``test/``.

    For a task that does without labels they may lie anywhere.

    Attributes:
        path: The folder, or a zip of it.
        image_size: Side in pixels that images are scaled to; by default their own where all agree, else the median
            of the shorter sides, at most 224.
        color: ``auto`` is ``grayscale`` where every image is, else ``rgb``.
        on_bad_file: Whether an unreadable file is an ``error``, or is left out with a word (``skip``).
    """

    path: Needed | None = None
    image_size: Annotated[int, Between(1, 65_536)] | None = None
    color: Literal["auto", "rgb", "grayscale"] = "auto"
    on_bad_file: Literal["error", "skip"] = "error"
    validation: Portion = 0.15
    test: Portion = 0.15

    @override
    def identity(self) -> Any:
        return [self._tree().identity(), self.image_size, self.color, self.on_bad_file]

    def read(self, folder: Path) -> Arrays:
        """See ``ArrayLoader.read``; two passes, one for sizes and one for pixels, each image decoded in a thread."""
        tree = self._tree()
        files = tree.files()
        found = self._leaves(files, tree.root)
        images = [leaf for leaf in found if leaf.path.suffix.lower() in SUFFIXES]
        _check(images, found, tree.root)
        if self.image_size is not None:
            check_room(folder, (len(images), self.image_size, self.image_size, 1), self.image_size)
        kept, size, grey, warnings = self._survey(tree, images)
        shape = (len(kept), *size, 1 if grey else 3)
        check_room(folder, shape, self.image_size)
        pixels = new_mapped(folder / "inputs.npy", np.uint8, shape)
        paths = [leaf.path for leaf in kept]
        for start, chunk in decoded(tree, paths, lambda content: to_array(opened(content), size, grey=grey)):
            pixels[start : start + len(chunk)] = [unchanged(tree, paths[start + n], one) for n, one in enumerate(chunk)]
        pixels.flush()
        classes = sorted({leaf.label for leaf in kept})
        numbers = {label: number for number, label in enumerate(classes)}
        sides = np.array([leaf.side for leaf in kept])
        given = {side: np.flatnonzero(sides == side) for side in ("validation", "test")}
        return Arrays(
            inputs=pixels,
            target=np.array([numbers[leaf.label] for leaf in kept], np.int64),
            classes=tuple(classes),
            test=given["test"] if len(given["test"]) else None,
            validation=given["validation"] if len(given["validation"]) else None,
            details={"value_range": [0, 255]},
            warnings=(*warnings, *_left_out(files, found, images), *tree.notes, *_parts(images, tree.root)),
        )

    @override
    def images(self, path: str, spec: DataSpec, note: Note) -> Iterator[Samples]:
        return image_samples(path, spec, note, skip=self.on_bad_file == "skip")

    def _tree(self) -> Tree:
        if self.path is None:
            raise ConfigError("data.path: a folder of images, or a zip of one, is needed. Received: null.")
        return Tree(Path(self.path))

    def _leaves(self, files: list[PurePosixPath], root: Path) -> list[Leaf]:
        """The files by class, where the task wants classes, or takes them and every image lies in one of several."""
        match task_info(self.task).labels:
            case "read":
                return leaves(files, root)
            case "if there":
                images = [path for path in files if path.suffix.lower() in SUFFIXES]
                found = in_classes(images)
                return found if len({leaf.label for leaf in found}) > 1 else unlabelled(files)
        return unlabelled(files)

    def _survey(self, tree: Tree, images: list[Leaf]) -> tuple[list[Leaf], tuple[int, int], bool, list[str]]:
        """The readable images, the shape that all get, and what is to be said of them."""
        looks: list[Look | BadImageError] = []
        for _, chunk in decoded(tree, [leaf.path for leaf in images], look):
            looks += chunk
        bad = [(leaf, one) for leaf, one in zip(images, looks, strict=True) if isinstance(one, BadImageError)]
        if bad and self.on_bad_file == "error":
            leaf, reason = bad[0]
            more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
            raise DataError(
                f"data.path: {tree.root / leaf.path}{more} cannot be read as an image ({reason})."
                f" Mend or remove it, or set data.on_bad_file=skip."
            )
        good = [(leaf, one) for leaf, one in zip(images, looks, strict=True) if not isinstance(one, BadImageError)]
        if not good:
            raise DataError(f"data.path: not one image in {tree.root} can be read.")
        size = (self.image_size,) * 2 if self.image_size else common_size(one.size for _, one in good)
        grey = all(one.grey for _, one in good) if self.color == "auto" else self.color == "grayscale"
        moving = [leaf.path for leaf, one in good if one.moving]
        told = [f"{len(bad)} unreadable files were left out: {named([leaf.path for leaf, _ in bad])}."] if bad else []
        if moving:
            told.append(f"{len(moving)} files have several frames or pages, and their first is taken: {named(moving)}.")
        return [leaf for leaf, _ in good], size, grey, told


def _check(images: list[Leaf], found: list[Leaf], root: Path) -> None:
    if not images:
        raise DataError(
            f"data.path: {root} holds no JPEG, PNG, BMP, GIF, TIFF or WebP files. It holds: {_suffixes(found)}."
        )
    train = {leaf.label for leaf in images if leaf.side == "train"}
    for leaf in images:
        if leaf.label not in train:
            raise DataError(
                f"data.path: class '{leaf.label}' is in the {leaf.side} folder of {root}, but not in the train folder."
                " Add images of it there, or remove it."
            )


def _left_out(files: list[PurePosixPath], found: list[Leaf], images: list[Leaf]) -> list[str]:
    """A word on files that are no images, and on those that lie in no class."""
    told = []
    if len(found) > len(images):
        told.append(f"{len(found) - len(images)} files that are no images were left out: {_suffixes(found)}.")
    stray = sorted({*files} - {leaf.path for leaf in found})
    stray = [path for path in stray if path.suffix.lower() in SUFFIXES]
    if stray:
        told.append(f"{len(stray)} images that lie in no class folder were left out: {named(stray)}.")
    return told


def _parts(images: list[Leaf], root: Path) -> list[str]:
    """A word on a validation part that came with the images."""
    count = sum(leaf.side == "validation" for leaf in images)
    return [f"the {count:,} images of the validation folder of {root.name} are the validation part."] if count else []


def _suffixes(leaves: list[Leaf]) -> str:
    """Which suffixes there are that are no images', the most frequent first."""
    counted = Counter(leaf.path.suffix.lower() or "no suffix" for leaf in leaves)
    others = [(suffix, count) for suffix, count in counted.most_common() if suffix not in SUFFIXES]
    return ", ".join(f"{count} {suffix}" for suffix, count in others[:_NAMED]) or "nothing"
