"""What a person feeds as arrays: it works, or one sentence says what to change."""

from __future__ import annotations

import subprocess
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl.data.arrays.npz import Npz
from automl.errors import AutomlError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from automl.data import Dataset

RNG = np.random.default_rng(0)
X = RNG.integers(0, 255, (24, 4, 4)).astype(np.uint8)
Y = np.arange(24) % 2


def opened(path: Path, **fields: Any) -> Dataset:
    fields = {"task": "image_classification", **fields}
    return Npz("배열 1", path=str(path), **fields).open(path.parent / "cache", 0)


def parted(**sides: int) -> dict[str, np.ndarray]:
    """``x_<side>`` and ``y_<side>`` of so many samples each."""
    return {f"{name}_{side}": values[:count] for side, count in sides.items() for name, values in (("x", X), ("y", Y))}


WORKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "float16": ({"x": X.astype(np.float16), "y": Y}, {"inputs": "float32"}),
    "bool": ({"x": X > 100, "y": Y}, {"inputs": "uint8"}),
    "big-endian": ({"x": X.astype(">f8"), "y": Y.astype(">i4")}, {"inputs": "float32"}),
    "big-endian integers": ({"x": X.astype(">u2"), "y": Y}, {"inputs": "float32"}),
    "64-bit integers": ({"x": X.astype(np.int64) - 100, "y": Y}, {"inputs": "float32"}),
    "Fortran order": ({"x": np.asfortranarray(X), "y": Y}, {"inputs": "uint8"}),
    "bytes for labels": ({"x": X, "y": np.where(Y, b"cat", b"dog")}, {"classes": ("cat", "dog")}),
    "Korean labels": ({"x": X, "y": np.where(Y, "고양이", "개 1")}, {"classes": ("개 1", "고양이")}),
    "boolean labels": ({"x": X, "y": Y == 1}, {"classes": ("False", "True")}),
    "huge whole labels": ({"x": X, "y": Y * 1e15}, {"classes": ("0", "1000000000000000")}),
    "negative labels": ({"x": X, "y": Y - 1}, {"classes": ("-1", "0")}),
    "a column of labels": ({"x": X, "y": Y[:, None]}, {"classes": ("0", "1")}),
    "one-hot bools": ({"x": X, "y": np.eye(2)[Y] == 1}, {"classes": ("0", "1")}),
    "train without test": (parted(train=24), {"test": 4}),
    "a validation part": (parted(train=20, val=4, test=6), {"validation": 4, "test": 6}),
    "constant images": ({"x": np.zeros_like(X), "y": Y}, {"range": [0.0, 1.0]}),
    "bytes": ({"x": X, "y": Y}, {"range": [0.0, 255.0]}),
    "the range of the train part": (
        {"x_train": np.where(X[:20] > 7, 7.0, X[:20]), "y_train": Y[:20], "x_test": X * 100.0, "y_test": Y},
        {"range": [0.0, 7.0]},
    ),
}


