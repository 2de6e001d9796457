"""What a person feeds as images: it works, or one sentence says what to change."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from automl.data.images.folder import ImageFolder
from automl.errors import AutomlError
from automl.fields import construct

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.data import Dataset


def draw(path: Path, value: int = 9, mode: str = "RGB", size: tuple[int, int] = (6, 4), **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, 0, 0)).convert(mode).save(path, **options)


def tree(root: Path, first: str = "cat", second: str = "dog", count: int = 4) -> Path:
    for number in range(count):
        draw(root / first / f"{number}.png", 10 + number)
        draw(root / second / f"{number}.png", 200 + number)
    return root


def opened(path: Path, **fields: Any) -> Dataset:
    fields = {"task": "image_classification", **fields}
    loader = construct(ImageFolder, {"name": "사진", "path": str(path), **fields}, "data")
    return loader.open(path.parent / "cache", 0)


def packed(root: Path, names: Callable[[Path], str], **options: Any) -> Path:
    """A zip of the tree, its files named by ``names``."""
    path = root.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", **options) as file:
        for one in sorted(root.rglob("*.png")):
            file.writestr(names(one.relative_to(root)), one.read_bytes())
    return path


# What lies in the folder beside four cats and four dogs, and what is told of it.


def nothing(root: Path) -> None:
    pass


def link_to_itself(root: Path) -> None:
    (root / "cat" / "again").symlink_to(root, target_is_directory=True)
    (root / "cat" / "self.png").symlink_to(root / "cat" / "self.png")


def pipe(root: Path) -> None:
    subprocess.run(["mkfifo", str(root / "cat" / "pipe.png")], check=True)


def device(root: Path) -> None:
    (root / "cat" / "zero.png").symlink_to("/dev/zero")


def broken_link(root: Path) -> None:
    (root / "cat" / "gone.png").symlink_to(root / "nowhere.png")


def linked_class(root: Path) -> None:
    (root / "dog").rename(root.parent / "elsewhere")
    (root / "dog").symlink_to(root.parent / "elsewhere", target_is_directory=True)


def moving_gif(root: Path) -> None:
    frames = [Image.new("RGB", (6, 4), (value, 0, 0)) for value in (10, 200)]
    frames[0].save(root / "cat" / "moving.gif", save_all=True, append_images=frames[1:])


def moving_png(root: Path) -> None:
    frames = [Image.new("RGB", (6, 4), (value, 0, 0)) for value in (10, 200)]
    frames[0].save(root / "cat" / "moving.png", save_all=True, append_images=frames[1:])


def pages(root: Path) -> None:
    frames = [Image.new("RGB", (6, 4), (value, 0, 0)) for value in (10, 200)]
    frames[0].save(root / "cat" / "pages.tiff", save_all=True, append_images=frames[1:])


def wrong_suffix(root: Path) -> None:
    draw(root / "cat" / "true.jpg")
    (root / "cat" / "true.jpg").rename(root / "cat" / "false.png")


def upper_case(root: Path) -> None:
    draw(root / "cat" / "LOUD.PNG")


def webp(root: Path) -> None:
    draw(root / "cat" / "one.webp")


def tiff(root: Path) -> None:
    draw(root / "cat" / "one.tif", mode="CMYK")


def stray(root: Path) -> None:
    draw(root / "stray.png")


def others(root: Path) -> None:
    (root / "cat" / "Thumbs.db").write_bytes(b"x")
    (root / "cat" / "photo.heic").write_bytes(b"x")


def rotated(root: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    draw(root / "cat" / "rotated.jpg", size=(4, 6), exif=exif)


@pytest.mark.parametrize(
    ("add", "count", "told"),
    [
        (nothing, 8, ""),
        (link_to_itself, 8, "1 entries of the folder that links lead to, but that are elsewhere in it too, were left"),
        (pipe, 8, "neither file nor folder (pipes, devices, broken links) were left out: cat/pipe.png."),
        (device, 8, "neither file nor folder (pipes, devices, broken links) were left out: cat/zero.png."),
        (broken_link, 8, "neither file nor folder (pipes, devices, broken links) were left out: cat/gone.png."),
        (linked_class, 8, ""),
        (moving_gif, 9, "1 files have several frames or pages, and their first is taken: cat/moving.gif."),
        (moving_png, 9, "1 files have several frames or pages, and their first is taken: cat/moving.png."),
        (pages, 9, "1 files have several frames or pages, and their first is taken: cat/pages.tiff."),
        (wrong_suffix, 9, ""),
        (upper_case, 9, ""),
        (webp, 9, ""),
        (tiff, 9, ""),
        (rotated, 9, ""),
        (stray, 8, "1 images that lie in no class folder were left out: stray.png."),
        (others, 8, "2 files that are no images were left out: 1 .db, 1 .heic."),
    ],
)
def test_what_lies_among_images(tmp_path: Path, add: Callable[[Path], None], count: int, told: str) -> None:
    root = tree(tmp_path / "사진 폴더")
    add(root)
    spec = opened(root).spec
    assert spec.classes == ("cat", "dog")
    assert spec.input.shape == (4, 6, 3)
    assert sum(spec.sizes.values()) == count
    assert told in " ".join(spec.warnings)
    assert bool(told) == bool(spec.warnings)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "HSV", "I;16"])
def test_every_kind_of_pixel(tmp_path: Path, mode: str) -> None:
    root = tmp_path / "pets"
    grey = 255 if mode == "1" else 200
    suffix = "tif" if mode in {"CMYK", "YCbCr", "HSV"} else "png"
    for number in range(8):
        image = Image.fromarray(np.full((4, 6), 200 * 256, np.uint16)) if mode == "I;16" else None
        image = image or Image.new("RGB", (6, 4), (grey,) * 3).convert("RGB" if mode == "HSV" else mode)
        (root / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        image.save(root / "ab"[number % 2] / f"{number}.{suffix}")
    inputs, _ = opened(root).train.arrays()
    assert (np.abs(inputs.astype(int) - grey) <= 4).all()


def large(path: Path) -> None:
    """A PNG that says it has 400 million pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")))


