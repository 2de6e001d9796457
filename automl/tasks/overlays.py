"""Images with their masks laid over them: the best and the worst of a part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import hsv_to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from automl.data import DataSpec

_KEPT = 3
_OPACITY = 0.55
_VOID = (0.5, 0.5, 0.5)
_LABELLED = 20


@dataclass(frozen=True)
class Shown:
    """An image (height, width, channels) with its true mask and its called one, (height, width), and its score."""

    score: float
    image: np.ndarray
    truth: np.ndarray
    called: np.ndarray


@dataclass
class Extremes:
    """The few images with the highest and the lowest scores of all that were taken."""

    best: list[Shown] = field(default_factory=list)
    worst: list[Shown] = field(default_factory=list)

    def take(self, score: float | None, image: np.ndarray, truth: np.ndarray, called: np.ndarray) -> None:
        """Take an image; one without a score, all void, is left out."""
        if score is None:
            return
        one = Shown(score, image, truth, called)
        self.best = sorted([*self.best, one], key=lambda shown: -shown.score)[:_KEPT]
        self.worst = sorted([*self.worst, one], key=lambda shown: shown.score)[:_KEPT]

    def rows(self) -> list[tuple[str, Shown]]:
        """The best and the worst, each image once, the best first."""
        bad = [one for one in self.worst if not any(one is other for other in self.best)]
        return [("best", one) for one in self.best] + [("worst", one) for one in reversed(bad)]


def draw_overlays(extremes: Extremes, spec: DataSpec, clear: int, folder: Path) -> None:
    """Draw image, truth, prediction and what is wrong, a row an image: ``overlays.png``.

    Args:
        extremes: Of the test part.
        spec: Its classes, and what is black and what is white.
        clear: The class that is left without a colour, best the most frequent one.
        folder: Where the figure goes.
    """
    rows, palette = extremes.rows(), colours(len(spec.classes), clear)
    if not rows:
        return
    height, width = rows[0][1].truth.shape
    figure = Figure(figsize=(9.6, 2.3 * len(rows) * height / width + 0.9), layout="constrained")
    grid = figure.subplots(len(rows), 4, squeeze=False)
    for row, (axes, (word, one)) in enumerate(zip(grid, rows, strict=True)):
        grey = _grey_or_colour(one.image, spec.details.get("value_range") or (0.0, 1.0))
        wrong = (one.called != one.truth) & (one.truth < len(spec.classes))
        pictures = {
            "image": grey,
            "truth": laid_over(grey, one.truth, palette),
            "prediction": laid_over(grey, one.called, palette),
            "wrong pixels": _marked(grey, wrong),
        }
        for one_axes, (title, picture) in zip(axes, pictures.items(), strict=True):
            one_axes.imshow(picture, interpolation="nearest")
            one_axes.set(xticks=[], yticks=[])
            if row == 0:
                one_axes.set_title(title, fontsize=9)
        axes[0].set_ylabel(f"{word}\nmIoU {one.score:.3f}", fontsize=8)
    figure.legend(
        handles=_legend(spec.classes, palette), loc="outside lower center", ncols=8, frameon=False, fontsize=8
    )
    figure.savefig(folder / "overlays.png", dpi=150)


def colours(classes: int, clear: int) -> np.ndarray:
    """A colour (red, green, blue), 0 to 1, for each class, and grey for void pixels: shape (classes + 1, 3).

    That of the clear class is NaN: the image is seen through it.
    """
    if classes <= 11:
        found = colormaps["tab10"](np.arange(classes) - (np.arange(classes) > clear))[:, :3]
    else:
        # Hues of the golden ratio are apart from each other, however many there are.
        steps = np.arange(classes)
        found = hsv_to_rgb(
            np.stack([steps * 0.618034 % 1.0, 0.9 - 0.35 * (steps % 2), 0.95 - 0.3 * (steps // 2 % 2)], 1)
        )
    found[clear] = np.nan
    return np.vstack([found, _VOID])


def laid_over(grey: np.ndarray, mask: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """The mask's colours over an image (height, width, 3) with values of 0 to 1."""
    tint = palette[np.minimum(mask, len(palette) - 1)]
    return np.where(np.isnan(tint), grey, (1.0 - _OPACITY) * grey + _OPACITY * tint)


def _marked(grey: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    faded = 0.4 * grey + 0.5
    faded[wrong] = (0.8, 0.1, 0.1)
    return faded


def _grey_or_colour(image: np.ndarray, value_range: Sequence[float]) -> np.ndarray:
    """An image as colours of 0 to 1; of channels that are neither grey nor RGB their mean."""
    low, high = value_range
    unit = ((image.astype(np.float32) - low) / (high - low)).clip(0.0, 1.0)
    if unit.shape[-1] != 3:
        unit = np.repeat(unit.mean(axis=-1, keepdims=True), 3, axis=-1)
    return unit


def _legend(classes: Sequence[str], palette: np.ndarray) -> list[Patch]:
    named = list(enumerate(classes))[:_LABELLED]
    return [
        Patch(facecolor="none", edgecolor="black", linewidth=0.6, label=f"{label} (clear)")
        if np.isnan(palette[number]).any()
        else Patch(color=palette[number], label=label)
        for number, label in named
    ]
