"""What a generative model draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np


def latent_map(means: np.ndarray, scores: np.ndarray, path: Path) -> None:
    """Draw where samples lie in a latent plane, coloured by their negative bound in nats."""
    figure = Figure(figsize=(5.2, 4.4), layout="constrained")
    axes = figure.subplots()
    drawn = axes.scatter(means[:, 0], means[:, 1], c=scores, s=9, cmap="viridis", linewidths=0)
    figure.colorbar(drawn, ax=axes, label="negative ELBO, nats")
    axes.set(xlabel="first dimension", ylabel="second dimension", title="Test part in latent space")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
