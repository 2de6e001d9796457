"""Image files with a mask for each, in a folder or a zip of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from automl.bounds import Between, Needed, Portion, Text
from automl.data.arrays.loader import ArrayLoader, Arrays
from automl.data.files.tree import Tree
from automl.data.images.crops import with_masks
from automl.data.images.decoding import BadImageError, Look, common_size, look, opened
from automl.data.images.fitting import fit_image, fit_mask
from automl.data.images.mask_classes import MaskClasses, mask_classes
from automl.data.images.mask_decoding import MaskLook, look_at_mask, mask_numbers
from automl.data.images.pairs import Pair, pairs
from automl.data.images.reading import check_room, decoded, unchanged
from automl.data.images.samples import image_samples
from automl.data.memory import new_mapped
from automl.errors import ConfigError, DataError
from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import PurePosixPath

    from automl.data.dataset import Dataset
    from automl.data.samples import Note, Samples
    from automl.data.spec import DataSpec

# Large images are decoded a few at a time.
_CHUNK = 32


@dataclass
class ImageMasks(ArrayLoader):
    """Images in ``images/`` and a mask of the same name for each in ``masks/``.

    Folders ``train``, ``validation`` and ``test`` may be above them or below. The classes are the distinct values of
    all masks, in order: grey values, indices of a palette, or colours.

    Attributes:
        path: The folder, or a zip of it.
        image_size: Side in pixels that images and masks are brought to; by default their own where all agree, else the
            median of the shorter sides, at most 224. Masks take the nearest pixel's class.
        fit: How: ``scale`` stretches, ``pad`` keeps the sides' ratio and fills up with black that counts nowhere.
        color: ``auto`` is ``grayscale`` where every image is, else ``rgb``.
        crop: Side of random crops that the train part is learned by; by default whole images. Scores are always of
            whole ones.
        classes: Names in the order of the values; by default the values themselves.
        ignore: A value that counts neither in the loss nor in a metric, such as the 255 of PASCAL VOC.
    """

    path: Needed | None = None
    image_size: Annotated[int, Between(1, 65_536)] | None = None
    fit: Literal["scale", "pad"] = "scale"
    color: Literal["auto", "rgb", "grayscale"] = "auto"
    crop: Annotated[int, Between(8, 65_536)] | None = None
    classes: list[Text] = field(default_factory=list)
    ignore: Text | None = None
    validation: Portion = 0.15
    test: Portion = 0.15

    @override
    def identity(self) -> Any:
        looks = [self.image_size, self.fit, self.color]
        return [self._tree().identity(), *looks, self.classes, self.ignore]

    @override
    def open(self, cache: Path, seed: int) -> Dataset:
        return with_masks(super().open(cache, seed), self.crop)

    @override
    def images(self, path: str, spec: DataSpec, note: Note) -> Iterator[Samples]:
        return image_samples(path, spec, note, fit=self.fit)

    def read(self, folder: Path) -> Arrays:
        """See ``ArrayLoader.read``; two passes, one for sizes and values and one for pixels."""
        tree = self._tree()
        found, told = pairs(tree.files(), tree.root)
        looks = _looked(tree, [pair.image for pair in found], look)
        masks = _looked(tree, [pair.mask for pair in found], look_at_mask)
        _check_sizes(tree, found, looks, masks)
        classes = mask_classes(masks, [pair.side for pair in found], str(tree.root), self.classes, self.ignore)
        size = (self.image_size,) * 2 if self.image_size else common_size(one.size for one in looks)
        grey = all(one.grey for one in looks) if self.color == "auto" else self.color == "grayscale"
        shape = (len(found), *size, 1 if grey else 3)
        check_room(folder, (*shape[:3], shape[3] + 1), self.image_size)
        images = self._write_images(folder, tree, [pair.image for pair in found], shape)
        target = self._write_masks(folder, tree, [pair.mask for pair in found], classes, shape)
        sides = np.array([pair.side for pair in found])
        given = {side: np.flatnonzero(sides == side) for side in ("validation", "test")}
        own_size = all(one.size == size for one in looks)
        if not own_size:
            told.append(f"images of {_sizes(looks)} pixels were brought to {size[0]}x{size[1]} (data.fit={self.fit}).")
        return Arrays(
            inputs=images,
            target=target,
            classes=classes.names,
            test=given["test"] if len(given["test"]) else None,
            validation=given["validation"] if len(given["validation"]) else None,
            details={"value_range": [0, 255], "own_size": own_size},
            warnings=(*told, *classes.warnings, *tree.notes),
        )

    def _tree(self) -> Tree:
        if self.path is None:
            raise ConfigError(
                "data.path: a folder with images/ and masks/, or a zip of one, is needed. Received: null."
            )
        return Tree(Path(self.path))

    def _write_images(self, folder: Path, tree: Tree, paths: list[PurePosixPath], shape: tuple[int, ...]) -> np.ndarray:
        def fitted(content: bytes) -> np.ndarray:
            return fit_image(opened(content), (shape[1], shape[2]), self.fit, grey=shape[3] == 1)

        return _written(tree, paths, fitted, new_mapped(folder / "inputs.npy", np.uint8, shape))

    def _write_masks(
        self, folder: Path, tree: Tree, paths: list[PurePosixPath], classes: MaskClasses, shape: tuple[int, ...]
    ) -> np.ndarray:
        def fitted(content: bytes) -> np.ndarray:
            numbers = classes.numbers(mask_numbers(opened(content)))
            return fit_mask(numbers, (shape[1], shape[2]), self.fit, classes.void)

        return _written(tree, paths, fitted, new_mapped(folder / "target.npy", np.uint8, shape[:3]))


def _written(
    tree: Tree, paths: list[PurePosixPath], use: Callable[[bytes], np.ndarray], array: np.memmap[Any, Any]
) -> np.ndarray:
    for start, chunk in decoded(tree, paths, use, _CHUNK):
        for place, one in enumerate(chunk, start):
            array[place] = unchanged(tree, paths[place], one)
    array.flush()
    return array


def _looked(tree: Tree, paths: list[PurePosixPath], use: Callable[[bytes], Any]) -> list[Any]:
    found: list[Any] = []
    for _, chunk in decoded(tree, paths, use, _CHUNK):
        found += chunk
    bad = [(path, one) for path, one in zip(paths, found, strict=True) if isinstance(one, BadImageError)]
    if bad:
        (path, reason), more = bad[0], f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        raise DataError(
            f"data.path: {tree.root / path}{more} cannot be read as an image ({reason}). Mend it, or remove it and its"
            " partner."
        )
    return found


def _check_sizes(tree: Tree, found: list[Pair], looks: list[Look], masks: list[MaskLook]) -> None:
    for pair, one, mask in zip(found, looks, masks, strict=True):
        if one.size != mask.size:
            raise DataError(
                f"data.path: {tree.root / pair.mask} has {mask.size[1]}x{mask.size[0]} pixels, but its image"
                f" {pair.image.name} has {one.size[1]}x{one.size[0]}. A mask has one pixel for each of its image."
            )


def _sizes(looks: list[Look]) -> str:
    counted = Counter(one.size for one in looks)
    ((height, width), _), *others = counted.most_common()
    return f"{height}x{width}" + (f" and {len(others)} other sizes" if others else "")