def cut(path: Path) -> None:
    draw(path)
    path.write_bytes(path.read_bytes()[:45])


def fractions(path: Path) -> None:
    Image.fromarray(np.zeros((4, 6), np.float32)).save(path, "TIFF")


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2 << 30)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Path.touch, "it is empty"),
        (lambda path: path.write_text("text"), "its content is none of the known formats"),
        (lambda path: path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n"), "its content is none of the known formats"),
        (cut, "image"),
        (large, "it has more than 178 million pixels"),
        (fractions, "its pixels are of the kind F; save it as RGB or grey"),
        (sparse, "it has 2.15 GB"),
    ],
    ids=["empty", "text", "postscript", "cut", "bomb", "fractions", "sparse"],
)
def test_files_that_hold_no_image(tmp_path: Path, make: Callable[[Path], Any], reason: str) -> None:
    root = tree(tmp_path / "pets")
    make(root / "cat" / "나쁜 파일.png")
    with pytest.raises(AutomlError) as error:
        opened(root)
    assert "나쁜 파일.png cannot be read as an image (" in str(error.value)
    assert reason in str(error.value)
    assert str(error.value).endswith("Mend or remove it, or set data.on_bad_file=skip.")
    assert sum(opened(root, on_bad_file="skip").spec.sizes.values()) == 8


@pytest.mark.parametrize("name", ["고양이", "개 1", "-n", "a.b", "c'est", "100%", "{x}", "#1", "a=b", "train"])
def test_classes_of_any_name(tmp_path: Path, name: str) -> None:
    assert name in opened(tree(tmp_path / "pets", name, "other")).spec.classes


def test_names_that_are_not_in_utf_8(tmp_path: Path) -> None:
    root = tree(tmp_path / "pets")
    odd = os.fsdecode("고양이".encode("euc-kr"))
    (root / "cat").rename(root / odd)
    assert "dog" in opened(root).spec.classes
    for label in opened(root).spec.classes:
        label.encode()


def test_a_spelling_of_macos_and_one_of_others_are_one_class(tmp_path: Path) -> None:
    import unicodedata

    for side, form in (("train", "NFC"), ("test", "NFD")):
        tree(tmp_path / "pets" / side, unicodedata.normalize(form, "고양이"))  # type: ignore[arg-type]
    assert opened(tmp_path / "pets").spec.classes == ("dog", "고양이")


def test_a_validation_folder_is_the_validation_part(tmp_path: Path) -> None:
    root = tmp_path / "pets"
    for side, count in (("train", 5), ("validation", 2), ("test", 1)):
        tree(root / side, count=count)
    (root / "labels").mkdir()
    (root / "labels" / "x.txt").write_text("no part")
    spec = opened(root).spec
    assert spec.sizes == {"train": 10, "validation": 4, "test": 2}
    assert "the 4 images of the validation folder of pets are the validation part." in spec.warnings
    shutil.rmtree(root / "test")
    assert opened(root).spec.sizes == {"train": 8, "validation": 4, "test": 2}


