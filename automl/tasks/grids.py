"""Grids of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_CELL = 0.55
"""Inches."""


def image_grid(images: np.ndarray, columns: int, title: str, path: Path, rows: Sequence[str] = ()) -> None:
    """Draw images (n, height, width, channels) with values in [0, 1], row by row.

    Args:
        images: Of 1 or 3 channels; of others the first is drawn.
        columns: How many stand in a row.
        title: Above them.
        path: The file.
        rows: What stands on the left of each row, if anything.
    """
    images = images if images.shape[-1] in (1, 3) else images[..., :1]
    count = -(-len(images) // columns)
    height, width, channels = images.shape[1:]
    canvas = np.ones((count * (height + 1) - 1, columns * (width + 1) - 1, channels))
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        top, left = row * (height + 1), column * (width + 1)
        canvas[top : top + height, left : left + width] = np.clip(image, 0.0, 1.0)
    size = (max(4.0, _CELL * columns), max(2.0, _CELL * count * height / width + 0.5))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    axes.imshow(canvas.squeeze(-1) if channels == 1 else canvas, cmap="gray", vmin=0.0, vmax=1.0)
    axes.set_title(title, fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([row * (height + 1) + (height - 1) / 2 for row in range(len(rows))], rows, fontsize=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    figure.savefig(path, dpi=150)
