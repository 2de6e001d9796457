from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from automl.data.images.folder import ImageFolder
from automl.errors import AutomlError

if TYPE_CHECKING:
    from automl.data import Dataset

SHARED = Path(__file__).parents[3] / "shared" / "data" / "cifar10-24k-jpg.zip"


def draw(path: Path, value: int, size: tuple[int, int] = (6, 4), mode: str = "RGB") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, value if mode == "L" else (value, 0, 0)).save(path)


def tree(root: Path, *, count: int = 4, suffix: str = "png", mode: str = "RGB") -> Path:
    """``root/{cat,dog}/<n>.<suffix>``, cats dark and dogs bright."""
    for number in range(count):
        draw(root / "cat" / f"{number}.{suffix}", 10 + number, mode=mode)
        draw(root / "dog" / f"{number}.{suffix}", 200 + number, mode=mode)
    return root


def opened(path: Path, **fields: Any) -> Dataset:
    loader = ImageFolder("pets", "image_classification", path=str(path), **fields)
    return loader.open(path.parent / "cache", 0)


def test_a_tree_becomes_classes_and_pixels(tmp_path: Path) -> None:
    data = opened(tree(tmp_path / "pets"))
    assert data.spec.classes == ("cat", "dog")
    assert data.spec.input.shape == (4, 6, 3)
    assert data.spec.input.dtype == "uint8"
    assert data.spec.sizes == {"train": 4, "validation": 2, "test": 2}
    inputs, target = data.train.arrays()
    assert ((inputs[:, 0, 0, 0] > 100) == (target == 1)).all()


@pytest.mark.parametrize("suffix", ["png", "bmp", "gif", "jpg", "JPEG"])
def test_every_format_is_read(tmp_path: Path, suffix: str) -> None:
    inputs, target = opened(tree(tmp_path / "pets", suffix=suffix)).train.arrays()
    assert ((inputs[:, 0, 0, 0] > 100) == (target == 1)).all()


def test_grey_images_have_one_channel_unless_asked_otherwise(tmp_path: Path) -> None:
    root = tree(tmp_path / "pets", mode="L")
    assert opened(root).spec.input.shape == (4, 6, 1)
    assert opened(root, color="rgb").spec.input.shape == (4, 6, 3)


def test_sizes_that_differ_are_brought_to_the_median_shorter_side(tmp_path: Path) -> None:
    root = tree(tmp_path / "pets")
    draw(root / "cat" / "large.png", 10, size=(20, 30))
    assert opened(root).spec.input.shape == (4, 4, 3)
    assert opened(root, image_size=9).spec.input.shape == (9, 9, 3)


def test_given_parts_are_kept_and_wrapping_folders_looked_through(tmp_path: Path) -> None:
    tree(tmp_path / "in" / "wrap" / "train", count=5)
    tree(tmp_path / "in" / "wrap" / "test", count=2)
    (tmp_path / "in" / "__MACOSX" / "cat").mkdir(parents=True)
    (tmp_path / "in" / "__MACOSX" / "cat" / "._0.png").write_bytes(b"junk")
    zipped = Path(shutil.make_archive(str(tmp_path / "pets"), "zip", tmp_path / "in"))
    for path in (tmp_path / "in", zipped):
        spec = opened(path).spec
        assert spec.classes == ("cat", "dog")
        assert spec.sizes == {"train": 8, "validation": 2, "test": 4}


def test_transparency_and_sixteen_bits_are_understood(tmp_path: Path) -> None:
    root = tree(tmp_path / "pets")
    Image.new("RGBA", (6, 4), (255, 255, 255, 0)).save(root / "cat" / "clear.png")
    Image.fromarray(np.full((4, 6), 51_200, np.uint16)).save(root / "dog" / "deep.png")
    data = opened(root)
    pixels = np.concatenate([part.arrays()[0] for part in (data.train, data.validation, data.test)])[:, 0, 0]
    assert (pixels == 0).all(axis=1).any()
    assert (pixels == 200).all(axis=1).any()


