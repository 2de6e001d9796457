"""Deep Q-networks, up to Rainbow."""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import keras
import numpy as np

from automl.errors import ConfigError
from automl.plugin import Above, AtMost, Between, Count, Depth, Share, Units, override
from automl.resources import free_memory, in_words
from automl.training import Control, KerasModel, Schedule, check_size, fit
from automl_rl.agent import Agent
from automl_rl.environments import Environments
from automl_rl.episode import record
from automl_rl.learner import QLearning, Rules
from automl_rl.networks import Expectation, action_values, trunk
from automl_rl.play import Greedy, Play, Turns
from automl_rl.replay import Replay, Steps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset, DataSpec
    from automl.plugin import Result, Trial

_ALPHA = 0.5
"""The exponent of priorities in Hessel et al. (2018), table 1."""


@dataclass
class DQN(KerasModel):
    """A deep Q-network (Mnih et al. 2015) with the extensions of Rainbow (Hessel et al. 2018) as switches.

    Attributes:
        layers: Hidden layers.
        width: Units of a hidden layer.
        double: Double Q-learning (van Hasselt et al. 2016).
        dueling: Value and advantage apart (Wang et al. 2016).
        steps: Steps of a return (Sutton 1988); 1 for plain Q-learning.
        prioritised: Replay by priority (Schaul et al. 2016).
        noisy: Noisy layers instead of random actions (Fortunato et al. 2018).
        distributional: Distributions of returns over ``atoms`` (Bellemare et al. 2017).
        atoms: How many.
        low: Least return that a distribution holds.
        high: Greatest return that it holds.
        gamma: Discount of a step.
        memory: Transitions that are kept.
        warmup: Environment steps before learning begins.
        train_every: Environment steps between stretches of learning.
        gradient_steps: Gradient steps in a stretch.
        target_every: Gradient steps after which the target network is renewed.
        exploration: Share of all steps over which the chance of a random action falls from 1.
        epsilon: The chance that is left then.
    """

    layers: Depth = 2
    width: Units = 256
    double: bool = False
    dueling: bool = False
    steps: Annotated[int, Between(1, 10_000)] = 1
    prioritised: bool = False
    noisy: bool = False
    distributional: bool = False
    atoms: Annotated[int, Between(2, 10_000)] = 51
    low: Annotated[float, Between(-1e9, 1e9)] = 0.0
    high: Annotated[float, Between(-1e9, 1e9)] = 100.0
    gamma: Annotated[float, Above(0), AtMost(1)] = 0.99
    memory: Count = 100_000
    warmup: Annotated[int, Between(0, 1_000_000_000)] = 1000
    train_every: Count = 256
    gradient_steps: Count = 128
    target_every: Count = 128
    exploration: Share = 0.16
    epsilon: Share = 0.04

    def __post_init__(self) -> None:
        if self.distributional and self.low >= self.high:
            raise ConfigError(
                f"model.low: a distribution needs low below high. Received: low={self.low}, high={self.high}."
            )

    @override
    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        settings = Control.of(training)
        if spec.details["actions"] is None:
            raise ConfigError(
                f"model=dqn chooses among actions; those of {spec.details['env']} lie in a box. Set data.bins=<n>."
            )
        check_size(self, lambda other: other.build(spec), batch=settings.batch_size)
        self._check_memory(spec, settings)
        parameters: int = self.build(spec).count_params()
        keras.backend.clear_session()
        return parameters

    def _check_memory(self, spec: DataSpec, settings: Control) -> None:
        """The observations that are kept, two a transition, fit into memory."""
        one = math.prod(length or 1 for length in spec.input.shape) * np.dtype(spec.input.dtype).itemsize
        count = min(self.memory, settings.steps + settings.environments)
        needed, free = 2 * one * count, free_memory()
        if needed > free:
            raise ConfigError(
                f"model.memory: {count:,} transitions with observations of {in_words(one)} take {in_words(needed)};"
                f" {in_words(free)} of memory are free. Received: {self.memory}. Choose fewer."
            )

    def build(self, spec: DataSpec) -> keras.Model:
        """The network, from observations to (batch, actions, atoms)."""
        inputs = keras.Input(spec.input.shape, name="inputs")
        x = trunk(inputs, self.layers, self.width, noisy=self.noisy)
        atoms = self.atoms if self.distributional else 1
        outputs = action_values(x, spec.details["actions"], atoms, dueling=self.dueling, noisy=self.noisy)
        return keras.Model(inputs, outputs, name="dqn")

    def fit(self, data: Dataset, trial: Trial) -> Result:
        """See ``ModelPlugin.fit``; the objective is the mean return of greedy episodes on validation seeds."""
        settings = Control.of(trial.training)
        keras.utils.set_random_seed(trial.seed)
        network, target = self.build(data.spec), self.build(data.spec)
        learning, replay = self._learning(network, target, data.spec, trial.seed, settings)
        play = self._play(network, learning, replay, data, trial.seed, settings)
        agent = Agent(network, play, learning, data.validation, Greedy(network, self.low, self.high), settings)
        with closing(play):
            result = fit(agent, trial, settings.epochs, settings.patience)
        self._keep(self._answering(network), data.spec)
        return result

    def artifacts(self, data: Dataset, folder: Path) -> None:
        """Record a greedy episode: ``episode.gif``."""
        record(data.test, self.predict, folder / "episode.gif")

    def _answering(self, network: keras.Model) -> keras.Model:
        """From observations to the numbers (batch,) of the actions that the network values most."""
        values = Expectation(self.low, self.high, name="values")(network.output)
        return keras.Model(network.input, keras.ops.argmax(values, axis=-1))

    def _learning(
        self, network: keras.Model, target: keras.Model, spec: DataSpec, seed: int, settings: Control
    ) -> tuple[QLearning, Replay]:
        """Gradient steps, and the replay that they draw from."""
        alpha = _ALPHA if self.prioritised else 0.0
        capacity = min(self.memory, settings.steps + settings.environments)
        replay = Replay(capacity, spec.input.shape, spec.input.dtype, alpha, seed)  # type: ignore[arg-type]
        schedule = Schedule(settings, settings.steps * self.gradient_steps // self.train_every)
        optimizer = keras.optimizers.Adam(schedule, global_clipnorm=settings.clip_norm)
        rules = Rules(self.double, self.low, self.high, self.target_every, settings.batch_size)
        return QLearning(network, target, optimizer, replay, rules), replay

    def _play(
        self,
        network: keras.Model,
        learning: QLearning,
        replay: Replay,
        data: Dataset,
        seed: int,
        settings: Control,
    ) -> Play:
        """The play in the environments of the train part."""
        environments = Environments(data.train, settings.environments)
        act = Greedy(network, self.low, self.high, training=self.noisy)
        steps = [Steps(self.steps, self.gamma) for _ in range(settings.environments)]
        turns = Turns(
            steps=settings.steps,
            warmup=self.warmup,
            every=self.train_every,
            gradient_steps=self.gradient_steps,
            exploration=self.exploration,
            epsilon=self.epsilon,
            noisy=self.noisy,
        )
        return Play(environments, act, learning, replay, steps, turns, data.spec.details["actions"], seed)
