"""What a generative model draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from pathlib import Path


def image_grid(images: np.ndarray, columns: int, title: str, path: Path) -> None:
    """Draw images (n, height, width, channels) with values in [0, 1], row by row."""
    rows = -(-len(images) // columns)
    height, width, channels = images.shape[1:]
    canvas = np.ones((rows * (height + 1) - 1, columns * (width + 1) - 1, channels))
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        top, left = row * (height + 1), column * (width + 1)
        canvas[top : top + height, left : left + width] = np.clip(image, 0.0, 1.0)
    figure = Figure(
        figsize=(max(4.0, 0.55 * columns), max(2.0, 0.55 * rows * height / width + 0.5)), layout="constrained"
    )
    axes = figure.subplots()
    axes.imshow(canvas.squeeze(-1) if channels == 1 else canvas, cmap="gray", vmin=0.0, vmax=1.0)
    axes.set_title(title, fontsize=9)
    axes.set_axis_off()
    figure.savefig(path, dpi=150)


def latent_map(means: np.ndarray, scores: np.ndarray, path: Path) -> None:
    """Draw where samples lie in a latent plane, coloured by their negative bound in nats."""
    figure = Figure(figsize=(5.2, 4.4), layout="constrained")
    axes = figure.subplots()
    drawn = axes.scatter(means[:, 0], means[:, 1], c=scores, s=9, cmap="viridis", linewidths=0)
    figure.colorbar(drawn, ax=axes, label="negative ELBO, nats")
    axes.set(xlabel="first dimension", ylabel="second dimension", title="Test part in latent space")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