@pytest.mark.parametrize("case", WORKS)
def test_arrays_that_work(tmp_path: Path, case: str) -> None:
    arrays, expected = WORKS[case]
    folder = tmp_path / "데이터 폴더"
    folder.mkdir()
    np.savez(folder / "배열.npz", **arrays)
    data = opened(folder / "배열.npz")
    spec = data.spec
    told = {"inputs": spec.input.dtype, "classes": spec.classes, "range": spec.details["value_range"], **spec.sizes}
    assert {key: told[key] for key in expected} == expected
    (batch, *_) = data.train.batches(4).take(1)
    assert batch[0].shape == (4, 4, 4, 1)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no samples": ({"x": X[:0], "y": Y[:0]}, "there is not a single sample."),
    "no samples of the test part": (parted(train=24, test=0), "the test part holds no samples"),
    "a scalar": ({"x": np.array(3), "y": Y}, "'x' in {path} is a single value; expected one row a sample."),
    "a scalar label": ({"x": X, "y": np.array(1)}, "'y' in {path} is a single value; expected one row a sample."),
    "a side of 0": ({"x": X[:, :0], "y": Y}, "every side of a sample must be at least 1. Received: (0, 4, 1)."),
    "objects": ({"x": X, "y": np.array([{}] * 24)}, "'y': it holds Python objects. Write numbers or text, such as"),
    "complex": ({"x": X * 1j, "y": Y}, "expected numbers of shape (n, height, width)"),
    "text": ({"x": X.astype(str), "y": Y}, "expected numbers of shape (n, height, width)"),
    "five axes": ({"x": X[..., None, None], "y": Y}, "Received: uint8 of shape (24, 4, 4, 1, 1)."),
    "complex labels": ({"x": X, "y": Y * 1j}, "expected numbers or text for labels. Received: complex128."),
    "an empty label": ({"x": X, "y": np.where(Y, "a", "")}, "sample 1 has an empty label."),
    "NaN labels": ({"x": X, "y": np.where(Y, 1.0, np.nan)}, "fractions or NaN, such as nan in sample 1."),
    "labels of two columns": ({"x": X, "y": np.stack([Y, Y + 3], 1)}, "expected one label a sample, or one-hot rows."),
    "NaN": ({"x": np.where(np.arange(24)[:, None, None] == 5, np.nan, X), "y": Y}, "Received: nan in sample 6."),
    "infinite": ({"x": np.where(X > 9, np.inf, X), "y": Y}, "NaN or infinite values"),
    "huge": ({"x": X * 1e300, "y": Y}, "values above 1e+18 are too large for 32-bit floats"),
    "huge in 32 bits": ({"x": X.astype(np.float32) * np.float32(1e30), "y": Y}, "Divide the inputs by a constant"),
    "one sample": ({"x": X[:1], "y": Y[:1]}, "at least two classes are needed. Received: 0."),
    "one class": ({"x": X, "y": Y * 0}, "at least two classes are needed. Received: 0."),
    "one sample of a class": ({"x": X, "y": np.eye(24)[0]}, "class '1' has 1 sample; every part needs one"),
    "other names": ({"a": X, "b": Y}, "The file holds: a, b. Name them by data.inputs and data.target."),
    "no arrays": ({}, "The file holds: no arrays."),
    "no labels of the test part": (parted(train=20) | {"x_test": X}, "there is no array 'y_test'"),
    "other shapes in the test part": (
        parted(train=20) | {"x_test": X[:, :2], "y_test": Y},
        "data.inputs: the parts must hold samples of one kind. Received: uint8 of shape (20, 4, 4), uint8 of shape",
    ),
    "other labels in the test part": (
        parted(train=20) | {"x_test": X, "y_test": Y.astype(str)},
        "data.target: the parts must hold samples of one kind.",
    ),
    "a class that train lacks": (
        parted(train=20) | {"x_test": X, "y_test": Y + 1},
        "class '2' is in the test part, but not in the train part, so that no model can learn it. The train part has",
    ),
    "lengths that differ": ({"x": X, "y": Y[:5]}, "'x' and 'y' differ in length. Received: 24 and 5."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_arrays_that_are_refused(tmp_path: Path, case: str) -> None:
    arrays, message = REFUSED[case]
    path = tmp_path / "배열 1.npz"
    np.savez(path, **arrays)
    with pytest.raises(AutomlError) as error:
        opened(path)
    assert message.format(path=path) in str(error.value)
    assert "\n" not in str(error.value)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def single(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, X)


def text(path: Path) -> None:
    path.write_text("x,y\n1,2\n")


def cut(path: Path) -> None:
    np.savez(path, x=X, y=Y)
    path.write_bytes(path.read_bytes()[:300])


def flipped(path: Path) -> None:
    np.savez(path, x=X, y=Y)
    content = bytearray(path.read_bytes())
    content[200:260] = bytes(60)
    path.write_bytes(bytes(content))


def lying(path: Path) -> None:
    """A header that promises terabytes."""
    with zipfile.ZipFile(path, "w") as file:
        header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000, 1000), }".ljust(117) + b"\n"
        file.writestr("x.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
        file.writestr("y.npy", b"")


def locked(path: Path) -> None:
    np.savez(path, x=X, y=Y)
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(mark)
        while start >= 0:
            content[start + offset] |= 1
            start = content.find(mark, start + 1)
    path.write_bytes(bytes(content))


def folder(path: Path) -> None:
    path.mkdir()


def fifo(path: Path) -> None:
    subprocess.run(["mkfifo", str(path)], check=True)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (empty, "it is empty."),
        (single, "it is a single .npy array. Write it with numpy.savez(path, x=..., y=...)."),
        (text, "it is another kind of file"),
        (cut, "the zip is damaged or cut short."),
        (flipped, "cannot be read as an .npz file of plain arrays: 'x'"),
        (lying, "'x': it ends too early: 128 B of 8 TB."),
        (locked, "'x': it is encrypted. Write it without a password."),
        (folder, "data.path: is no file, but a folder or a device. Received: "),
        (fifo, "data.path: is no file, but a folder or a device. Received: "),
    ],
)
def test_files_that_hold_no_arrays(tmp_path: Path, make: Callable[[Path], None], message: str) -> None:
    path = tmp_path / "배열.npz"
    make(path)
    with pytest.raises(AutomlError) as error:
        opened(path)
    assert message in str(error.value)


def test_arrays_larger_than_memory_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automl.data.arrays.npz_file.free_memory", lambda: 500)
    np.savez(tmp_path / "x.npz", x=X, y=Y)
    with pytest.raises(AutomlError, match=r"'x': it takes 1.02 kB of memory, and 500 B are free\. Use fewer samples"):
        opened(tmp_path / "x.npz")
