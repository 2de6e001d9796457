"""What a person feeds as images with masks: it works, or one sentence says what to change."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from automl.data.arrays.npz import Npz
from automl.data.images.masks import ImageMasks
from automl.errors import AutomlError
from automl.fields import construct

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.data import Dataset

SHARED = Path(__file__).parents[3] / "shared" / "data" / "membrane-30-png.zip"
HEIGHT, WIDTH = 10, 14


def truth(number: int, values: tuple[Any, ...] = (0, 255)) -> np.ndarray:
    """A mask whose right part, wider with each number, is of the second value; a corner of each other value."""
    mask = np.full((HEIGHT, WIDTH, *np.shape(values[0])), values[0], np.uint8)
    mask[:, WIDTH - 3 - number % 4 :] = values[-1]
    for place, value in enumerate(values[1:-1]):
        mask[place, :3] = value
    return mask


def save(path: Path, pixels: np.ndarray | Image.Image, **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    (pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)).save(path, **options)


def tree(root: Path, count: int = 8, values: tuple[Any, ...] = (0, 255), suffix: str = "png") -> Path:
    """``images/<n>.png`` and ``masks/<n>.<suffix>``."""
    for number in range(count):
        save(root / "images" / f"{number}.png", np.full((HEIGHT, WIDTH), 20 + number, np.uint8))
        save(root / "masks" / f"{number}.{suffix}", truth(number, values))
    return root


def opened(path: Path, **fields: Any) -> Dataset:
    given = {"name": "세포", "task": "segmentation", "path": str(path), **fields}
    return construct(ImageMasks, given, "data").open(path.parent / "cache", 0)


def all_masks(data: Dataset) -> np.ndarray:
    return np.concatenate([part.target() for part in (data.train, data.validation, data.test)])


def nothing(root: Path) -> None:
    pass


def palette(root: Path) -> None:
    for path in (root / "masks").iterdir():
        image = Image.fromarray((np.asarray(Image.open(path)) // 255).astype(np.uint8)).convert("P")
        image.putpalette([10, 20, 30, 200, 100, 0])
        image.save(path)


def black_and_white(root: Path) -> None:
    for path in (root / "masks").iterdir():
        Image.open(path).convert("1").save(path)


def grey_in_three_channels(root: Path) -> None:
    path = root / "masks" / "0.png"
    Image.open(path).convert("RGBA").save(path)


def ending(root: Path) -> None:
    for path in sorted((root / "masks").iterdir()):
        path.rename(path.with_name(f"{path.stem}_mask.png"))


def other_suffix(root: Path) -> None:
    for path in sorted((root / "masks").iterdir()):
        Image.open(path).save(path.with_suffix(".gif"))
        path.unlink()


def other_names(root: Path) -> None:
    (root / "images").rename(root / "JPEGImages")
    (root / "masks").rename(root / "SegmentationClass")


def wrapped(root: Path) -> None:
    (root / "세포 사진").mkdir()
    for kind in ("images", "masks"):
        (root / kind).rename(root / "세포 사진" / kind)


def mask_too_many(root: Path) -> None:
    save(root / "masks" / "99.png", truth(0))


def others(root: Path) -> None:
    (root / "README.md").write_text("cells")


@pytest.mark.parametrize(
    ("add", "classes", "told"),
    [
        (nothing, ("0", "255"), ""),
        (palette, ("0", "1"), ""),
        (black_and_white, ("0", "255"), ""),
        (grey_in_three_channels, ("0", "255"), ""),
        (ending, ("0", "255"), ""),
        (other_suffix, ("0", "255"), ""),
        (other_names, ("0", "255"), ""),
        (wrapped, ("0", "255"), ""),
        (mask_too_many, ("0", "255"), "1 masks without an image were left out: masks/99.png."),
        (others, ("0", "255"), "1 files that are neither image nor mask were left out: README.md."),
    ],
)
def test_folders_of_every_kind(
    tmp_path: Path, add: Callable[[Path], None], classes: tuple[str, ...], told: str
) -> None:
    root = tree(tmp_path / "나의 세포")
    add(root)
    data = opened(root)
    assert data.spec.classes == classes
    assert " ".join(data.spec.warnings) == told
    images, masks = data.train.arrays()
    for image, mask in zip(images, masks, strict=True):
        assert (mask == truth(int(image[0, 0, 0]) - 20) // 255).all()
    packed = Path(shutil.make_archive(str(tmp_path / "zip"), "zip", root))
    assert (opened(packed).train.target() == masks).all()


def test_colours_are_classes(tmp_path: Path) -> None:
    root = tree(tmp_path / "cells", values=((0, 0, 0), (255, 0, 0), (0, 128, 255)))
    data = opened(root, classes=["ground", "sea", "wall"], positive="wall")
    assert data.spec.classes == ("ground", "sea", "wall")  # in the order of the colours: 000000, 0080ff, ff0000
    assert data.spec.details["positive"] == 2
    assert opened(root).spec.classes == ("#000000", "#0080ff", "#ff0000")


@pytest.mark.parametrize("layout", ["{side}/{kind}", "{kind}/{side}"])
def test_parts_that_are_given_are_kept(tmp_path: Path, layout: str) -> None:
    root, whole = tmp_path / "cells", tree(tmp_path / "whole")
    for number, side in enumerate(["train"] * 4 + ["val"] + ["test"] * 3):
        for kind in ("images", "masks"):
            place = root / layout.format(side=side, kind=kind)
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(whole / kind / f"{number}.png", place / f"{number}.png")
    assert opened(root).spec.sizes == {"train": 4, "validation": 1, "test": 3}


def test_what_is_ignored_counts_nowhere(tmp_path: Path) -> None:
    data = opened(tree(tmp_path / "cells", values=(0, 7, 255)), ignore=7)
    assert data.spec.classes == ("0", "255")
    assert set(np.unique(all_masks(data))) == {0, 1, 2}


def test_sizes_that_differ_are_scaled_or_padded_masks_with_them(tmp_path: Path) -> None:
    root = tree(tmp_path / "cells")
    save(root / "images" / "wide.png", np.full((10, 40), 20, np.uint8))
    save(root / "masks" / "wide.png", np.full((10, 40), 255, np.uint8))
    scaled, padded = opened(root, image_size=20), opened(root, image_size=20, fit="pad")
    assert scaled.spec.details["image_size"] == padded.spec.details["image_size"] == [20, 20]
    assert set(np.unique(all_masks(scaled))) == {0, 1}
    assert set(np.unique(all_masks(padded))) == {0, 1, 2}  # what is padded is void
    assert "images of 10x14 and 1 other sizes pixels were brought to 20x20 (data.fit=scale)." in scaled.spec.warnings
    assert scaled.spec.input.shape == (None, None, 1)


def without_mask(root: Path) -> None:
    (root / "masks" / "3.png").unlink()


def other_size(root: Path) -> None:
    save(root / "masks" / "3.png", np.zeros((4, 5), np.uint8))


def smoothed(root: Path) -> None:
    for path in (root / "masks").iterdir():
        save(
            path,
            np.linspace(0, 255, HEIGHT * WIDTH * 2).astype(np.uint8)[:: 1 + int(path.stem) % 2][:140].reshape(10, 14),
        )
    save(root / "masks" / "7.png", np.arange(140, dtype=np.uint8).reshape(10, 14) + 116)


def no_image(root: Path) -> None:
    (root / "masks" / "3.png").write_text("text")


def two_masks(root: Path) -> None:
    save(root / "masks" / "3.gif", truth(3))


def one_class(root: Path) -> None:
    for path in (root / "masks").iterdir():
        save(path, np.zeros((HEIGHT, WIDTH), np.uint8))


def no_masks(root: Path) -> None:
    shutil.rmtree(root / "masks")


def empty(root: Path) -> None:
    shutil.rmtree(root)
    root.mkdir()


def stranger(root: Path) -> None:
    for kind in ("images", "masks"):
        shutil.copytree(root / kind, root / "test" / kind)
    save(root / "test" / "masks" / "0.png", truth(0, (0, 90, 255)))


@pytest.mark.parametrize(
    ("spoil", "fields", "message"),
    [
        (without_mask, {}, "images/3.png has no mask. Expected one of the same name in the folder of masks."),
        (other_size, {}, "masks/3.png has 5x4 pixels, but its image 3.png has 14x10."),
        (smoothed, {}, "different values, 0, 1, 2, 3, 4, 5, 6, 7, .... A mask has one value for each class"),
        (no_image, {}, "masks/3.png cannot be read as an image (its content is none of the known formats)."),
        (two_masks, {}, "masks/3.png are masks of one image. Remove one of them."),
        (one_class, {}, "hold a single class, 0; two are needed."),
        (stranger, {}, "class '90' is in masks of"),
        (no_masks, {}, "there is no image file in a folder 'masks'. It holds: images/"),
        (empty, {}, "there is no image file in a folder 'images'. It is empty."),
        (nothing, {"classes": ["a"]}, "data.classes: expected 2 different names, for the values 0, 255. Received: a."),
        (nothing, {"positive": "7"}, "data.positive"),
        (nothing, {"ignore": 7}, "data.ignore: expected one of 0, 255. Received: 7."),
        (shutil.rmtree, {}, "data.path: there is no such file or folder. Received: "),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, spoil: Callable[[Path], Any], fields: dict[str, Any], message: str
) -> None:
    root = tree(tmp_path / "cells")
    spoil(root)
    with pytest.raises(AutomlError) as error:
        opened(root, **fields)
    assert message in str(error.value)


X = np.arange(20 * 8 * 9, dtype=np.float32).reshape(20, 8, 9)
Y = (X % 3).astype(np.int64)


@pytest.mark.parametrize(
    ("y", "fields", "message"),
    [
        (Y, {}, ""),
        (Y[..., np.newaxis].astype(float), {"crop": 8}, ""),
        (Y == 1, {"positive": "1"}, ""),
        (Y[:, :4], {}, "expected masks of the images' size, (n, 8, 9). Received: int64 of shape (20, 4, 9)."),
        (Y + 0.5, {}, "expected whole numbers, one for each class. Received: 0.5."),
        (Y, {"task": "image_classification"}, "holds a mask for each image; choose data.task=segmentation."),
        (Y.astype(str), {}, "expected whole numbers, one for each class. Received: <U"),
        (np.arange(20 * 72).reshape(20, 8, 9), {}, "hold 1,440 different values"),
        (Y, {"ignore": 1}, ""),
    ],
)
def test_masks_in_arrays(tmp_path: Path, y: np.ndarray, fields: dict[str, Any], message: str) -> None:
    np.savez(tmp_path / "a.npz", x=X, y=y)
    given = {"name": "scans", "task": "segmentation", "path": str(tmp_path / "a.npz"), **fields}
    loader = construct(Npz, given, "data")
    if message:
        with pytest.raises(AutomlError) as error:
            loader.open(tmp_path / "cache", 0)
        assert message in str(error.value)
        return
    data = loader.open(tmp_path / "cache", 0)
    assert data.spec.input.shape == (None, None, 1)
    assert data.spec.details["image_size"] == [8, 9]
    assert len(data.spec.classes) == len(np.unique(y)) - ("ignore" in fields)


def test_membranes(tmp_path: Path) -> None:
    if not SHARED.is_file():
        pytest.skip(f"{SHARED} is not here")
    loader = ImageMasks("membranes", "segmentation", path=str(SHARED), crop=200, classes=["membrane", "cell"])
    data = loader.open(tmp_path, 0)
    assert data.spec.details["image_size"] == [512, 512]
    assert sum(data.spec.sizes.values()) == 30
    assert data.train.steps(4) == data.spec.sizes["train"] * 9 // 4
