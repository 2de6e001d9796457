"""How the constants of a naive forecast are sought."""

from __future__ import annotations

from dataclasses import dataclass

from automl.plugin import Count, Epochs, Settings


@dataclass(frozen=True)
class Sweeps(Settings):
    """Sweeps over all constants, each moved to where the train part is forecast best; their steps shrink.

    Attributes:
        epochs: Sweeps, after each of which the validation part is scored.
        windows: Of the train part that are forecast in a sweep, spread over it.
        patience: Sweeps without a better objective after which it ends, or None; the best constants are kept.
    """

    epochs: Epochs = 8
    windows: Count = 512
    patience: Count | None = 3
