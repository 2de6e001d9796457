"""Pictures written into a folder that is there whole or not at all."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from automl.api.writing.tables import table_file
from automl.errors import DataError, StorageError
from automl.files import is_free, making

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from automl.api.prediction import Answer

_COLORS = (
    (0, 0, 0), (230, 75, 53), (77, 187, 213), (0, 160, 135), (243, 155, 127),
    (132, 145, 180), (145, 209, 194), (255, 220, 145), (126, 97, 72), (176, 156, 133),
)  # fmt: skip
"""Of the numbers of classes, as far as they go; the first is mostly what lies behind things."""


@contextmanager
def answer_folder(path: Path, classes: Sequence[str]) -> Iterator[Callable[[Answer], None]]:
    """A folder of the pictures that answer samples, which is there, and whole, once the block ends well.

    Pictures are named after their samples' files; each pixel is the number of a class, shown in a colour of its own.
    ``classes.csv`` tells which is which, ``predictions.csv`` has the table of answers.

    Args:
        path: It is not there yet, or is empty.
        classes: Labels in the order of their numbers.

    Raises:
        StorageError: It holds files already, or cannot be written.
        DataError: The answers are no pictures.
    """
    taken: set[str] = set()
    with _making(path) as folder, table_file(folder / "predictions.csv") as write_table:
        with (folder / "classes.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("number", "class"), *enumerate(classes)])

        def write(answer: Answer) -> None:
            if not answer.pictures:
                raise DataError("--out: the answers are rows, not pictures; name a .csv, .parquet or .jsonl file.")
            names = [_name(answer.table, row, taken) for row in range(len(answer.table))]
            for name, picture in zip(names, answer.pictures, strict=True):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                _paletted(picture).save(folder / name)
            write_table(answer.table.assign(picture=names))

        yield write


def write_images(images: np.ndarray, path: Path) -> None:
    """Write images (n, height, width, 1 or 3) of bytes as ``000001.png``, ... into a folder.

    Args:
        images: They.
        path: As of ``answer_folder``.

    Raises:
        StorageError: It holds files already, or cannot be written.
    """
    with _making(path) as folder:
        for number, image in enumerate(images, 1):
            Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(folder / f"{number:06}.png")


def _name(table: pd.DataFrame, row: int, taken: set[str]) -> str:
    """The name of a picture: that of its sample's file, or its number."""
    given = str(table.iloc[row, 0])
    path = PurePosixPath(given if "file" in table else f"{int(given):06}")
    path = PurePosixPath(*(part for part in path.parts if part not in {"/", "..", "."}))
    name = str(path.with_suffix(".png"))
    if name in taken:  # a.jpg beside a.png
        name = f"{path}.png"
    taken.add(name)
    return name


def _paletted(picture: np.ndarray) -> Image.Image:
    image = Image.fromarray(picture, mode="P")
    more = np.random.default_rng(0).integers(40, 230, (256 - len(_COLORS), 3))
    image.putpalette([*np.ravel(_COLORS).tolist(), *more.ravel().tolist()])
    return image


@contextmanager
def _making(path: Path) -> Iterator[Path]:
    """A folder beside that place, which takes it when the block ends well."""
    if not is_free(path):
        raise StorageError(f"--out: {path} is there already, and not empty. Name another folder.")
    try:
        with making(path) as folder:
            yield folder
    except OSError as error:
        raise StorageError(f"--out: {path} cannot be written: {error.strerror or error}.") from error
