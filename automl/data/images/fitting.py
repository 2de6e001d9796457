"""Images and masks of all sizes brought to one."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PIL import Image

from automl.data.images.decoding import to_array

Fit = Literal["scale", "pad"]


def fit_image(image: Image.Image, size: tuple[int, int], fit: Fit, *, grey: bool) -> np.ndarray:
    """Pixels of shape (height, width, 1 or 3); ``pad`` keeps the sides' ratio and fills up with black."""
    inner = _inner((image.height, image.width), size, fit)
    return _placed(to_array(image, inner, grey=grey), size, 0)


def fit_mask(numbers: np.ndarray, size: tuple[int, int], fit: Fit, void: int) -> np.ndarray:
    """Class numbers (height, width), each the nearest one's; what ``pad`` fills up is void."""
    height, width = _inner((numbers.shape[0], numbers.shape[1]), size, fit)
    if numbers.shape != (height, width):
        scaled = Image.fromarray(numbers).resize((width, height), Image.Resampling.NEAREST)
        numbers = np.asarray(scaled, np.uint8)
    return _placed(numbers, size, void)


def unfit(picture: np.ndarray, size: tuple[int, int], fit: Fit) -> np.ndarray:
    """A picture (height, width) of a fitted image, brought to the size that the image had; each pixel the nearest."""
    height, width = _inner(size, (picture.shape[0], picture.shape[1]), fit)
    inner = picture[:height, :width]
    if inner.shape == size:
        return inner
    return np.asarray(Image.fromarray(inner).resize((size[1], size[0]), Image.Resampling.NEAREST))


def _inner(given: tuple[int, int], size: tuple[int, int], fit: Fit) -> tuple[int, int]:
    """What an image of one size is scaled to within another."""
    if fit == "scale":
        return size
    share = min(size[0] / given[0], size[1] / given[1])
    return max(1, round(given[0] * share)), max(1, round(given[1] * share))


def _placed(pixels: np.ndarray, size: tuple[int, int], fill: int) -> np.ndarray:
    below, right = size[0] - pixels.shape[0], size[1] - pixels.shape[1]
    if below == right == 0:
        return pixels
    return np.pad(pixels, ((0, below), (0, right), *((0, 0),) * (pixels.ndim - 2)), constant_values=fill)
