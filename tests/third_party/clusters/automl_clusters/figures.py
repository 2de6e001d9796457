"""Clusters on a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path


def scatter(points: np.ndarray, clusters: np.ndarray, path: Path) -> None:
    """Draw samples, (n, features), in the colours of their clusters, over their first two principal components."""
    from matplotlib.figure import Figure

    centred = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    plane = centred @ axes[:2].T if points.shape[1] > 1 else np.column_stack([centred, np.zeros(len(centred))])
    figure = Figure(figsize=(5, 4.5), layout="constrained")
    plot = figure.subplots()
    for number in np.unique(clusters):
        inside = clusters == number
        plot.scatter(plane[inside, 0], plane[inside, 1], s=12, label=f"{number} ({inside.sum()})")
    plot.set(title="Clusters of the test part", xlabel="first principal component", ylabel="second principal component")
    figure.legend(loc="outside right upper", title="cluster")
    figure.savefig(path, dpi=120)
