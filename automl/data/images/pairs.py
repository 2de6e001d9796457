"""Images and their masks, found in a tree by the names of folders and files."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl.data.files.tree import side_of
from automl.data.files.walk import named
from automl.data.images.decoding import SUFFIXES
from automl.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path, PurePosixPath

    from automl.data.files.tree import Side

_IMAGES = {"images", "image", "imgs", "img", "jpegimages"}
_MASKS = {"masks", "mask", "labels", "label", "annotations", "segmentationclass"}
_ENDING = re.compile(r"[_-](?:mask|masks|label|labels|seg|segmentation|gt)$", re.IGNORECASE)


@dataclass(frozen=True)
class Pair:
    """An image and its mask, below the root of a tree, and the part that they are in."""

    image: PurePosixPath
    mask: PurePosixPath
    side: Side


def pairs(files: Sequence[PurePosixPath], root: Path) -> tuple[list[Pair], list[str]]:
    """Every image with its mask, and a sentence on each kind of file that was left out.

    Images lie in a folder ``images``, masks in a folder ``masks`` beside it, each below the folder of a part or with
    one below: ``images/a.png``, ``train/images/a.png`` or ``images/train/a.png``. A mask has its image's name,
    whatever the suffix, or that and ``_mask``.

    Raises:
        DataError: There are no images, or one of them has no mask, or two.
    """
    found = {kind: _in_folder(files, names) for kind, names in (("images", _IMAGES), ("masks", _MASKS))}
    for kind, paths in found.items():
        if not paths:
            held = f"It holds: {named(list(files))}." if files else "It is empty."
            raise DataError(
                f"data.path: expected {root}/images/<name>.png and {root}/masks/<name>.png; there is no image file in a"
                f" folder '{kind}'. {held}"
            )
    masks = _masks(found["masks"], root)
    matched = {image: masks.get(key) for image, key in found["images"].items()}
    without = [image for image, mask in matched.items() if mask is None]
    if without:
        more = f" and {len(without) - 1} more" if len(without) > 1 else ""
        raise DataError(
            f"data.path: {root / without[0]}{more} has no mask. Expected one of the same name in the folder of masks."
        )
    parted = any(side_of(image) == "train" for image in matched)
    taken = [Pair(image, mask, side_of(image) if parted else "train") for image, mask in matched.items() if mask]
    left = sorted({*found["masks"]} - {one.mask for one in taken})
    told = [f"{len(left)} masks without an image were left out: {named(left)}."] if left else []
    others = [path for path in files if path not in found["images"] and path not in found["masks"]]
    if others:
        told.append(f"{len(others)} files that are neither image nor mask were left out: {named(others)}.")
    return taken, told


def images_of(files: Sequence[PurePosixPath]) -> list[PurePosixPath]:
    """The image files of a tree, without the masks where there are some beside them."""
    taken = list(_in_folder(files, _IMAGES)) if _in_folder(files, _MASKS) else []
    return taken or [path for path in files if path.suffix.lower() in SUFFIXES]


def _in_folder(files: Sequence[PurePosixPath], names: set[str]) -> dict[PurePosixPath, tuple[str, ...]]:
    """The image files in a folder of such a name, each with what is left of its path without that and the suffix."""
    found = {}
    for path in files:
        places = [place for place, part in enumerate(path.parts[:-1]) if part.lower() in _IMAGES | _MASKS]
        if places and path.parts[places[-1]].lower() in names and path.suffix.lower() in SUFFIXES:
            parts = (*path.parts[: places[-1]], *path.parts[places[-1] + 1 : -1], path.stem)
            found[path] = tuple(unicodedata.normalize("NFC", part) for part in parts)
    return found


def _masks(found: dict[PurePosixPath, tuple[str, ...]], root: Path) -> dict[tuple[str, ...], PurePosixPath]:
    """Masks by the names of their images; a name as it stands comes before one without its ending."""
    exact: dict[tuple[str, ...], PurePosixPath] = {}
    ended: dict[tuple[str, ...], PurePosixPath] = {}
    for path, key in found.items():
        if key in exact:
            raise DataError(
                f"data.path: {root / exact[key]} and {root / path} are masks of one image. Remove one of them."
            )
        exact[key] = path
        ended.setdefault((*key[:-1], _ENDING.sub("", key[-1])), path)
    return ended | exact
