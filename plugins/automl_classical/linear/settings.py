"""How a linear model is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from automl.plugin import Count, Epochs, Positive, Settings


@dataclass(frozen=True)
class Path(Settings):
    """Penalties from strong to weak, each solved from the solution before (Friedman et al. 2010).

    What is minimized is the mean loss over the samples, plus the strength times the penalty. Strengths are in units of
    the largest variance of the features along any direction, so that they mean the same for all data.

    Attributes:
        epochs: Strengths on the path, evenly spaced on a log scale; after each the validation part is scored.
        strongest: Strength of the first penalty.
        weakest: Strength of the last one.
        iterations: Steps of the solver at each strength, at most.
        patience: Strengths without a better objective after which the path ends, or None; the best one is kept.
        class_weight: ``balanced`` weighs samples by the inverse frequency of their class.
    """

    epochs: Epochs = 16
    strongest: Positive = 1.0
    weakest: Positive = 1e-5
    iterations: Count = 100
    patience: Count | None = 8
    class_weight: Literal["none", "balanced"] = "none"