@pytest.mark.parametrize("side", ["validation", "test"])
def test_a_class_that_the_train_folder_lacks(tmp_path: Path, side: str) -> None:
    root = tree(tmp_path / "pets" / "train").parent
    tree(root / side, "cat", "bird")
    with pytest.raises(AutomlError, match=f"class 'bird' is in the {side} folder of .*, but not in the train folder."):
        opened(root)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (str, ""),
        (lambda path: f"pets/{path}", ""),
        (lambda path: f"/abs/{path}", ""),
        (lambda path: f"./{path}", ""),
        (lambda path: f"..\\..\\{path}", "data.path: {path} holds no files."),
        (lambda path: f"pets\\{path.parent}\\{path.name}", ""),
        (lambda path: f"../../{path}", "data.path: {path} holds no files."),
        (lambda path: f"{path.parent}-{path.name}", "data.path: expected files in one folder a class"),
        (lambda path: f"{path.parent}/{path.stem}.zip", "holds no JPEG, PNG, BMP, GIF, TIFF or WebP files. It holds"),
    ],
    ids=["plain", "wrapped", "absolute", "dotted", "outside, Windows", "Windows", "outside", "flat", "nested"],
)
def test_zips(tmp_path: Path, names: Callable[[Path], str], message: str) -> None:
    path = packed(tree(tmp_path / "pets"), names)
    if not message:
        assert sum(opened(path).spec.sizes.values()) == 8
        return
    with pytest.raises(AutomlError) as error:
        opened(path)
    assert message.format(path=path) in str(error.value)


def test_a_zip_that_is_encrypted_or_damaged(tmp_path: Path) -> None:
    path = packed(tree(tmp_path / "pets"), str)
    content = path.read_bytes()
    start = content.index(b"IDAT")
    path.write_bytes(content[:start] + bytes(9) + content[start + 9 :])
    with pytest.raises(AutomlError, match=r"is damaged at cat/0.png: Bad CRC-32 .* Copy or pack it again"):
        opened(path)
    locked = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + offset] |= 1
    path.write_bytes(bytes(locked))
    with pytest.raises(AutomlError, match=r"pets.zip is encrypted. Unpack it, and give the folder."):
        opened(path)
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(AutomlError, match=r"expected a folder or a zip of one"):
        opened(path)


def test_names_in_a_zip_of_another_encoding(tmp_path: Path) -> None:
    """macOS writes UTF-8 without the flag; Windows writes the encoding of its language."""
    path = packed(tree(tmp_path / "pets", "AAAAAA", "dog"), str)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"AAAAAA", "가나".encode()))
    assert opened(path).spec.classes == ("dog", "가나")
    path.write_bytes(content.replace(b"AAAAAA", "가나다".encode("euc-kr")))
    spec = opened(path).spec
    assert len(spec.classes) == 2
    assert "4 names in the zip are not in UTF-8 and may read oddly" in " ".join(spec.warnings)


def deep(root: Path) -> None:
    draw(root.joinpath(*("d" * 40)) / "a.png")


def single(root: Path) -> None:
    draw(root / "cat" / "one.png")


def unreadable(root: Path) -> None:
    (tree(root) / "cat").chmod(0)


def a_pipe(root: Path) -> None:
    subprocess.run(["mkfifo", str(root)], check=True)


@pytest.mark.parametrize(
    ("make", "fields", "message"),
    [
        (deep, {}, "is deeper than 32 folders. Received: "),
        (single, {}, "at least two classes are needed. Received: cat."),
        (a_pipe, {}, "expected a folder or a zip of one. Received: {root}, a pipe or a device."),
        (tree, {"image_size": 0}, "data.image_size: expected an integer of at least 1 or null. Received: 0."),
        (tree, {"image_size": 200_000}, "data.image_size: expected"),
        pytest.param(
            unreadable,
            {},
            "{root}/cat cannot be read: Permission denied.",
            marks=pytest.mark.skipif(os.getuid() == 0, reason="root reads everything"),
        ),
    ],
)
def test_folders_that_are_refused(
    tmp_path: Path, make: Callable[[Path], Any], fields: dict[str, Any], message: str
) -> None:
    root = tmp_path / "사진"
    make(root)
    with pytest.raises(AutomlError) as error:
        opened(root, **fields)
    assert message.format(root=root) in str(error.value)


def test_images_that_the_disk_has_no_room_for_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automl.data.images.reading.free_disk", lambda folder: 1000)
    with pytest.raises(AutomlError, match=r"8 images of 200x200 pixels take 320 kB on the disk of .*; 1 kB are free"):
        opened(tree(tmp_path / "pets"), image_size=200)


def test_images_too_large_to_scale_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automl.data.images.reading.free_memory", lambda: 1000)
    with pytest.raises(AutomlError, match=r"of memory while they are scaled; 1 kB are free. Received: 200. Choose a"):
        opened(tree(tmp_path / "pets"), image_size=200)
