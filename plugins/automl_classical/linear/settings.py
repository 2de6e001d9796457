"""How a linear model is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from automl.plugin import Count, Epochs, Positive, Settings


@dataclass(frozen=True)
class Path(Settings):
    """Penalties from strong to weak, each solved from the solution before (Friedman et al. 2010).

    What is minimized is the mean loss over the samples, plus the strength times the penalty. The unit of strengths is
    such that at 1 weights begin, whatever the data: it is the largest variance of the features along any direction, at
    which squares halve the weight along it, or where the first weight leaves zero that absolute values are taken of.

    Attributes:
        epochs: Strengths on the path, evenly spaced on a log scale; after each the validation part is scored.
        strongest: Strength of the first penalty.
        weakest: Strength of the last one.
        iterations: Steps of the solver at each strength, at most.
        patience: Strengths without a better objective or a lower validation loss after which the path ends, or None;
            the best one by the objective is kept.
        class_weight: ``balanced`` weighs samples by the inverse frequency of their class.
    """

    epochs: Epochs = 16
    strongest: Positive = 1.0
    weakest: Positive = 1e-5
    iterations: Count = 100
    patience: Count | None = 3
    class_weight: Literal["none", "balanced"] = "none"