def test_an_unreadable_image_is_named_or_skipped_with_a_word(tmp_path: Path) -> None:
    root = tree(tmp_path / "pets")
    (root / "cat" / "broken.png").write_bytes((root / "cat" / "0.png").read_bytes()[:40])
    (root / "cat" / "notes.txt").write_text("not an image")
    with pytest.raises(AutomlError, match=r"cat/broken.png cannot be read as an image .* data.on_bad_file=skip"):
        opened(root)
    spec = opened(root, on_bad_file="skip").spec
    assert sum(spec.sizes.values()) == 8
    assert spec.warnings == (
        "1 unreadable files were left out: cat/broken.png.",
        "1 files that are no images were left out: 1 .txt.",
    )


def test_changed_files_are_read_again(tmp_path: Path) -> None:
    root = tree(tmp_path / "pets")
    before = opened(root).spec.fingerprint
    draw(root / "cat" / "new.png", 10)
    assert opened(root).spec.fingerprint != before


def make(root: Path, kind: str) -> Path:
    match kind:
        case "empty":
            root.mkdir()
        case "one class":
            shutil.rmtree(tree(root) / "dog")
        case "one image":
            shutil.rmtree(tree(root) / "dog")
            draw(root / "dog" / "0.png", 200)
        case "flat":
            draw(root / "0.png", 1)
        case "text":
            (root / "cat").mkdir(parents=True)
            (root / "cat" / "a.txt").write_text("")
        case "no zip":
            root.write_text("not a zip")
        case "stranger":
            tree(root / "train")
            draw(root / "test" / "bird" / "0.png", 1)
    return root


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "data.path: there is no such file or folder. Received: "),
        ("empty", "holds no files."),
        ("one class", "at least two classes are needed. Received: cat."),
        ("one image", "class 'dog' has 1 sample; every part needs one of each class, so at least 3 are needed."),
        ("flat", "expected files in one folder a class"),
        ("text", "holds no JPEG, PNG, BMP, GIF, TIFF or WebP files. It holds: 1 .txt."),
        ("no zip", "data.path: expected a folder or a zip of one."),
        ("stranger", "class 'bird' is in the test folder"),
    ],
)
def test_what_is_no_tree_of_images_is_refused(tmp_path: Path, kind: str, message: str) -> None:
    with pytest.raises(AutomlError) as error:
        opened(make(tmp_path / "pets", kind))
    assert message in str(error.value)


@pytest.mark.slow
def test_a_zip_of_24_000_photographs(tmp_path: Path) -> None:
    if not SHARED.is_file():
        pytest.skip(f"{SHARED} is not here")
    spec = ImageFolder("cifar", "image_classification", path=str(SHARED)).open(tmp_path, 0).spec
    assert spec.input.shape == (32, 32, 3)
    assert spec.sizes == {"train": 16_000, "validation": 4_000, "test": 4_000}
    assert len(spec.classes) == 10


def test_images_without_labels_may_lie_anywhere(tmp_path: Path) -> None:
    for number in range(12):
        folder = tmp_path / "pictures" / ("test" if number < 3 else "")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8, 3), number, np.uint8)).save(folder / f"{number}.png")
    data = ImageFolder("pictures", "generation", path=str(tmp_path / "pictures")).open(tmp_path / "cache", 0)
    assert data.spec.sizes["test"] == 3
    assert data.spec.classes == ()


@pytest.mark.parametrize(
    ("folders", "classes"),
    [
        (("cat", "dog"), ("cat", "dog")),
        (("cat", ""), ()),
        (("cat",), ()),
        (("",), ()),
        (("train/a", "train/b", "test/a"), ("a", "b")),
    ],
)
def test_for_sampling_folders_are_classes_where_every_image_lies_in_one_of_several(
    tmp_path: Path, folders: tuple[str, ...], classes: tuple[str, ...]
) -> None:
    for number in range(24):
        folder = tmp_path / "pictures" / folders[number % len(folders)]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8, 3), number, np.uint8)).save(folder / f"{number}.png")
    data = ImageFolder("pictures", "sampling", path=str(tmp_path / "pictures")).open(tmp_path / "cache", 0)
    assert data.spec.classes == classes
    assert (data.spec.target is None) == (not classes)
    assert sum(data.spec.sizes.values()) == 24
