"""A deep Q-network as the epoch driver takes it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from automl.training import Learner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras
    import numpy as np

    from automl.training import Control
    from automl_rl.learner import QLearning
    from automl_rl.play import Greedy, Play


class Agent(Learner):
    """Plays and learns, an equal share of the steps an epoch, and is measured by greedy episodes.

    Args:
        network: What is learned.
        play: Acts and learns by turns.
        learning: The gradient steps of ``play``.
        validation: The environment part with validation seeds.
        greedy: The actions that the network values most.
        settings: The ``training`` section.
    """

    def __init__(
        self,
        network: keras.Model,
        play: Play,
        learning: QLearning,
        validation: Any,
        greedy: Greedy,
        settings: Control,
    ) -> None:
        self._network = network
        self._play = play
        self._learning = learning
        self._validation = validation
        self._greedy = greedy
        self._settings = settings

    def epoch(self, number: int) -> dict[str, float]:
        """The metrics of the play, the mean return of greedy episodes, and the speed of all but these."""
        began = time.perf_counter()
        metrics = self._play.until(self._settings.steps * number // self._settings.epochs)
        metrics["steps_per_second"] = self._settings.steps / self._settings.epochs / (time.perf_counter() - began)
        returns = self._validation.returns(self._greedy, self._settings.episodes)
        return metrics | {"val_return": float(returns.mean())}

    def state(self) -> Mapping[str, Any]:
        """The learning with its replay, and the play with its environments."""
        return {"learning": self._learning.state(), "play": self._play}

    def weights(self) -> Sequence[np.ndarray]:
        """Those of the online network."""
        weights: list[np.ndarray] = self._network.get_weights()
        return weights

    def restore(self, weights: Sequence[np.ndarray]) -> None:
        """Put them back."""
        self._network.set_weights(weights)
