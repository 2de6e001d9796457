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
_TILE = 1.1
_COLUMNS = 7
_LINES = 4
"""Features of a sequence, beyond which lines hide each other."""


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


def captioned_grid(samples: np.ndarray, captions: Sequence[str], title: str, path: Path) -> None:
    """Draw samples, each under its caption.

    Args:
        samples: Images (n, height, width, channels) with values in [0, 1], or sequences (n, steps, features).
        captions: One each.
        title: Above them.
        path: The file.
    """
    columns = min(_COLUMNS, len(samples))
    rows = -(-len(samples) // columns)
    figure = Figure(figsize=(max(5.0, _TILE * columns), (_TILE + 0.35) * rows + 0.5), layout="constrained")
    for number, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        if number >= len(samples):
            continue
        axes.set_title(_plain(captions[number]), fontsize=8)
        if samples.ndim == 4:
            image = samples[number] if samples.shape[-1] in (1, 3) else samples[number][..., :1]
            axes.imshow(np.clip(image, 0.0, 1.0), cmap="gray", vmin=0.0, vmax=1.0)
        else:
            axes.plot(samples[number][:, :_LINES], linewidth=1.0)
    figure.suptitle(title, fontsize=10)
    figure.savefig(path, dpi=150)


def _plain(label: str) -> str:
    """A label as it is written: matplotlib takes what is between dollars for a formula."""
    return label.replace("$", r"\$")
