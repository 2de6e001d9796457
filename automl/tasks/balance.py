"""What targets are like in each part: the tables and figures of the data, whose names begin with ``data_``."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset, Part

_COLORS = ("#2b6cb0", "#dd6b20", "#718096")
_BINS = 40


def write_class_counts(data: Dataset, folder: Path) -> None:
    """Write ``data_classes.csv``: how many samples of each class there are in each part."""
    classes = data.spec.classes
    counts = [np.bincount(part.target(), minlength=len(classes)) for part in _parts(data).values()]
    with (folder / "data_classes.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["class", *_parts(data)])
        table.writerows(zip(classes, *(one.tolist() for one in counts), strict=True))


def draw_target(data: Dataset, folder: Path) -> None:
    """Draw ``figures/data_target.png``: how the values to be predicted are distributed in each part."""
    values = {name: np.asarray(part.target(), np.float64).reshape(-1) for name, part in _parts(data).items()}
    together = np.concatenate(list(values.values()))
    bins = min(_BINS, max(5, round(len(values["test"]) ** 0.5)))
    edges = np.histogram_bin_edges(together, bins).tolist()
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    axes = figure.subplots()
    for (name, one), color in zip(values.items(), _COLORS, strict=True):
        label = f"{name}: mean {one.mean():.4g}, deviation {one.std():.4g}"
        axes.hist(one, edges, density=True, histtype="step", color=color, linewidth=1.5, label=label)
    axes.set(xlabel="target", ylabel="density", yticks=[])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(folder / "figures" / "data_target.png", dpi=150)


def _parts(data: Dataset) -> dict[str, Part]:
    return {"train": data.train, "validation": data.validation, "test": data.test}
