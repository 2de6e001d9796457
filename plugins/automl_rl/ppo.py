"""Proximal policy optimization."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import keras

from automl.plugin import (
    Above,
    AtLeast,
    AtMost,
    Below,
    Between,
    Count,
    Depth,
    NonNegative,
    Positive,
    Share,
    Units,
    override,
)
from automl.training import Control, KerasModel, check_size, fit
from automl_rl.actor_critic import actor_critic
from automl_rl.episode import record
from automl_rl.heads import head_of
from automl_rl.policy_learner import PolicyLearner

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset, DataSpec
    from automl.plugin import Result, Trial


@dataclass
class PPO(KerasModel):
    """Proximal policy optimization (Schulman et al. 2017) with generalised advantages (Schulman et al. 2016).

    Takes choices and boxes of actions. What makes it work in practice (Huang et al. 2022) is here: environments side
    by side, orthogonal weights, standardised advantages, running moments of observations and rewards, and the value
    of the state in which a time limit cuts an episode off.

    Attributes:
        layers: Hidden layers of the policy, and of the values.
        width: Units of a hidden layer.
        activation: Of a hidden layer.
        rollout: About how many environment steps are played between improvements, over all environments.
        passes: How often an improvement goes over them.
        gamma: Discount of a step.
        gae_lambda: How much later steps count in an advantage; 1 for all that followed, 0 for the next value alone.
        clip: How far the probability of an action may move in an improvement before it counts no more.
        clip_values: Whether values are clipped likewise.
        value_weight: Weight of the values' loss.
        entropy: Weight of the policy's entropy, which keeps it exploring.
        correlation: Of the noise in successive actions in a box; near 1 it leads further in one direction.
        normalise_observations: Whether running moments standardise observations; they are part of the saved model.
        normalise_rewards: Whether the running deviation of returns scales rewards, while training only.
    """

    layers: Depth = 2
    width: Units = 64
    activation: Literal["tanh", "relu"] = "tanh"
    rollout: Count = 1024
    passes: Annotated[int, Between(1, 10_000)] = 10
    gamma: Annotated[float, Above(0), AtMost(1)] = 0.98
    gae_lambda: Share = 0.95
    clip: Positive = 0.2
    clip_values: bool = False
    value_weight: NonNegative = 0.5
    entropy: NonNegative = 0.0
    correlation: Annotated[float, AtLeast(0), Below(1)] = 0.8
    normalise_observations: bool = True
    normalise_rewards: bool = True

    @override
    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        check_size(self, lambda other: other.build(spec), batch=Control.of(training).batch_size)
        parameters: int = self.build(spec).count_params()
        keras.backend.clear_session()
        return parameters

    def build(self, spec: DataSpec) -> keras.Model:
        """The network, from observations to the parameters of the policy and values."""
        body = (self.layers, self.width, self.activation)
        return actor_critic(spec.input.shape, head_of(spec), body, standardise=self.normalise_observations)

    def fit(self, data: Dataset, trial: Trial) -> Result:
        """Learn by playing; the objective is the mean return of greedy episodes on validation seeds."""
        settings = Control.of(trial.training)
        with closing(PolicyLearner(self, data, trial.seed, settings)) as learner:
            result = fit(learner, trial, settings.epochs, settings.patience)
        self._keep(self._answering(learner.network, data.spec), data.spec)
        return result

    def artifacts(self, data: Dataset, folder: Path) -> None:
        """Record a greedy episode: ``episode.gif``."""
        record(data.test, self.predict, folder / "episode.gif")

    def _answering(self, network: keras.Model, spec: DataSpec) -> keras.Model:
        """The policy alone, from raw observations to the actions that it takes for best."""
        return keras.Model(network.input, head_of(spec).answer(network.output[0]), name="ppo")
