"""The samples that a classifier is wrong about, and surest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from automl.tasks.grids import captioned_grid
from automl.tasks.picking import picked, write_samples
from automl.tasks.units import unit

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset

_DRAWN = 20
_LISTED = 25
_LONGEST = 16


def draw_mistakes(data: Dataset, target: np.ndarray, called: np.ndarray, predictions: np.ndarray, folder: Path) -> None:
    """Draw the surest mistakes of the test part (``figures/mistakes.png``), or list them (``mistakes.csv``).

    Images and sequences are drawn, texts and rows of tables are listed. Nothing is written where there is no mistake.

    Args:
        data: The data.
        target: True classes (n,).
        called: What they are called (n,).
        predictions: Probabilities (n, classes).
        folder: Where ``figures`` is.
    """
    sure = np.take_along_axis(predictions, called[:, np.newaxis], axis=1)[:, 0]
    wrong = np.flatnonzero(called != target)
    wrong = wrong[np.argsort(-sure[wrong], kind="stable")]
    if not len(wrong):
        return
    classes = data.spec.classes
    drawn = picked(data.test, wrong[: max(_DRAWN, _LISTED)].tolist())
    if isinstance(drawn, np.ndarray) and drawn.ndim in (3, 4):
        shown = wrong[:_DRAWN]
        labels = [
            f"{_short(classes[target[place]])} → {_short(classes[called[place]])}\n{sure[place]:.0%}" for place in shown
        ]
        samples = unit(drawn[:_DRAWN], data.spec) if drawn.ndim == 4 else drawn[:_DRAWN]
        title = f"Surest mistakes of the test part, true → called ({len(wrong):,} of {len(target):,} are wrong)"
        captioned_grid(samples, labels, title, folder / "figures" / "mistakes.png")
        return
    told = {
        "true": [classes[target[place]] for place in wrong[:_LISTED]],
        "called": [classes[called[place]] for place in wrong[:_LISTED]],
        "probability": [f"{sure[place]:.4f}" for place in wrong[:_LISTED]],
    }
    write_samples(told, drawn, folder / "mistakes.csv")


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"
