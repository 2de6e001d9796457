"""What one training leaves to another of the same network: its graphs, which are dearer to trace than to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

    from automl.training.loop import Loop
    from automl.training.predictor import Predictor


@dataclass(frozen=True)
class Traced:
    """A network that was trained, with all that was traced of it; whoever takes it over sets its state anew.

    Attributes:
        network: From inputs as batches hold them to outputs as the objective takes them.
        optimizer: Of its weights.
        loop: Trains and evaluates it.
        whole: From raw inputs to predictions; it shares the network's weights.
        predictor: Calls that.
    """

    network: keras.Model
    optimizer: keras.optimizers.Optimizer
    loop: Loop
    whole: keras.Model
    predictor: Predictor
