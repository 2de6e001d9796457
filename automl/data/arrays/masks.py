"""Masks in an array, their values as classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from automl.data.images.mask_classes import MaskClasses, mask_classes
from automl.data.images.mask_decoding import MaskLook
from automl.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence


def masks(
    y: np.ndarray, size: Sequence[int], sides: np.ndarray, where: str, ignore: str | None
) -> tuple[MaskClasses, np.ndarray]:
    """The classes, and class numbers of shape (n, height, width), in bytes.

    Args:
        y: Whole numbers, of that shape, or with a last axis of one.
        size: Height and width of the images.
        sides: The part of each.
        where: What the masks are, for messages.
        ignore: See ``mask_classes``.

    Raises:
        DataError: They are of another shape or kind, or their values are no classes.
        ConfigError: ``ignore`` is no value of theirs.
    """
    values = y[..., 0] if y.ndim == 4 and y.shape[-1] == 1 else y
    if values.ndim != 3 or values.shape[1:] != tuple(size):
        raise DataError(
            f"{where}: expected masks of the images' size, (n, {size[0]}, {size[1]}). Received: {y.dtype} of shape"
            f" {y.shape}."
        )
    if values.dtype.kind == "f":
        odd = values[~np.isfinite(values) | (values % 1 != 0)]
        if odd.size:
            raise DataError(f"{where}: expected whole numbers, one for each class. Received: {odd[0]}.")
    elif values.dtype.kind not in "biu":
        raise DataError(f"{where}: expected whole numbers, one for each class. Received: {values.dtype}.")
    # One mask at a time: as 64-bit numbers all of them would take eight times their room.
    looks = [MaskLook(one.shape, *np.unique(one.astype(np.int64), return_counts=True)) for one in values]
    found = mask_classes(looks, sides.tolist(), where.removeprefix("data.target: "), (), ignore)
    return found, np.stack([found.numbers(one.astype(np.int64)) for one in values])
