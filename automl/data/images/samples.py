"""New images out of files, in the shape and the unit of those that a model learned from."""

from __future__ import annotations

from functools import partial
from glob import glob, has_magic
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.data.files.tree import Tree
from automl.data.images.decoding import BadImageError, opened
from automl.data.images.fitting import fit_image, unfit
from automl.data.images.pairs import images_of
from automl.data.images.reading import decoded
from automl.data.samples import Samples
from automl.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL import Image

    from automl.data.images.fitting import Fit
    from automl.data.samples import Note
    from automl.data.spec import DataSpec

    _Read = tuple[PurePosixPath, np.ndarray, tuple[int, int]]

_CHUNK_BYTES = 1 << 26
_MOST = 512
_WHITE = 255.0


class ImageReader:
    """Brings images to what a model takes.

    Args:
        spec: Of the data that it learned from.
        fit: How others' sizes are brought to theirs.

    Raises:
        DataError: It takes no images.
    """

    def __init__(self, spec: DataSpec, fit: Fit = "scale") -> None:
        shape: tuple[int | None, ...] = spec.input.shape
        if not takes_images(spec):
            raise DataError(f"predict: the model of data={spec.name} takes no images.")
        self.fit = fit
        self._grey = shape[-1] == 1
        self._dtype = np.dtype(spec.input.dtype)
        self._range: tuple[float, float] = tuple(spec.details.get("value_range", (0.0, _WHITE)))
        # Models that take any size were trained on images as their files have them, or on such as were brought to one.
        self._own = None in shape and bool(spec.details.get("own_size"))
        self._size: tuple[int, int] = tuple(spec.details["image_size"] if None in shape else shape[:2])

    @property
    def bytes(self) -> int:
        """About what an image takes."""
        return int(np.prod(self._size)) * (1 if self._grey else 3) * self._dtype.itemsize

    def __call__(self, image: Image.Image) -> np.ndarray:
        """Pixels (height, width, 1 or 3) in the data's own unit, which black and white are the ends of."""
        size = (image.height, image.width) if self._own else self._size
        pixels = fit_image(image, size, self.fit, grey=self._grey)
        low, high = self._range
        if (low, high) == (0.0, _WHITE):
            return pixels.astype(self._dtype)
        scaled = low + pixels * ((high - low) / _WHITE)
        return (np.rint(scaled) if self._dtype.kind in "iu" else scaled).astype(self._dtype)

    def restore(self, sizes: Sequence[tuple[int, int]], number: int, picture: np.ndarray) -> np.ndarray:
        """See ``Samples.restore``."""
        return picture if self._own else unfit(picture, sizes[number], self.fit)


def takes_images(spec: DataSpec) -> bool:
    """Whether raw samples are images, grey or of three colours."""
    shape: tuple[int | None, ...] = getattr(spec.inputs, "shape", ())
    return len(shape) == 3 and shape[-1] in (1, 3)


def image_samples(
    path: str, spec: DataSpec, note: Note, *, fit: Fit = "scale", skip: bool | None = None
) -> Iterator[Samples]:
    """Images, some megabytes at a time, each chunk of one size.

    Args:
        path: An image file; a folder of them, or a zip of one, also with folders in it; or a pattern of files.
        spec: Of the data that the model learned from.
        note: Hears of what is left out.
        fit: How images are brought to the size of those.
        skip: Whether files that are no images are left out; else they are an error, as they are where there is no
            setting for it.

    Raises:
        DataError: There is no such file, it holds no images, or one cannot be read.
    """
    reader = ImageReader(spec, fit)
    tree, files = _found(path)
    bad: list[str] = []
    for start, chunk in decoded(tree, files, partial(_read, reader), _at_once(reader)):
        good: list[_Read] = []
        for file, one in zip(files[start : start + len(chunk)], chunk, strict=True):
            if not isinstance(one, BadImageError):
                good.append((file, one[0], one[1]))
            elif skip:
                bad.append(str(file))
            else:
                leave = "" if skip is None else ", or set data.on_bad_file=skip"
                raise DataError(
                    f"predict: {tree.root / file} cannot be read as an image ({one}). Mend or remove it{leave}."
                )
        yield from _alike(reader, good)
    for sentence in tree.notes:
        note(sentence)
    if bad:
        note(f"{len(bad)} unreadable files were left out: {', '.join(bad[:3])}{', ...' * (len(bad) > 3)}.")


def _at_once(reader: ImageReader) -> int:
    return max(1, min(_MOST, _CHUNK_BYTES // max(1, reader.bytes)))


def _read(reader: ImageReader, content: bytes) -> tuple[np.ndarray, tuple[int, int]]:
    image = opened(content)
    return reader(image), (image.height, image.width)


def _alike(reader: ImageReader, images: list[_Read]) -> Iterator[Samples]:
    """Chunks of images that follow one another and are of one size."""
    start = 0
    for end in range(1, len(images) + 1):
        if end == len(images) or images[end][1].shape != images[start][1].shape:
            files, pixels, sizes = zip(*images[start:end], strict=True)
            names = pd.DataFrame({"file": [str(file) for file in files]})
            yield Samples(np.stack(pixels), names, restore=partial(reader.restore, sizes))
            start = end


class _Files:
    """Files by their paths, as a tree; see ``automl.data.files.tree.Tree``."""

    notes: tuple[str, ...] = ()

    def __init__(self, root: Path) -> None:
        self.root = root

    def size(self, path: PurePosixPath) -> int:
        return (self.root / path).stat().st_size

    def read(self, path: PurePosixPath) -> bytes:
        return (self.root / path).read_bytes()


def _found(path: str) -> tuple[Any, list[PurePosixPath]]:
    """The files of images, in the order of their names, and the tree that they are in."""
    place = Path(path)
    if place.is_dir() or place.suffix.lower() == ".zip":
        tree = Tree(place, key="predict")
        files = images_of(tree.files())
        if not files:
            raise DataError(f"predict: {path} holds no JPEG, PNG, BMP, GIF, TIFF or WebP files.")
        return tree, files
    paths = [path] if place.is_file() or not has_magic(path) else sorted(glob(path))  # noqa: PTH207 - it may be absolute
    if not paths or not all(Path(one).is_file() for one in paths):
        raise DataError(f"predict: there is no such file or folder. Received: {path}")
    root = place.parent if len(paths) == 1 else Path()
    return _Files(root), [PurePosixPath(Path(one).relative_to(root) if len(paths) == 1 else one) for one in paths]


def images_given(paths: Sequence[Path], spec: DataSpec) -> np.ndarray:
    """Images by their paths, (n, height, width, channels).

    Raises:
        DataError: One cannot be read, or their sizes differ where the model takes any.
    """
    reader, found = ImageReader(spec), []
    for path in paths:
        try:
            found.append(reader(opened(path.read_bytes())))
        except (BadImageError, OSError) as error:
            reason = getattr(error, "strerror", None) or error
            raise DataError(f"predict: {path} cannot be read as an image ({reason}).") from error
    if len({one.shape for one in found}) > 1:
        raise DataError("predict: the images differ in size. Ask about those of one size at a time.")
    return np.stack(found)
