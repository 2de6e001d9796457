"""Masks decoded into whole numbers, one for each value or colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from automl.data.images.decoding import opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

# What writes a GIF numbers its colours anew in each file: only the colours tell one class from another.
_GIF = "b'GIF"
_COLOUR = 1 << 40
"""Colours are numbered beyond it, so that none is taken for a value."""


@dataclass(frozen=True)
class MaskLook:
    """What is known of a mask before the classes are.

    Attributes:
        size: Height and width, upright.
        values: The numbers that occur, sorted.
        pixels: How many have each.
    """

    size: tuple[int, int]
    values: np.ndarray
    pixels: np.ndarray


def look_at_mask(content: bytes) -> MaskLook:
    """Decode a mask and tell what it holds.

    Raises:
        BadImageError: The bytes are no image, or end too early.
    """
    numbers = mask_numbers(opened(content))
    values, pixels = np.unique(numbers, return_counts=True)
    return MaskLook((numbers.shape[0], numbers.shape[1]), values, pixels)


def mask_numbers(image: Image.Image) -> np.ndarray:
    """Whole numbers (height, width): grey values, indices of a palette, or colours as ``name`` tells them.

    Of a GIF, whose palette is made anew for each file, its colours count. Transparency is not looked at. A colour image
    that is grey throughout holds values; a mask in black and white those of 0 and 255.
    """
    indexed = image.mode in {"P", "PA"} and not str(image.info.get("version", "")).startswith(_GIF)
    if indexed or image.mode == "LA":
        return np.asarray(image if image.mode == "P" else image.getchannel(0), np.int64)
    if image.mode in {"1", "L", "I"} or image.mode.startswith("I;16"):
        return np.asarray(image.convert("L") if image.mode == "1" else image, np.int64)
    red, green, blue = np.moveaxis(np.asarray(image.convert("RGB"), np.int64), -1, 0)
    if (red == green).all() and (green == blue).all():
        return np.asarray(red)
    return np.asarray(_COLOUR + (red << 16) + (green << 8) + blue)


def names(values: Sequence[int]) -> tuple[str, ...]:
    """What classes are called whose names nobody tells: ``7``, or ``#ff8000`` for a colour."""
    return tuple(f"#{value - _COLOUR:06x}" if value >= _COLOUR else str(value) for value in values)


def grey_as_colours(values: np.ndarray) -> np.ndarray:
    """Values as the greys that they are where other masks hold colours."""
    return np.where(values < _COLOUR, _COLOUR + (values << 16) + (values << 8) + values, values)
