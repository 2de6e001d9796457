"""Image files decoded with Pillow into arrays of one shape."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMATS = ("BMP", "DIB", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
SUFFIXES = frozenset(
    {".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"}
)
"""The suffixes of files that are taken for images; what they hold is told by their content."""

# Those of which it is known what is black and what is white.
_MODES = frozenset(
    {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV", "I", "I;16", "I;16B", "I;16L"}
)
_LARGEST = 224
_MOVING = "automl:moving"


class BadImageError(Exception):
    """A file that holds no readable image."""


@dataclass(frozen=True)
class Look:
    """What is known of an image before all of them get one shape.

    Attributes:
        size: Height and width, upright.
        grey: Whether it has a single channel.
        moving: Whether it has more frames, or pages, than the first.
    """

    size: tuple[int, int]
    grey: bool
    moving: bool


def look(content: bytes) -> Look:
    """Decode an image and tell its shape.

    Raises:
        BadImageError: The bytes are no image, or end too early.
    """
    image = opened(content)
    return Look((image.height, image.width), is_grey(image), bool(image.info.get(_MOVING)))


def opened(content: bytes) -> Image.Image:
    """The image in a file's bytes, upright, of several frames the first.

    Raises:
        BadImageError: The bytes are no image, or end too early.
    """
    if not content:
        raise BadImageError("it is empty")
    try:
        file = Image.open(io.BytesIO(content), formats=_FORMATS)
        # A photograph in MPO has a preview for a second frame.
        moving = file.format != "MPO" and getattr(file, "is_animated", False)
        file.load()
        image: Image.Image = ImageOps.exif_transpose(file)
    except UnidentifiedImageError as error:
        raise BadImageError("its content is none of the known formats") from error
    except Image.DecompressionBombError as error:
        raise BadImageError("it has more than 178 million pixels") from error
    except Exception as error:  # each of Pillow's decoders has errors of its own
        raise BadImageError(str(error) or type(error).__name__) from error
    if image.mode not in _MODES:
        raise BadImageError(f"its pixels are of the kind {image.mode}; save it as RGB or grey, with 8 or 16 bits")
    if 0 in image.size:
        raise BadImageError(f"it is {image.width}x{image.height} pixels large")
    image.info[_MOVING] = moving
    return image


def is_grey(image: Image.Image) -> bool:
    """Whether an image has a single channel."""
    return image.mode in {"1", "L", "LA", "I"} or image.mode.startswith("I;16")


def to_array(image: Image.Image, size: tuple[int, int], *, grey: bool) -> np.ndarray:
    """Pixels of shape (height, width, 1 or 3), 0 to 255; scaled to ``size`` where they differ.

    Transparent pixels are laid on black; 16-bit pixels keep their upper eight bits.
    """
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    if image.mode in {"P", "PA", "LA", "RGBA", "RGBa"}:
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
