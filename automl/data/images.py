"""Image files decoded with Pillow into arrays of one shape."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

if TYPE_CHECKING:
    from collections.abc import Iterable

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif"})
_LARGEST = 224


class BadImageError(Exception):
    """A file that holds no readable image."""


def opened(content: bytes) -> Image.Image:
    """The image in a file's bytes, upright.

    Raises:
        BadImageError: The bytes are no image, or end too early.
    """
    try:
        image = Image.open(io.BytesIO(content))
        image.load()
        return ImageOps.exif_transpose(image)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadImageError(str(error) or type(error).__name__) from error


def is_grey(image: Image.Image) -> bool:
    """Whether an image has a single channel."""
    return image.mode in {"1", "L", "LA", "I", "F"} or image.mode.startswith("I;16")


def to_array(image: Image.Image, size: tuple[int, int], *, grey: bool) -> np.ndarray:
    """Pixels of shape (height, width, 1 or 3), 0 to 255; scaled to ``size`` where they differ.

    Transparent pixels are laid on black; 16-bit pixels keep their upper eight bits.
    """
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    if image.mode in {"P", "PA", "LA", "RGBA"}:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (0, 0, 0, 255)), image)
    image = image.convert("L" if grey else "RGB")
    height, width = size
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    pixels = np.asarray(image, np.uint8)
    return pixels[..., np.newaxis] if grey else pixels


def common_size(sizes: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """Height and width for all: their own where all agree, else a square of the median shorter side, at most 224."""
    counted = Counter(sizes)
    if len(counted) == 1:
        ((only, _),) = counted.items()
        return only
    shorter = np.repeat([min(size) for size in counted], list(counted.values()))
    side = min(_LARGEST, int(np.median(shorter)))
    return side, side
